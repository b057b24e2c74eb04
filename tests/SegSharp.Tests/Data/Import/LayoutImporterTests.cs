using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data.Import;

/// <summary>Layouts that say themselves what they hold: the decathlon's and nnU-Net's.</summary>
public sealed class LayoutImporterTests : IDisposable
{
    private static readonly Geometry Grid = new() { Extent = new Extent(3, 2, 2), Spacing = new Triple(1, 1, 2) };
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_4D_image_of_the_decathlon_becomes_a_file_per_modality()
    {
        Write("imagesTr/a.nii.gz", new Volume("a", Grid, 2, VoxelType.UInt8, [.. Enumerable.Range(0, 24).Select(i => (byte)i)]));
        Write("imagesTs/b.nii.gz", new Volume("b", Grid, 2, VoxelType.UInt8, new byte[24]));
        Write("labelsTr/a.nii.gz", new LabelMap("a", Grid, [0, 1, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0]).ToVolume());
        Describe("""{"modality": {"0": "T2", "1": "ADC"}, "labels": {"0": "background", "1": "PZ", "2": "TZ"}, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}], "test": ["./imagesTs/b.nii.gz"]}""");

        var data = MsdImporter.Import(_folder.Path("raw"), _folder.Path("data"));

        var read = data.Read(data["a"]);
        Assert.Equal(["T2", "ADC"], data.Description.ChannelNames);
        Assert.Equal(["a_0000.nii.gz", "a_0001.nii.gz"], data["a"].Channels.Select(c => Path.GetFileName(c)));
        Assert.Equal([0f, 12], [read.Image.ToFloats()[0], read.Image.ToFloats()[12]]);
        Assert.Equal(2, read.Labels!.Labels[6]);
        Assert.Equal("b", Assert.Single(data.TestCases).Id);
    }

    [Fact]
    public void A_list_that_leads_out_of_the_task_is_refused()
    {
        Describe("""{"modality": {"0": "CT"}, "labels": {"0": "background", "1": "spleen"}, "training": [{"image": "../a.nii.gz", "label": "../b.nii.gz"}]}""");

        var error = Assert.Throws<InputException>(() => MsdImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"'{_folder.Path("raw", "dataset.json")}' names '../a.nii.gz' under \"training\", which is no file of the task", error.Message);
    }

    [Fact]
    public void A_file_that_the_task_lists_and_does_not_have_is_named()
    {
        Describe("""{"modality": {"0": "CT"}, "labels": {"0": "background", "1": "spleen"}, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}]}""");

        var error = Assert.Throws<InputException>(() => MsdImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"'{_folder.Path("raw", "dataset.json")}' names './imagesTr/a.nii.gz' under \"training\", but there is no such file", error.Message);
    }

    [Theory]
    [InlineData("""{"image": 5, "label": "./b.nii.gz"}""")]
    [InlineData("""{"image": "./a.nii.gz", "label": null}""")]
    [InlineData("\"./a.nii.gz\"")]
    public void A_training_case_of_the_decathlon_has_an_image_and_a_label(string entry)
    {
        Describe($$"""{"modality": {"0": "CT"}, "labels": {"0": "background", "1": "spleen"}, "training": [{{entry}}]}""");

        var error = Assert.Throws<InputException>(() => MsdImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($$"""'{{_folder.Path("raw", "dataset.json")}}' holds {{entry}} under "training", expected {"image": "./imagesTr/NAME.nii.gz", "label": "./labelsTr/NAME.nii.gz"}""", error.Message);
    }

    [Fact]
    public void Nnunets_second_layout_is_copied_with_its_splits_and_label_to_ignore()
    {
        using (var writer = new DataSetWriter(_folder.Path("raw"), new DataSetDescription { ChannelNames = ["CT"], Labels = new([new("background", [0]), new("spleen", [1])], ignore: 2), FileEnding = ".nii.gz" }))
        {
            foreach (var id in new[] { "a", "b" })
            {
                writer.Add(id, Volume.Zeros(id, Grid, 1, VoxelType.UInt8), new LabelMap(id, Grid, [1, 2, .. new ushort[10]]));
            }

            writer.AddTest("c", Volume.Zeros("c", Grid, 1, VoxelType.UInt8));
            writer.AddSplits([new(["a"], ["b"])]);
            writer.Complete();
        }

        var data = NnUnetImporter.Import(_folder.Path("raw"), _folder.Path("data"));

        Assert.Equal(["a", "b"], data.Ids);
        Assert.Equal((ushort?)2, data.Labels.Ignore);
        Assert.Equal(["b"], data.StoredSplits()![0].Validation);
        Assert.Equal("c", Assert.Single(data.TestCases).Id);
    }

    [Fact]
    public void Splits_with_a_case_on_both_sides_are_not_copied()
    {
        using (var writer = new DataSetWriter(_folder.Path("raw"), new DataSetDescription { ChannelNames = ["CT"], Labels = new([new("background", [0]), new("spleen", [1])]), FileEnding = ".nii.gz" }))
        {
            writer.Add("a", Volume.Zeros("a", Grid, 1, VoxelType.UInt8), new LabelMap("a", Grid, new ushort[12]));
            writer.AddSplits([new(["a"], ["a"])]);
            writer.Complete();
        }

        var error = Assert.Throws<InputException>(() => NnUnetImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"fold 0 in '{_folder.Path("raw", "splits_final.json")}' has case 'a' in both train and val, so its validation would measure what was learnt", error.Message);
        Assert.False(Directory.Exists(_folder.Path("data")));
    }

    [Fact]
    public void Nnunets_first_layout_gets_its_names_and_ending()
    {
        Write("imagesTr/a_0000.nii.gz", Volume.Zeros("a", Grid, 1, VoxelType.UInt8));
        Write("labelsTr/a.nii.gz", new LabelMap("a", Grid, [1, .. new ushort[11]]).ToVolume());
        Describe("""{"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "heart"}, "numTraining": 1, "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}]}""");

        var data = NnUnetImporter.Import(_folder.Path("raw"), _folder.Path("data"), on: _events.Add);

        Assert.Equal(["a"], data.Ids);
        Assert.Equal(".nii.gz", data.Description.FileEnding);
        Assert.Contains(new Noted("the data set is of nnU-Net v1: it gets channel_names and file_ending"), _events);
    }

    private void Write(string place, Volume volume)
    {
        var full = _folder.Path("raw", place);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        volume.Write(full);
    }

    private void Describe(string json)
    {
        Directory.CreateDirectory(_folder.Path("raw"));
        File.WriteAllText(_folder.Path("raw", "dataset.json"), json);
    }
}

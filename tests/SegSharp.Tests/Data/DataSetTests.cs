using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class DataSetTests : IDisposable
{
    private static readonly LabelList Labels = new([new("background", [0]), new("membrane", [1])]);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        var data = Make(3);

        Assert.Equal(["case_0", "case_1", "case_2"], data.Ids);
        Assert.Equal(["grey"], data.Description.ChannelNames);
        Assert.Equal("0 background, 1 membrane", data.Labels.Describe());
        Assert.Equal(".png", data.Description.FileEnding);
        Assert.Equal(Picture(1).Bytes, data.Read(data["case_1"]).Image.Bytes);
        Assert.Equal(Mask(1).Labels, data.Read(data["case_1"]).Labels!.Labels);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path(), ".*"));
    }

    [Fact]
    public void The_file_is_the_one_that_nnUNet_reads()
    {
        Make(2);

        Assert.Equal(
            """
            {
              "channel_names": {
                "0": "grey"
              },
              "labels": {
                "background": 0,
                "membrane": 1
              },
              "numTraining": 2,
              "file_ending": ".png"
            }

            """,
            File.ReadAllText(_folder.Path("data", "dataset.json")));
    }

    [Fact]
    public void A_colour_picture_is_one_file_with_three_channels()
    {
        var description = new DataSetDescription { ChannelNames = ["R", "G", "B"], Labels = Labels, FileEnding = ".png" };
        using (var writer = new DataSetWriter(_folder.Path("data"), description))
        {
            writer.Add("a", Volume.Of<byte>("a", Geometry.Pixels(new Extent(2, 1)), 3, [1, 2, 3, 4, 5, 6]), new LabelMap("a", Geometry.Pixels(new Extent(2, 1)), [0, 1]));
            writer.Complete();
        }

        var data = DataSet.Open(_folder.Path("data"));

        Assert.Single(data["a"].Channels);
        Assert.Equal([1, 2, 3, 4, 5, 6], data.Read(data["a"]).Image.Bytes);
    }

    [Fact]
    public void Channels_in_files_of_their_own_are_joined()
    {
        Make(1);
        Edit(t => t.Replace("\"0\": \"grey\"", "\"0\": \"T1\", \"1\": \"T2\"", StringComparison.Ordinal));
        Picture(7).Write(_folder.Path("data", "imagesTr", "case_0_0001.png"));

        var data = DataSet.Open(_folder.Path("data"));

        Assert.Equal(2, data.ChannelCount);
        Assert.Equal([.. Picture(0).Bytes, .. Picture(7).Bytes], data.Read(data["case_0"]).Image.Bytes);
    }

    [Fact]
    public void Regions_and_an_ignored_label_are_understood()
    {
        Make(1);
        Edit(t => t.Replace("\"membrane\": 1", "\"whole\": [1, 2], \"core\": [2], \"ignore\": 3", StringComparison.Ordinal)
            .Replace("\"file_ending\"", "\"regions_class_order\": [1, 2], \"file_ending\"", StringComparison.Ordinal));

        var data = DataSet.Open(_folder.Path("data"));

        Assert.True(data.Labels.HasRegions);
        Assert.Equal(3, data.Labels.Count);
        Assert.Equal((ushort)3, data.Labels.Ignore);
        Assert.Equal(["whole", "core"], data.Labels.Foreground.Select(f => f.Name));
        Assert.Equal([1, 2], data.Description.RegionsClassOrder!);
    }

    [Fact]
    public void A_writer_that_does_not_complete_leaves_nothing_behind()
    {
        using (var writer = new DataSetWriter(_folder.Path("data"), new DataSetDescription { ChannelNames = ["grey"], Labels = Labels, FileEnding = ".png" }))
        {
            writer.Add("a", Picture(0), Mask(0));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path()));
    }

    [Fact]
    public void A_data_set_is_replaced_only_when_asked()
    {
        Make(1);

        var error = Assert.Throws<InputException>(() => Make(2));
        Make(2, overwrite: true);

        Assert.Equal($"'{_folder.Path("data")}' exists already and is not empty", error.Message);
        Assert.Equal("add --overwrite to replace it, or choose another folder", error.Fix);
        Assert.Equal(2, DataSet.Open(_folder.Path("data")).Cases.Count);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path(), ".*"));
    }

    [Fact]
    public void A_folder_of_other_things_is_never_replaced()
    {
        Directory.CreateDirectory(_folder.Path("data"));
        File.WriteAllText(_folder.Path("data", "thesis.txt"), "all of it");

        var error = Assert.Throws<InputException>(() => Make(1, overwrite: true));

        Assert.Equal($"'{_folder.Path("data")}' is not empty and no data set, so it is not replaced", error.Message);
        Assert.Equal("all of it", File.ReadAllText(_folder.Path("data", "thesis.txt")));
    }

    [Fact]
    public void A_folder_that_does_not_exist()
    {
        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("nothing")));

        Assert.Equal($"data set '{_folder.Path("nothing")}' does not exist", error.Message);
    }

    [Fact]
    public void A_folder_without_dataset_json_is_to_be_imported()
    {
        Directory.CreateDirectory(_folder.Path("raw"));

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("raw")));

        Assert.Equal($"'{_folder.Path("raw")}' is no data set: it has no dataset.json", error.Message);
        Assert.Equal($"segsharp data import folder {_folder.Path("raw")} DST", error.Fix);
    }

    [Fact]
    public void Zero_cases()
    {
        Make(1);
        File.Delete(_folder.Path("data", "imagesTr", "case_0_0000.png"));

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.Equal($"data set '{_folder.Path("data")}' has 0 cases: no file CASE_0000.png in '{_folder.Path("data", "imagesTr")}'", error.Message);
    }

    [Fact]
    public void A_wrong_file_ending()
    {
        Make(1);
        Edit(t => t.Replace(".png", ".tif", StringComparison.Ordinal));

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.Equal($"data set '{_folder.Path("data")}' has 0 cases: no file CASE_0000.tif in '{_folder.Path("data", "imagesTr")}', but files that end with .png", error.Message);
    }

    [Fact]
    public void A_missing_label_map()
    {
        Make(2);
        File.Delete(_folder.Path("data", "labelsTr", "case_1.png"));

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.Equal($"case 'case_1' has no label map: '{_folder.Path("data", "labelsTr", "case_1.png")}' is missing", error.Message);
    }

    [Fact]
    public void A_missing_image()
    {
        Make(2);
        File.Delete(_folder.Path("data", "imagesTr", "case_1_0000.png"));

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.Equal($"'{_folder.Path("data", "dataset.json")}' says numTraining 2, but imagesTr has 1 case(s)", error.Message);
        Assert.Equal("restore the missing files, or set \"numTraining\": 1", error.Fix);
    }

    [Fact]
    public void A_replacement_that_fails_leaves_what_lay_there()
    {
        Directory.CreateDirectory(_folder.Path("place"));
        File.WriteAllText(_folder.Path("place", "old"), "");

        Assert.Throws<DirectoryNotFoundException>(() => DataSetWriter.Replace(_folder.Path("place"), _folder.Path("nothing"), on: null));

        Assert.True(File.Exists(_folder.Path("place", "old")));
        Assert.False(Directory.Exists(_folder.Path("nothing.old")));
    }

    [Fact]
    public void A_missing_channel()
    {
        Make(1);
        Edit(t => t.Replace("\"0\": \"grey\"", "\"0\": \"T1\", \"1\": \"T2\", \"2\": \"FLAIR\"", StringComparison.Ordinal));
        Picture(7).Write(_folder.Path("data", "imagesTr", "case_0_0002.png"));

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.Equal($"case 'case_0' has no file for channel 1 (T2): '{_folder.Path("data", "imagesTr", "case_0_0001.png")}' is missing", error.Message);
    }

    [Fact]
    public void An_image_and_a_label_map_of_different_size()
    {
        var data = Make(1);
        new LabelMap("case_0", Geometry.Pixels(new Extent(3, 3)), new ushort[9]).Write(_folder.Path("data", "labelsTr", "case_0.png"));

        var error = Assert.Throws<InputException>(() => data.Read(data["case_0"]));

        Assert.Equal($"label map '{_folder.Path("data", "labelsTr", "case_0.png")}' is 3x3 but its image '{_folder.Path("data", "imagesTr", "case_0_0000.png")}' is 4x2", error.Message);
        Assert.Equal($"segsharp info {_folder.Path("data", "imagesTr", "case_0_0000.png")} {_folder.Path("data", "labelsTr", "case_0.png")}", error.Fix);
    }

    [Fact]
    public void A_label_outside_the_list()
    {
        var data = Make(1);
        new LabelMap("case_0", Geometry.Pixels(new Extent(4, 2)), [0, 1, 2, 2, 2, 0, 0, 0]).Write(_folder.Path("data", "labelsTr", "case_0.png"));

        var error = Assert.Throws<InputException>(() => data.Read(data["case_0"]));

        Assert.Equal($"label map '{_folder.Path("data", "labelsTr", "case_0.png")}' holds label 2 (3 pixels), outside the list: 0 background, 1 membrane", error.Message);
    }

    [Fact]
    public void A_truncated_image_is_an_error_of_the_input()
    {
        var data = Make(1);
        var file = _folder.Path("data", "imagesTr", "case_0_0000.png");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..40]);

        var error = Assert.Throws<InputException>(() => data.Read(data["case_0"]));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_channels_in_a_file_than_in_the_list()
    {
        var data = Make(1);
        Volume.Of<byte>("a", Geometry.Pixels(new Extent(4, 2)), 3, new byte[24]).Write(_folder.Path("data", "imagesTr", "case_0_0000.png"));

        var error = Assert.Throws<InputException>(() => data.Read(data["case_0"]));

        Assert.Equal($"case 'case_0' has 3 channel(s) in 1 file(s) ('{_folder.Path("data", "imagesTr", "case_0_0000.png")}' …), but dataset.json names 1: grey", error.Message);
    }

    [Theory]
    [InlineData("\"background\": 0,", "", "labels are 1 membrane, but 'background' must be there and be 0")]
    [InlineData("\"membrane\": 1", "\"membrane\": 1, \"ignore\": 1", "label to ignore is 1, but that is also a label: 0 background, 1 membrane, 1 ignore")]
    [InlineData("\"membrane\": 1", "\"membrane\": \"one\"", "key 'labels.membrane' is \"one\", expected a whole number or a list of whole numbers")]
    [InlineData("\"file_ending\": \".png\"", "\"file_ending\": \"png\"", "key 'file_ending' is \"png\", expected an ending with its dot such as \".png\"")]
    public void A_dataset_json_that_breaks_a_rule(string from, string to, string message)
    {
        Make(1);
        Edit(t => t.Replace(from, to, StringComparison.Ordinal));

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.Equal($"'{_folder.Path("data", "dataset.json")}': {message}", error.Message);
    }

    [Fact]
    public void A_listed_case_without_a_label_is_refused()
    {
        Make(1);
        var file = _folder.Path("data", "dataset.json");
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
        json["dataset"] = System.Text.Json.Nodes.JsonNode.Parse("""{"case_0":{"images":["imagesTr/case_0_0000.png"]}}""");
        File.WriteAllText(file, json.ToJsonString());

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.Equal("case 'case_0' has no label map: its entry in dataset.json has no \"label\"", error.Message);
        Assert.Equal("add \"label\": FILE, or leave the case out of dataset.json", error.Fix);
    }

    [Fact]
    public void A_dataset_json_that_is_no_JSON()
    {
        Make(1);
        File.WriteAllText(_folder.Path("data", "dataset.json"), "{ \"labels\": ");

        var error = Assert.Throws<InputException>(() => DataSet.Open(_folder.Path("data")));

        Assert.StartsWith($"'{_folder.Path("data", "dataset.json")}' is not JSON: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Splits_are_written_and_used()
    {
        var data = Make(10);
        SplitsFile.Write(_folder.Path("data", SplitsFile.Name), Folds.Of(data.Ids));

        Assert.Equal(Folds.Of(data.Ids)[3].Validation, data.Split(Validation.Fold(3)).Validation);
    }

    [Fact]
    public void A_prepared_case_is_resized_scaled_and_divided_into_pages()
    {
        var description = new DataSetDescription { ChannelNames = ["EM"], Labels = Labels, FileEnding = ".tif" };
        using (var writer = new DataSetWriter(_folder.Path("data"), description))
        {
            writer.Add(
                "stack",
                Volume.Of<byte>("stack", Geometry.Pixels(new Extent(4, 2, 2)), 1, [0, 51, 102, 255, 0, 51, 102, 255, 255, 255, 255, 255, 0, 0, 0, 0]),
                new LabelMap("stack", Geometry.Pixels(new Extent(4, 2, 2)), [0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]));
            writer.Complete();
        }

        var data = DataSet.Open(_folder.Path("data"));
        var whole = PreparedDataSet.Create(data, data.Ids, new());
        var small = PreparedDataSet.Create(data, data.Ids, new() { Resize = new Extent(2, 1) });
        var again = PreparedDataSet.Create(data, data.Ids, new() { Resize = new Extent(2, 1), CacheBytes = 0 });

        Assert.Equal(["stack@0000", "stack@0001"], Enumerable.Range(0, whole.Count).Select(whole.IdOf));
        Assert.Equal([0, 0.2f, 0.4f, 1, 0, 0.2f, 0.4f, 1], whole.Get(0).Image);
        Assert.Equal([1, 1, 1, 1, 0, 0, 0, 0], whole.Get(1).Labels!.Select(l => (int)l));
        Assert.Equal(new Extent(2, 1), small.Extent);
        Assert.Equal(small.Get(1).Image, again.Get(1).Image);
        Assert.Equal(0, again.HeldBytes);
        Assert.Equal(small.Digest, again.Digest);
        Assert.NotEqual(small.Digest, whole.Digest);
    }

    [Fact]
    public void Labels_with_gaps_become_classes_without()
    {
        var labels = new LabelList([new("background", [0]), new("core", [1]), new("oedema", [2]), new("enhancing", [4])], ignore: 9);

        Assert.Equal(4, labels.Count);
        Assert.Equal([0, 1, 2, 3, 4, 0], labels.ToClasses([0, 1, 2, 4, 9, 0]).Select(l => (int)l));
        Assert.False(labels.Contains(3));
    }

    [Fact]
    public void A_volume_is_one_sample_in_three_dimensions_and_slices_in_two()
    {
        var description = new DataSetDescription { ChannelNames = ["CT"], Labels = new([new("background", [0]), new("bone", [3])]), FileEnding = ".tif" };
        using (var writer = new DataSetWriter(_folder.Path("data"), description))
        {
            writer.Add("a", Volume.Of<float>("a", Geometry.Pixels(new Extent(2, 2, 3)), 1, [.. Enumerable.Range(0, 12).Select(i => (float)i)]), new LabelMap("a", Geometry.Pixels(new Extent(2, 2, 3)), [0, 0, 0, 3, 0, 0, 3, 3, 0, 3, 3, 3]));
            writer.Complete();
        }

        var data = DataSet.Open(_folder.Path("data"));
        var volumes = PreparedDataSet.Create(data, data.Ids, new(), dimensions: 3);
        var slices = PreparedDataSet.Create(data, data.Ids, new());
        var cropped = PreparedDataSet.Create(data, data.Ids, new() { Crop = new Extent(1, 4) });

        Assert.Equal(new Extent(2, 2, 3), Assert.Single(Enumerable.Range(0, volumes.Count).Select(volumes.Get)).Extent);
        Assert.Equal([0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1], volumes.Get(0).Labels!.Select(l => (int)l));
        Assert.Equal(["a@0000", "a@0001", "a@0002"], Enumerable.Range(0, slices.Count).Select(slices.IdOf));
        Assert.Equal([0f, 4, 6, 0], cropped.Get(1).Image);
    }

    [Fact]
    public void Standardised_images_have_mean_0_and_deviation_1()
    {
        var data = Make(1);

        var sample = PreparedDataSet.Create(data, data.Ids, new() { Intensity = new SegSharp.Imaging.Normalisation.ZScoreOptions() }).Get(0);

        Assert.Equal(0, sample.Image.Average(), 1e-6f);
        Assert.Equal(1, sample.Image.Average(v => v * v), 1e-5f);
    }

    private static Volume Picture(int seed) =>
        Volume.Of<byte>("p", Geometry.Pixels(new Extent(4, 2)), 1, [.. Enumerable.Range(0, 8).Select(i => (byte)((seed * 20) + (i * 9)))]);

    private static LabelMap Mask(int seed) =>
        new("m", Geometry.Pixels(new Extent(4, 2)), [.. Enumerable.Range(0, 8).Select(i => (ushort)((i + seed) % 2))]);

    private DataSet Make(int cases, bool overwrite = false)
    {
        var description = new DataSetDescription { ChannelNames = ["grey"], Labels = Labels, FileEnding = ".png" };
        using var writer = new DataSetWriter(_folder.Path("data"), description, overwrite);
        for (var i = 0; i < cases; i++)
        {
            writer.Add($"case_{i}", Picture(i), Mask(i));
        }

        writer.Complete();
        return DataSet.Open(_folder.Path("data"));
    }

    private void Edit(Func<string, string> change)
    {
        var file = _folder.Path("data", "dataset.json");
        File.WriteAllText(file, change(File.ReadAllText(file)));
    }
}

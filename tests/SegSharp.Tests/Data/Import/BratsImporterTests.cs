using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class BratsImporterTests : IDisposable
{
    private static readonly VolumePhantomOptions Small = new() { Count = 3, Size = new Extent(24, 24, 16), Seed = 5 };
    private static readonly TumourHead Head = new();
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    private string Raw => _folder.Path("raw");

    private string Target => _folder.Path("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Patients_become_cases_of_four_channels_and_the_lists_become_the_split()
    {
        Head.WritePatients(Raw, Small);

        var data = BratsImporter.Import(Raw, Target, new());

        Assert.Equal(["BraTS19_PHANTOM_000_1", "BraTS19_PHANTOM_001_1"], data.Ids);
        Assert.Equal(["BraTS19_PHANTOM_002_1"], data.TestCases.Select(c => c.Id));
        Assert.NotNull(data.TestCases[0].Label);
        Assert.Equal(["T1", "T1ce", "T2", "FLAIR"], data.Description.ChannelNames);
        Assert.Equal("0 background, 1 necrosis, 2 edema, 4 enhancing", data.Labels.Describe());
        var split = Assert.Single(data.StoredSplits()!);
        Assert.Equal(["BraTS19_PHANTOM_000_1"], split.Training);
        Assert.Equal(["BraTS19_PHANTOM_001_1"], split.Validation);

        var (drawn, read) = (Head.Draw(Small, 1), data.Read(data["BraTS19_PHANTOM_001_1"]));
        Assert.Equal(drawn.Image.Bytes, read.Image.Bytes);
        Assert.Equal(drawn.Labels.Labels, read.Labels!.Labels);
        Assert.Equal(GridMatch.Same, drawn.Image.Geometry.Match(read.Image.Geometry));
    }

    [Fact]
    public void Files_that_fit_are_copied_byte_for_byte()
    {
        Head.WritePatients(Raw, Small);

        var data = BratsImporter.Import(Raw, Target, new());

        var source = Path.Combine(Raw, "data", "BraTS19_PHANTOM_000_1", "BraTS19_PHANTOM_000_1_t2.nii.gz");
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(data["BraTS19_PHANTOM_000_1"].Channels[2]));
    }

    [Theory]
    [InlineData("HGG/Brats17_TCIA_605_1/Brats17_TCIA_605_1_{0}.nii.gz", "t1,t1ce,t2,flair,seg")]
    [InlineData("LGG/deep/er/BraTS20_Training_001/BraTS20_Training_001_{0}.nii", "t1,t1ce,t2,flair,seg")]
    [InlineData("BraTS-GLI-00005-100/BraTS-GLI-00005-100-{0}.nii.gz", "t1n,t1c,t2w,t2f,seg")]
    [InlineData("pat/VSD.Brain.XX.O.MR_{0}.54512/VSD.Brain.XX.O.MR_{0}.54512.nii.gz", "T1,T1c,T2,Flair,OT")]
    [InlineData("pat/pat_{0}.nii/00_{0}.nii", "t1,t1Gd,t2,flair,segm")]
    public void The_usual_names_are_known(string pattern, string words)
    {
        var (name, drawn) = (pattern.Split('/')[^2], Head.Draw(Small, 0));
        Save(drawn, words.Split(','), w => string.Format(pattern, w));

        var data = BratsImporter.Import(Raw, Target, new());

        Assert.Equal(pattern.StartsWith("pat/", StringComparison.Ordinal) ? "pat" : name, Assert.Single(data.Ids));
        var read = data.Read(data.Cases[0]);
        Assert.Equal(["T1", "T1ce", "T2", "FLAIR"], data.Description.ChannelNames);
        Assert.Equal(drawn.Image.Bytes, read.Image.Bytes);
        Assert.Equal(drawn.Labels.Labels, read.Labels!.Labels);
    }

    [Fact]
    public void A_map_names_files_and_renames_labels()
    {
        var drawn = Older(Head.Draw(Small, 0));
        Save(drawn, ["A_first", "B_norm", "C", "D_norm", "OTMultiClass"], w => $"p1/{w}.nii.gz");

        var data = BratsImporter.Import(Raw, Target, new BratsImportOptions().WithMap("T1c=B_norm,flair=D_norm,label=OTMultiClass,3=1"), on: _events.Add);

        Assert.Equal(["T1ce", "FLAIR"], data.Description.ChannelNames);
        Assert.Equal([0, 1, 2, 4], data.Read(data["p1"]).Labels!.Histogram().Select(l => l.Label));
        Assert.Equal(2, data.Read(data["p1"]).Image.Channels);
        Assert.Contains(new Noted("the modalities are T1ce, FLAIR; there is no T1 and no T2"), _events);
    }

    [Fact]
    public void Labels_until_2016_are_kept_and_explained()
    {
        Save(Older(Head.Draw(Small, 0)), ["t1", "t1c", "t2", "flair", "seg"], w => $"p1/p1_{w}.nii.gz");

        var data = BratsImporter.Import(Raw, Target, new(), on: _events.Add);

        Assert.Equal("0 background, 1 necrosis, 2 edema, 3 non-enhancing, 4 enhancing", data.Labels.Describe());
        Assert.Contains(new Noted("labels are 0 to 4 as in BraTS until 2016, where 3 is non-enhancing tumour; --map 3=1 counts it as necrosis, as since 2017"), _events);
    }

    [Fact]
    public void Label_3_without_4_asks_what_it_means()
    {
        Save(Changed(Head.Draw(Small, 0), l => l == 4 ? (ushort)3 : l), ["t1n", "t1c", "t2w", "t2f", "seg"], w => $"p1/p1-{w}.nii.gz");

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new()));
        var data = BratsImporter.Import(Raw, Target, new BratsImportOptions().WithMap("3=4"));

        Assert.Equal($"label map '{Path.Combine(Raw, "p1", "p1-seg.nii.gz")}' holds label 3 and none holds 4: that is enhancing tumour in BraTS 2023, and non-enhancing tumour until 2016", error.Message);
        Assert.Equal("say which: --map 3=4 (BraTS 2023) or --map 3=1 (until 2016)", error.Fix);
        Assert.Equal(Head.Draw(Small, 0).Labels.Labels, data.Read(data["p1"]).Labels!.Labels);
    }

    [Fact]
    public void Consecutive_labels_are_those_of_nnU_Net()
    {
        Head.WritePatients(Raw, Small);

        var data = BratsImporter.Import(Raw, Target, new() { Consecutive = true });

        Assert.Equal("0 background, 1 edema, 2 necrosis, 3 enhancing", data.Labels.Describe());
        ushort[] expected = [.. Head.Draw(Small, 0).Labels.Labels.Select(l => l switch { 2 => (ushort)1, 1 => (ushort)2, 4 => (ushort)3, _ => (ushort)0 })];
        Assert.Equal(expected, data.Read(data["BraTS19_PHANTOM_000_1"]).Labels!.Labels);
    }

    [Fact]
    public void A_missing_modality_is_named()
    {
        Head.WritePatients(Raw, Small);
        var folder = Path.Combine(Raw, "data", "BraTS19_PHANTOM_001_1");
        File.Delete(Path.Combine(folder, "BraTS19_PHANTOM_001_1_t2.nii.gz"));

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new()));

        Assert.Equal($"patient 'BraTS19_PHANTOM_001_1' has no T2 in '{folder}'; of 3 patient(s) 2 have it", error.Message);
        Assert.False(Directory.Exists(Target));
    }

    [Fact]
    public void A_label_map_on_another_grid_is_named()
    {
        Head.WritePatients(Raw, Small);
        var file = Path.Combine(Raw, "data", "BraTS19_PHANTOM_000_1", "BraTS19_PHANTOM_000_1_seg.nii.gz");
        var map = LabelMap.Read(file);
        new LabelMap(map.Name, map.Geometry with { Origin = map.Geometry.Origin + new Triple(0, 0, 5) }, map.Labels).Write(file);

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new()));

        var image = file.Replace("_seg", "_t1", StringComparison.Ordinal);
        Assert.StartsWith($"label map '{file}' does not lie on its image '{image}': ", error.Message, StringComparison.Ordinal);
        Assert.Equal($"segsharp data check --pair {image} {file} --fix mended/{Path.GetFileName(file)}", error.Fix);
    }

    [Fact]
    public void A_patient_in_two_lists_is_refused()
    {
        Head.WritePatients(Raw, Small);
        File.AppendAllText(Path.Combine(Raw, "datasets", "test.txt"), "BraTS19_PHANTOM_000_1\n");

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new()));

        Assert.Equal($"patient 'BraTS19_PHANTOM_000_1' is in two lists: '{Path.Combine(Raw, "datasets", "train.txt")}' and '{Path.Combine(Raw, "datasets", "test.txt")}'", error.Message);
    }

    [Fact]
    public void Two_visits_of_a_patient_belong_into_one_list()
    {
        Head.WritePatients(Raw, Small);
        var data = Path.Combine(Raw, "data");
        Directory.Move(Path.Combine(data, "BraTS19_PHANTOM_001_1"), Path.Combine(data, "BraTS19_PHANTOM_000_2"));
        File.WriteAllText(Path.Combine(Raw, "datasets", "validation.txt"), "BraTS19_PHANTOM_000_2\n");

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new()));

        Assert.Equal("'BraTS19_PHANTOM_000_1' (training) and 'BraTS19_PHANTOM_000_2' (validation) are visits of one patient, 'BraTS19_PHANTOM_000'", error.Message);
    }

    [Fact]
    public void A_name_that_is_no_patient_is_shown_with_the_nearest()
    {
        Head.WritePatients(Raw, Small);
        var list = _folder.Path("list.txt");
        File.WriteAllText(list, "# mine\n\nHGG/BraTS19_PHANTOM_001_1\r\nBraTS19_PHANTOM_010_1\n");

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new() { Train = list }));

        Assert.StartsWith($"list '{list}' names patient 'BraTS19_PHANTOM_010_1', but '{Path.Combine(Raw, "data")}' has no such folder; nearest: BraTS19_PHANTOM_0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patients_without_labels_become_test_cases()
    {
        Head.WritePatients(Raw, Small);
        Directory.Delete(Path.Combine(Raw, "datasets"), recursive: true);
        File.Delete(Path.Combine(Raw, "data", "BraTS19_PHANTOM_001_1", "BraTS19_PHANTOM_001_1_seg.nii.gz"));

        var data = BratsImporter.Import(Raw, Target, new(), on: _events.Add);

        Assert.Equal(["BraTS19_PHANTOM_000_1", "BraTS19_PHANTOM_002_1"], data.Ids);
        Assert.Null(Assert.Single(data.TestCases).Label);
        Assert.Null(data.StoredSplits());
        Assert.Contains(new Noted("1 patient(s) have no label map and became test cases: BraTS19_PHANTOM_001_1"), _events);
    }

    [Fact]
    public void A_folder_without_BraTS_names_asks_for_a_map()
    {
        Save(Head.Draw(Small, 0), ["a", "b", "c", "d", "e"], w => $"p1/{w}.nii.gz");

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new()));

        Assert.Equal($"'{Raw}' has no patient: no volume is called as BraTS calls its modalities (_t1, _t1ce, _t2, _flair, -t1n, -t1c, -t2w, -t2f); found a.nii.gz, b.nii.gz, c.nii.gz, d.nii.gz …", error.Message);
        Assert.Equal("name the files: --map \"T1ce=NAME,FLAIR=NAME,label=NAME\"", error.Fix);
    }

    [Theory]
    [InlineData("{0}_{1}_{2}.nii.gz")]
    [InlineData("{0}_z{2:D3}_{1}.nii.gz")]
    [InlineData("{1}{3}{2}.nii")]
    public void Slices_are_stacked_back_to_volumes(string pattern)
    {
        var drawn = Slices(pattern);

        var data = BratsImporter.Import(Raw, Target, new(), on: _events.Add);

        var read = data.Read(data["BraTS19_EXAMPLE_0"]);
        Assert.Equal(drawn.Image.Bytes, read.Image.Bytes);
        Assert.Equal(drawn.Labels.Labels, read.Labels!.Labels);
        Assert.NotEqual(GridMatch.Different, drawn.Image.Geometry.Match(read.Image.Geometry));
        Assert.Equal(["BraTS19_EXAMPLE_1"], Assert.Single(data.StoredSplits()!).Validation);
        Assert.Contains(_events.OfType<Noted>(), n => n.Text.Contains($"segsharp data import brats {Path.Combine(Raw, "origin_data")} {Target}-original", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_slice_is_named()
    {
        Slices("{0}_{1}_{2}.nii.gz");
        var folder = Path.Combine(Raw, "data", "BraTS19_EXAMPLE_1");
        File.Delete(Path.Combine(folder, "BraTS19_EXAMPLE_1_flair_7.nii.gz"));

        var error = Assert.Throws<InputException>(() => BratsImporter.Import(Raw, Target, new()));

        Assert.Equal(
            $"patient 'BraTS19_EXAMPLE_1' has FLAIR in slices, but none between number 6 ('{Path.Combine(folder, "BraTS19_EXAMPLE_1_flair_6.nii.gz")}') and 8",
            error.Message);
    }

    [Fact]
    public void A_map_that_says_nothing_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => new BratsImportOptions().WithMap("3=one"));

        Assert.Equal("map has '3=one', expected MODALITY=NAME, label=NAME or NUMBER=NUMBER", error.Message);
    }

    [Fact]
    public void The_two_real_patients_come_in_by_a_map()
    {
        var source = RealData.Require("brats");

        var data = BratsImporter.Import(
            source, Target, new BratsImportOptions().WithMap("T1c=T1c_subtrMeanDivStd,flair=Flair_subtrMeanDivStd,label=OTMultiClass,3=1"));

        Assert.Equal(["brats_2013_pat0004_1", "brats_2013_pat0006_1"], data.Ids);
        Assert.Equal(["T1ce", "FLAIR"], data.Description.ChannelNames);
        var read = data.Read(data.Cases[0]);
        Assert.Equal(new Extent(240, 240, 155), read.Extent);
        Assert.Equal([0, 1, 2, 4], read.Labels!.Histogram().Select(l => l.Label));
    }

    private static DrawnVolume Older(DrawnVolume drawn)
    {
        var first = true;
        return Changed(drawn, l =>
        {
            var three = l == 1 && first;
            first &= !three;
            return three ? (ushort)3 : l;
        });
    }

    private static DrawnVolume Changed(DrawnVolume drawn, Func<ushort, ushort> change) => drawn with { Labels = drawn.Labels.Select(change) };

    private static Volume Channel(DrawnVolume drawn, int c)
    {
        var plane = drawn.Image.Bytes.Length / drawn.Image.Channels;
        return new Volume(drawn.Image.Name, drawn.Image.Geometry, 1, drawn.Image.VoxelType, drawn.Image.Bytes[(c * plane)..((c + 1) * plane)]);
    }

    private void Save(DrawnVolume drawn, string[] words, Func<string, string> path)
    {
        for (var c = 0; c < 4; c++)
        {
            Channel(drawn, c).Write(Path.Combine(Raw, path(words[c])));
        }

        drawn.Labels.Write(Path.Combine(Raw, path(words[4])));
    }

    // TP3's form: data/PATIENT with a file per modality and slice, lists in datasets, whole volumes in origin_data.
    private DrawnVolume Slices(string pattern)
    {
        string[] words = ["t1", "t1ce", "t2", "flair"];
        for (var i = 0; i < 2; i++)
        {
            var (name, drawn) = ($"BraTS19_EXAMPLE_{i}", Head.Draw(Small, i));
            for (var z = 0; z < drawn.Image.Extent.Depth; z++)
            {
                string File(string word) => Path.Combine(Raw, "data", name, string.Format(pattern, name, word, z, '-'));
                for (var c = 0; c < 4; c++)
                {
                    Channel(drawn, c).Page(z).Write(File(words[c]));
                }

                drawn.Labels.Page(z).Write(File("seg"));
            }
        }

        Directory.CreateDirectory(Path.Combine(Raw, "origin_data"));
        AtomicFile.WriteText(Path.Combine(Raw, "datasets", "train.txt"), "BraTS19_EXAMPLE_0\n");
        AtomicFile.WriteText(Path.Combine(Raw, "datasets", "val.txt"), "BraTS19_EXAMPLE_1\n");
        return Head.Draw(Small, 0);
    }
}

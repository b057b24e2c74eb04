using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class PatientSplitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("BraTS19_TCIA01_147_1", "BraTS19_TCIA01_147")]
    [InlineData("Brats18_2013_11_2", "Brats18_2013_11")]
    [InlineData("BraTS20_Training_001", "BraTS20_Training_001")]
    [InlineData("BraTS-GLI-00005-100", "BraTS-GLI-00005")]
    [InlineData("brats_2013_pat0004_1", "brats_2013_pat0004")]
    [InlineData("brats_tcia_pat103_0001", "brats_tcia_pat103")]
    [InlineData("BraTS19_TCIA01_147_1_z012", "BraTS19_TCIA01_147")]
    [InlineData("hippocampus_001", "hippocampus_001")]
    [InlineData("stack@0012", "stack")]
    [InlineData("sub-01_ses-2", "sub-01")]
    [InlineData("lung_7_visit2", "lung_7")]
    public void The_patient_is_told_from_usual_names(string id, string patient) => Assert.Equal(patient, PatientRule.Usual.PatientOf(id));

    [Fact]
    public void A_rule_of_ones_own_takes_the_first_group()
    {
        var rule = PatientRule.Parse("^(P[0-9]+)_");

        var error = Assert.Throws<InputException>(() => rule.PatientOf("Q1_2"));

        Assert.Equal("P12", rule.PatientOf("P12_slice3"));
        Assert.Equal("case 'Q1_2' does not match '^(P[0-9]+)_', so its patient is not known", error.Message);
    }

    [Fact]
    public void All_visits_of_a_patient_fall_on_one_side()
    {
        string[] ids = [.. Enumerable.Range(0, 12).SelectMany(p => Enumerable.Range(1, 1 + (p % 3)).Select(v => $"BraTS19_SITE_{p}_{v}"))];

        var splits = PatientRule.Usual.Divide(ids, names => Folds.Of(names));

        Assert.Equal(5, splits.Count);
        Assert.Equal(ids.Order(StringComparer.Ordinal), splits.SelectMany(s => s.Validation).Order(StringComparer.Ordinal));
        Assert.All(splits, s => Assert.Empty(s.Training.Select(PatientRule.Usual.PatientOf).Intersect(s.Validation.Select(PatientRule.Usual.PatientOf))));
        Assert.All(splits, s => Assert.Equal(ids.Length, s.Training.Count + s.Validation.Count));
    }

    [Fact]
    public void The_same_voxels_under_another_name_and_type_are_a_leak()
    {
        var (a, b) = (Page(1), Page(2));
        var data = Write(("first", a), ("second", b), ("twin", a.Convert(VoxelType.Float32)));

        var leaks = LeakCheck.Find(data, new Split(["first", "second"], ["twin"]));

        Assert.Equal([new Leak("first", "twin", "validation", SameImage: true)], leaks);
        Assert.Equal("'twin' (validation) has the same voxels as 'first' (training): its score says nothing about new patients", leaks[0].Describe());
        Assert.Empty(LeakCheck.Find(data, new Split(["first", "twin"], ["second"])));
    }

    [Fact]
    public void Another_visit_of_the_same_patient_is_a_leak()
    {
        var data = Write(("BraTS19_S_1_1", Page(1)), ("BraTS19_S_1_2", Page(2)));

        var leaks = LeakCheck.Find(data, new Split(["BraTS19_S_1_1"], ["BraTS19_S_1_2"]));

        Assert.Equal("'BraTS19_S_1_2' (validation) is of the same patient as 'BraTS19_S_1_1' (training)", Assert.Single(leaks).Describe());
    }

    [Fact]
    public void Empty_images_and_validating_on_everything_are_no_leaks()
    {
        var black = Volume.Zeros("black", Geometry.Pixels(new Extent(8, 8)), 1, VoxelType.UInt8);
        var data = Write(("a", black), ("b", black));

        Assert.Empty(LeakCheck.Find(data, new Split(["a"], ["b"])));
        Assert.Empty(LeakCheck.Find(data, new Split(["a", "b"], ["a", "b"])));
    }

    private static Volume Page(int seed)
    {
        var picture = Membranes.Draw(new() { Width = 32, Height = 32, Seed = seed }, 0);
        return new Volume("page", Geometry.Pixels(new Extent(32, 32)), 1, VoxelType.UInt8, picture.Image);
    }

    private DataSet Write(params (string Id, Volume Image)[] cases)
    {
        var labels = new LabelList([new("background", [0]), new("thing", [1])]);
        using var writer = new DataSetWriter(_folder.Path("data"), new DataSetDescription { ChannelNames = ["grey"], Labels = labels, FileEnding = ".nii.gz" });
        foreach (var (id, image) in cases)
        {
            writer.Add(id, image, new LabelMap(id, image.Geometry, new ushort[image.Extent.Count]));
        }

        writer.Complete();
        return DataSet.Open(_folder.Path("data"));
    }
}

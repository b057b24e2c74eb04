using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class InstancesImporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_numbered_map_gives_labels_and_keeps_its_objects()
    {
        Grey(_folder.Path("raw", "images", "a.png"));
        Map([0, 3, 3, 9], _folder.Path("raw", "masks", "a.png"));

        var data = Import(new() { Name = "nucleus" });

        Assert.Equal([0, 1, 1, 1], LabelsOf(data, "a"));
        Assert.Equal("0 background, 1 nucleus", data.Labels.Describe());
        Assert.Equal([0, 3, 3, 9], LabelMap.Read(data.ObjectsOf(data["a"])!).Labels.Select(l => (int)l));
        Assert.Contains(new Noted("2 objects in 1 pictures, in instancesTr; labels: 1 nucleus wherever an object is"), _events);
    }

    [Theory]
    [InlineData(ObjectTarget.Binary, "1 1 1 1 0 1")]
    [InlineData(ObjectTarget.Separated, "1 0 0 1 0 1")]
    [InlineData(ObjectTarget.Borders, "1 2 2 1 0 1")]
    [InlineData(ObjectTarget.Outlines, "1 2 2 2 0 2")]
    public void What_is_learnt_between_touching_objects_is_chosen(ObjectTarget target, string expected)
    {
        var objects = new LabelMap("row", Geometry.Pixels(new Extent(6, 1)), [1, 1, 2, 2, 0, 2]);

        var labels = ObjectLabels.Of(objects, target);

        Assert.Equal(expected, string.Join(' ', labels.Labels));
    }

    [Fact]
    public void A_mask_per_object_is_joined_and_the_first_file_keeps_what_two_claim()
    {
        Grey(_folder.Path("raw", "p1", "images", "p1.png"));
        Map([255, 255, 0, 0], _folder.Path("raw", "p1", "masks", "a.png"));
        Map([0, 255, 255, 0], _folder.Path("raw", "p1", "masks", "b.png"));
        Map([0, 0, 0, 0], _folder.Path("raw", "p1", "masks", "c.png"));
        Grey(_folder.Path("raw", "p2", "images", "p2.png"));

        var data = Import(new());

        Assert.Equal([1, 1, 2, 0], LabelMap.Read(data.ObjectsOf(data["p1"])!).Labels.Select(l => (int)l));
        Assert.Equal(["p2"], data.TestCases.Select(c => c.Id));
        Assert.Contains(new Noted("objects overlap in 1 picture(s), where the first mask keeps the pixel: p1 (1 pixels)"), _events);
        Assert.Contains(new Warned("1 mask(s) are empty and gave no object"), _events);
        Assert.Contains(new Warned("1 picture(s) have no masks and became test cases (imagesTs)"), _events);
    }

    [Fact]
    public void A_mask_of_two_values_falls_into_its_parts_and_it_is_said()
    {
        Grey(_folder.Path("raw", "images", "a.png"), width: 5);
        Map([255, 0, 255, 0, 0], _folder.Path("raw", "masks", "a.png"));

        var data = Import(new());

        Assert.Equal([1, 0, 2, 0, 0], LabelMap.Read(data.ObjectsOf(data["a"])!).Labels.Select(l => (int)l));
        Assert.Contains(new Noted("1 mask(s) number nothing (one value beside 0): their connected parts were taken as objects"), _events);
    }

    [Fact]
    public void Colours_of_a_mask_are_objects()
    {
        Grey(_folder.Path("raw", "images", "a.png"));
        Colours([0, 255, 0, 0], [0, 0, 128, 128], [0, 0, 0, 0], _folder.Path("raw", "masks", "a.png"));

        var data = Import(new());

        Assert.Equal([0, 1, 2, 2], LabelMap.Read(data.ObjectsOf(data["a"])!).Labels.Select(l => (int)l));
        Assert.Contains(new Noted("1 mask(s) are coloured: every colour but black was taken as an object"), _events);
    }

    [Fact]
    public void Pictures_are_grey_unless_one_has_colours()
    {
        Colours([5, 6, 7, 8], [5, 6, 7, 8], [5, 6, 7, 8], _folder.Path("raw", "images", "a.png"));
        Map([0, 1, 1, 2], _folder.Path("raw", "masks", "a.png"));
        Assert.Equal(["grey"], Import(new()).Description.ChannelNames);
        Assert.Contains(new Noted("pictures: one grey channel, since no picture has colours"), _events);

        Colours([255, 0, 0, 8], [0, 255, 0, 8], [0, 0, 255, 8], _folder.Path("raw", "images", "b.png"));
        Map([0, 1, 1, 2], _folder.Path("raw", "masks", "b.png"));
        var coloured = Import(new(), "colours");
        var grey = Import(new() { Colours = PictureColours.Grey }, "grey");

        Assert.Equal(["R", "G", "B"], coloured.Description.ChannelNames);
        Assert.Equal([5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8], coloured.Read(coloured["a"]).Image.Bytes);
        Assert.Equal([76, 150, 29, 8], grey.Read(grey["b"]).Image.Bytes);
    }

    [Fact]
    public void A_mask_of_another_size_is_named_with_its_image()
    {
        Grey(_folder.Path("raw", "images", "a.png"));
        Map([0, 1, 1], _folder.Path("raw", "masks", "a.png"));

        var error = Assert.Throws<InputException>(() => Import(new()));

        Assert.Equal($"mask '{_folder.Path("raw", "masks", "a.png")}' is 3x1 but its image '{_folder.Path("raw", "images", "a.png")}' is 4x1", error.Message);
        Assert.False(Directory.Exists(_folder.Path("data")));
    }

    [Fact]
    public void Jpeg_masks_number_no_objects()
    {
        Grey(_folder.Path("raw", "images", "a.png"));
        Map([0, 3, 200, 255], _folder.Path("raw", "masks", "a.png"));
        File.Move(_folder.Path("raw", "masks", "a.png"), _folder.Path("raw", "masks", "a.jpg"));      // what is in it counts, not how it is stored

        var error = Assert.Throws<InputException>(() => Import(new()));

        Assert.Equal($"JPEG mask '{_folder.Path("raw", "masks", "a.jpg")}' holds 3 values beside 0: JPEG blurs masks, so they number no objects as they stand", error.Message);
        Assert.Equal("take the masks as they were before JPEG, or store them as PNG with every value from 128 on as 255 and every other as 0", error.Fix);
    }

    [Fact]
    public void A_mask_with_grey_edges_numbers_no_objects()
    {
        Grey(_folder.Path("raw", "images", "a.png"), width: 20);
        Map([0, 10, 40, 70, 100, .. Enumerable.Repeat((ushort)255, 10), 120, 150, 180, 210, 0], _folder.Path("raw", "masks", "a.png"));

        var error = Assert.Throws<InputException>(() => Import(new()));

        Assert.Equal($"mask '{_folder.Path("raw", "masks", "a.png")}' is mostly 255 where it is not 0, with 8 values between: grey edges, which number no objects", error.Message);
    }

    [Fact]
    public void Grey_edges_of_one_object_are_cut_at_half()
    {
        Grey(_folder.Path("raw", "p", "images", "p.png"), width: 6);
        Map([0, 90, 255, 255, 255, 130], _folder.Path("raw", "p", "masks", "a.png"));

        var data = Import(new());

        Assert.Equal([0, 0, 1, 1, 1, 1], LabelMap.Read(data.ObjectsOf(data["p"])!).Labels.Select(l => (int)l));
        Assert.Contains(new Noted("1 mask(s) have grey edges: values from 128 on were taken as the object"), _events);
    }

    [Fact]
    public void A_mask_of_one_object_that_holds_several_is_refused()
    {
        Grey(_folder.Path("raw", "p", "images", "p.png"));
        Map([0, 1, 2, 3], _folder.Path("raw", "p", "masks", "a.png"));

        var error = Assert.Throws<InputException>(() => Import(new()));

        Assert.Equal($"mask '{_folder.Path("raw", "p", "masks", "a.png")}' holds 3 values beside 0 (1, 2, 3), expected one: a mask in a folder 'masks' is one object", error.Message);
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Both_layouts_of_the_real_nuclei_give_the_same_objects()
    {
        var whole = InstancesImporter.Import(RealData.Require("dsb2018"), _folder.Path("whole"), new());
        var kaggle = InstancesImporter.Import(RealData.Require("dsb2018", "stage1_train"), _folder.Path("kaggle"), new());

        Assert.Equal((77, 8), (whole.Cases.Count, kaggle.Cases.Count));
        Assert.Equal(1, whole.ChannelCount);
        Assert.Equal(2313, whole.Cases.Sum(c => LabelMap.Read(whole.ObjectsOf(c)!).Histogram().Count(l => l.Label != 0)));
        foreach (var c in kaggle.Cases)
        {
            Assert.Equal(LabelMap.Read(whole.ObjectsOf(whole[c.Id])!).Labels, LabelMap.Read(kaggle.ObjectsOf(c)!).Labels);
            Assert.Equal(whole.Read(whole[c.Id]).Image.Bytes, kaggle.Read(c).Image.Bytes);
        }
    }

    [Fact]
    public void A_prepared_case_brings_weights_made_of_its_objects()
    {
        Grey(_folder.Path("raw", "images", "a.png"));
        Map([1, 1, 2, 2], _folder.Path("raw", "masks", "a.png"));
        var data = Import(new()).Weighted((objects, classes) => [.. objects.Labels.Zip(classes, (o, c) => (10f * o) + c)]);

        var sample = Preparation.Prepare(data.Read(data["a"]), new() { Intensity = new SegSharp.Imaging.Normalisation.UnchangedOptions() }, data.Labels).Sample;

        Assert.Equal([11f, 11f, 21f, 21f], sample.Weights!);
    }

    private DataSet Import(InstancesImportOptions options, string target = "data") =>
        InstancesImporter.Import(_folder.Path("raw"), _folder.Path(target), options, on: _events.Add);

    private static IEnumerable<int> LabelsOf(DataSet data, string id) => data.Read(data[id]).Labels!.Labels.Select(l => (int)l);

    private static void Grey(string path, int width = 4) => Map([.. Enumerable.Range(10, width).Select(v => (ushort)v)], path);

    private static void Map(ushort[] row, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new LabelMap("row", Geometry.Pixels(new Extent(row.Length, 1)), row).Write(path);
    }

    private static void Colours(byte[] red, byte[] green, byte[] blue, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new Volume("row", Geometry.Pixels(new Extent(red.Length, 1)), 3, VoxelType.UInt8, [.. red, .. green, .. blue]).Write(path);
    }
}

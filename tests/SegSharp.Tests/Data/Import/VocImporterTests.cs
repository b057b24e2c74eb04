using SegSharp.Data;
using SegSharp.Data.Coco;
using SegSharp.Data.Import;
using SegSharp.Data.Voc;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class VocImporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(1, 128, 0, 0)]
    [InlineData(9, 192, 0, 0)]
    [InlineData(14, 64, 128, 128)]
    [InlineData(20, 0, 64, 128)]
    [InlineData(255, 224, 224, 192)]
    public void The_colour_map_is_the_development_kits(int number, byte r, byte g, byte b)
    {
        Assert.Equal((r, g, b), VocColours.Of(number));
        Assert.Equal((byte)number, VocColours.NumberOf(r, g, b));
        Assert.Equal(21, VocColours.Classes.Count);
    }

    [Fact]
    public void Coloured_masks_lists_and_void_are_understood()
    {
        Picture("a", "b", "c");
        Colours("SegmentationClass", "a", (128, 0, 0), (0, 0, 0), (224, 224, 192));
        Colours("SegmentationClass", "b", (128, 128, 128), (0, 64, 128), (0, 0, 0));
        Lists(("train", "a"), ("val", "b"), ("test", "c"));

        var data = VocImporter.Import(_folder.Path("raw"), _folder.Path("data"), on: _events.Add);

        Assert.Equal([1, 0, 255], Labels(data, "a"));
        Assert.Equal([7, 20, 0], Labels(data, "b"));
        Assert.Equal(255, data.Labels.Ignore!.Value);
        Assert.Equal(["c"], data.TestCases.Select(c => c.Id));
        Assert.Equal(["a"], data.StoredSplits()![0].Training);
        Assert.Equal(["b"], data.StoredSplits()![0].Validation);
        Assert.Contains(new Noted("2 mask(s) hold colours, which became classes by VOC's colour map"), _events);
    }

    [Fact]
    public void A_label_map_names_its_own_colours_and_a_stranger_is_refused()
    {
        Picture("a");
        Colours("SegmentationClass", "a", (10, 20, 30), (1, 1, 1), (0, 0, 0));
        File.WriteAllText(_folder.Path("raw", "labelmap.txt"), "# label:color_rgb:parts:actions\nbackground:0,0,0::\nliver:10,20,30::\n");

        var error = Assert.Throws<InputException>(() => VocImporter.Import(_folder.Path("raw"), _folder.Path("data")));
        Assert.Equal($"mask '{_folder.Path("raw", "SegmentationClass", "a.png")}' holds the colour (1,1,1), which stands for no class by labelmap.txt", error.Message);

        File.AppendAllText(_folder.Path("raw", "labelmap.txt"), "spleen:1,1,1::\n");
        var data = VocImporter.Import(_folder.Path("raw"), _folder.Path("data"));
        Assert.Equal([1, 2, 0], Labels(data, "a"));
        Assert.StartsWith("0 background, 1 liver, 2 spleen", data.Labels.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_listed_picture_without_a_mask_is_named()
    {
        Picture("a");
        Lists(("train", "a"));

        var error = Assert.Throws<InputException>(() => VocImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"picture 'a' has no mask: '{_folder.Path("raw", "SegmentationClass", "a.png")}' is missing", error.Message);
    }

    [Fact]
    public void A_picture_is_the_one_of_exactly_that_name_and_there_is_one()
    {
        Picture("i0.aaa", "i0.orig");
        Directory.CreateDirectory(_folder.Path("raw", "JPEGImages"));
        new LabelMap("i0", Geometry.Pixels(new Extent(3, 1)), [1, 2, 3]).Write(_folder.Path("raw", "JPEGImages", "i0.png"));
        Colours("SegmentationClass", "i0", (128, 0, 0), (0, 0, 0), (0, 0, 0));

        var data = VocImporter.Import(_folder.Path("raw"), _folder.Path("data"));
        File.Copy(_folder.Path("raw", "JPEGImages", "i0.png"), _folder.Path("raw", "JPEGImages", "i0.jpg"));
        var error = Assert.Throws<InputException>(() => VocImporter.Import(_folder.Path("raw"), _folder.Path("other")));

        Assert.Equal([1, 2, 3], data.Read(data["i0"]).Image.Bytes.Take(3).Select(b => (int)b));
        Assert.Equal($"picture 'i0' is there 2 times in '{_folder.Path("raw", "JPEGImages")}': i0.jpg, i0.png", error.Message);
    }

    [Fact]
    public void A_picture_in_both_lists_is_refused()
    {
        Picture("a", "b");
        Lists(("train", "a\nb"), ("val", "b"));

        var error = Assert.Throws<InputException>(() => VocImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"picture 'b' stands in both train.txt and val.txt of '{_folder.Path("raw", "ImageSets", "Segmentation")}', so validation would measure what was learnt", error.Message);
    }

    [Fact]
    public void Masks_of_0_and_255_hold_no_class_and_it_is_said()
    {
        Picture("a");
        Directory.CreateDirectory(_folder.Path("raw", "SegmentationClass"));
        new LabelMap("a", Geometry.Pixels(new Extent(3, 1)), [0, 255, 255]).Write(_folder.Path("raw", "SegmentationClass", "a.png"));

        VocImporter.Import(_folder.Path("raw"), _folder.Path("data"), on: _events.Add);

        Assert.Contains(new Warned("no class occurs: the masks hold only 0 (background) and 255 (void); where 255 is the foreground: segsharp data import folder SRC DST"), _events);
    }

    [Fact]
    public void A_label_map_with_a_colour_twice_or_too_many_lines_is_refused()
    {
        Picture("a");
        Colours("SegmentationClass", "a", (0, 0, 0), (0, 0, 0), (0, 0, 0));
        var map = _folder.Path("raw", "labelmap.txt");
        File.WriteAllText(map, "background:0,0,0::\nliver:10,20,30::\nspleen:10,20,30::\n");
        var colour = Assert.Throws<InputException>(() => VocImporter.Import(_folder.Path("raw"), _folder.Path("data")));
        File.WriteAllLines(map, ["background", .. Enumerable.Range(1, 300).Select(i => $"c{i}")]);
        var many = Assert.Throws<InputException>(() => VocImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"'{map}' gives 'liver' and 'spleen' one colour, (10,20,30)", colour.Message);
        Assert.Equal($"'{map}' names 301 classes; VOC's masks number at most 255", many.Message);
    }

    [Fact]
    public void The_given_masks_come_in_unchanged()
    {
        var root = RealData.Require("voc-coco", "labelme", "data_dataset_voc");
        var data = VocImporter.Import(root, _folder.Path("data"), objects: true);

        Assert.Equal(3, data.Cases.Count);
        Assert.Equal("tv/monitor", data.Labels.NameOf(20));
        foreach (var c in data.Cases)
        {
            Assert.Equal(LabelMap.Read(Path.Combine(root, "SegmentationClass", c.Id + ".png")).Labels, data.Read(c).Labels!.Labels);
            Assert.Equal(LabelMap.Read(Path.Combine(root, "SegmentationObject", c.Id + ".png")).Labels, LabelMap.Read(data.ObjectsOf(c)!).Labels);
        }
    }

    [Fact]
    public void Datumaros_tree_has_colours_boxes_and_parts()
    {
        var root = RealData.Require("voc-coco", "datumaro", "voc_dataset1");
        var data = VocImporter.Import(root, _folder.Path("data"), objects: true, on: _events.Add);
        var annotation = VocAnnotation.Read(Path.Combine(root, "Annotations", "2007_000001.xml"));

        Assert.Equal(["2007_000001"], data.Ids);
        Assert.Equal(["2007_000002"], data.TestCases.Select(c => c.Id));
        Assert.All(Labels(data, "2007_000001"), l => Assert.Equal(2, l));
        Assert.All(LabelMap.Read(data.ObjectsOf(data.Cases[0])!).Labels, l => Assert.Equal(1, l));
        Assert.Equal(("2007_000001.jpg", 20, 10, "cat"), (annotation.FileName, annotation.Width, annotation.Height, annotation.Objects[0].Name));
        Assert.Equal((new VocBox(1, 2, 3, 4), true, false), (annotation.Objects[0].Box, annotation.Objects[0].Truncated, annotation.Objects[0].Difficult));
        Assert.Equal(new VocPart("head", new(5.5, 6, 7.5, 8)), annotation.Objects[1].Parts[0]);
        Assert.Contains(new Noted("2 boxes in 1 annotation(s), 0 difficult: cat 1, person 1"), _events);
    }

    [Fact]
    public void Labelmes_own_files_give_the_masks_within_the_boundary_pixel()
    {
        var root = RealData.Require("voc-coco", "labelme");
        var data = LabelmeImporter.Import(Path.Combine(root, "data_annotated"), _folder.Path("data"));

        foreach (var c in data.Cases)
        {
            var given = LabelMap.Read(Path.Combine(root, "data_dataset_voc", "SegmentationClass", c.Id + ".png"));
            var ours = data.Read(c).Labels!.Labels;
            Assert.Equal(given.Labels.Distinct().Order(), ours.Distinct().Order());
            Assert.InRange(ours.Zip(given.Labels).Count(p => p.First == p.Second) / (double)ours.Length, 0.99, 1);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_for_coco_is_read_again_unchanged(bool polygons)
    {
        // A ring with a cell in its hole, pieces that touch by a corner, and pixels to be ignored.
        var labels = Rows("1111100", "1000120", "1020102", "1000120", "1111100", "9900011");
        var objects = Rows("1111100", "1000120", "1030102", "1000120", "1111100", "0000044");
        using (var writer = new DataSetWriter(_folder.Path("data"), new() { ChannelNames = ["grey"], Labels = new([new("background", [0]), new("ring", [1]), new("dot", [2])], 9), FileEnding = ".png" }))
        {
            writer.Add("p", new LabelMap("p", labels.Geometry, new ushort[labels.Labels.Length]).ToVolume(), labels, objects);
            writer.Complete();
        }

        var written = CocoExport.Write(DataSet.Open(_folder.Path("data")), _folder.Path("out.json"), polygons);
        var again = CocoImporter.Import(_folder.Path("out.json"), _folder.Path("again"), new() { Images = _folder.Path("data", "imagesTr"), Instances = true, Colours = PictureColours.Grey });

        Assert.Equal(5, written);
        Assert.Equal(labels.Labels.Select(l => l == 9 ? 255 : l), Labels(again, "p"));
        Assert.Equal(objects.Labels, LabelMap.Read(again.ObjectsOf(again["p"])!).Labels);
        var file = CocoFile.Open(_folder.Path("out.json"));
        Assert.Equal((1, 1), (file.Crowds, file.Images.Count));
        Assert.Equal((0, 0, 5, 5), file.ObjectsOf(file.Images[0]).First().Mask!.Box);
    }

    [Theory]
    [InlineData("dataset.json")]
    [InlineData("labelsTr/p.png")]
    public void An_export_never_replaces_a_file_of_the_data_set(string file)
    {
        var map = Rows("110", "000");
        using (var writer = new DataSetWriter(_folder.Path("data"), new() { ChannelNames = ["grey"], Labels = new([new("background", [0]), new("dot", [1])]), FileEnding = ".png" }))
        {
            writer.Add("p", map.ToVolume(), map);
            writer.Complete();
        }

        var error = Assert.Throws<UsageException>(() => CocoExport.Write(DataSet.Open(_folder.Path("data")), _folder.Path("data", file), polygons: false));

        Assert.Equal($"'{_folder.Path("data", file)}' is a file of the data set '{_folder.Path("data")}'", error.Message);
    }

    [Fact]
    public void Outlines_of_any_mask_fill_the_same_pixels()
    {
        var random = new RandomStream(3);
        for (var round = 0; round < 30; round++)
        {
            var extent = new Extent(1 + random.Next(12), 1 + random.Next(12));
            var mask = Enumerable.Range(0, (int)extent.Count).Select(_ => random.Chance(0.6)).ToArray();
            mask[0] = true;

            var filled = RunLength.Union([.. Outline.Of(mask, extent).Select(o => RunLength.OfPolygon(Array.ConvertAll(o, v => (double)v), extent.Width, extent.Height))]);

            Assert.Equal(mask, filled.ToMask());
        }
    }

    private static LabelMap Rows(params string[] rows) => new("p", Geometry.Pixels(new Extent(rows[0].Length, rows.Length)), [.. string.Concat(rows).Select(c => (ushort)(c - '0'))]);

    private static IEnumerable<int> Labels(DataSet data, string id) => data.Read(data[id]).Labels!.Labels.Select(l => (int)l);

    private void Picture(params string[] names)
    {
        Directory.CreateDirectory(_folder.Path("raw", "JPEGImages"));
        foreach (var name in names)
        {
            new LabelMap(name, Geometry.Pixels(new Extent(3, 1)), [10, 20, 30]).Write(_folder.Path("raw", "JPEGImages", name + ".png"));
        }
    }

    private void Colours(string folder, string name, params (byte R, byte G, byte B)[] row)
    {
        Directory.CreateDirectory(_folder.Path("raw", folder));
        new Volume(name, Geometry.Pixels(new Extent(row.Length, 1)), 3, VoxelType.UInt8, [.. row.Select(c => c.R), .. row.Select(c => c.G), .. row.Select(c => c.B)])
            .Write(_folder.Path("raw", folder, name + ".png"));
    }

    private void Lists(params (string List, string Names)[] lists)
    {
        Directory.CreateDirectory(_folder.Path("raw", "ImageSets", "Segmentation"));
        foreach (var (list, names) in lists)
        {
            File.WriteAllText(_folder.Path("raw", "ImageSets", "Segmentation", list + ".txt"), names + "\n");
        }
    }
}

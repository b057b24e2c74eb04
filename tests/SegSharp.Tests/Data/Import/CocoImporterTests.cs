using SegSharp.Data;
using SegSharp.Data.Coco;
using SegSharp.Data.Import;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class CocoImporterTests : IDisposable
{
    private const string Categories = """[{"id": 1, "name": "cat", "supercategory": "animal"}, {"id": 3, "name": "dog", "supercategory": "animal"}, {"id": 7, "name": "cup"}]""";

    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Polygons_runs_and_compressed_runs_become_labels_by_category_id()
    {
        // Two columns of the first row; runs go down the columns.
        Write(
            """{"id": 1, "image_id": 5, "category_id": 3, "segmentation": [[0, 0, 2, 0, 2, 1, 0, 1], [3, 1, 4, 1, 4, 2, 3, 2]]}""",
            """{"id": 2, "image_id": 5, "category_id": 7, "segmentation": {"size": [2, 4], "counts": [4, 1, 3]}}""",
            """{"id": 3, "image_id": 5, "category_id": 1, "segmentation": {"size": [2, 4], "counts": "116"}}""");

        var data = Import(new() { Instances = true, Overlap = OverlapRule.Last });

        Assert.Equal([3, 3, 7, 0, 1, 0, 0, 3], Labels(data));
        Assert.Equal([1, 1, 2, 0, 3, 0, 0, 1], LabelMap.Read(data.ObjectsOf(data["p"])!).Labels.Select(l => (int)l));
        Assert.Equal("0 background, 1 cat, 3 dog, 7 cup", data.Labels.Describe());
        Assert.Contains(new Noted("labels are category ids"), _events);
    }

    [Theory]
    [InlineData(OverlapRule.Smallest, "3 3 7 3 3 3 3 3", "the smaller one")]
    [InlineData(OverlapRule.First, "3 3 7 3 3 3 3 3", "the earlier one in the file")]
    [InlineData(OverlapRule.Last, "3 3 3 3 3 3 3 3", "the later one in the file")]
    public void Who_keeps_a_pixel_is_chosen_and_said(OverlapRule rule, string expected, string said)
    {
        Write(
            """{"id": 1, "image_id": 5, "category_id": 7, "segmentation": {"size": [2, 4], "counts": [4, 1, 3]}}""",
            """{"id": 2, "image_id": 5, "category_id": 3, "segmentation": {"size": [2, 4], "counts": [0, 8]}}""");

        Assert.Equal(expected, string.Join(' ', Labels(Import(new() { Overlap = rule }))));
        Assert.Contains(new Noted($"objects overlap in 1 picture(s) (1 pixels), where {said} keeps the pixel: p"), _events);
    }

    [Theory]
    [InlineData(CrowdRule.Ignore, "7 255 255 255 255 255 255 255", "label 255, to be ignored, where no object lies")]
    [InlineData(CrowdRule.Foreground, "7 3 3 3 3 3 3 3", "pixels of their category")]
    [InlineData(CrowdRule.Drop, "7 0 0 0 0 0 0 0", "left out")]
    public void Crowds_lie_under_all_objects(CrowdRule rule, string expected, string said)
    {
        Write(
            """{"id": 1, "image_id": 5, "category_id": 7, "segmentation": {"size": [2, 4], "counts": [0, 1, 7]}}""",
            """{"id": 2, "image_id": 5, "category_id": 3, "iscrowd": 1, "segmentation": {"size": [2, 4], "counts": [0, 8]}}""");

        var data = Import(new() { Crowd = rule });

        Assert.Equal(expected, string.Join(' ', Labels(data)));
        Assert.Equal(rule == CrowdRule.Ignore ? (ushort)255 : null, data.Labels.Ignore);
        Assert.Contains(new Noted($"1 crowd region(s): {said}"), _events);
    }

    [Fact]
    public void Categories_are_chosen_by_name_or_group_in_the_order_of_their_labels()
    {
        Write(
            """{"id": 1, "image_id": 5, "category_id": 7, "segmentation": {"size": [2, 4], "counts": [0, 1, 7]}}""",
            """{"id": 2, "image_id": 5, "category_id": 3, "segmentation": {"size": [2, 4], "counts": [1, 1, 6]}}""",
            """{"id": 3, "image_id": 5, "category_id": 1, "segmentation": {"size": [2, 4], "counts": [2, 1, 5]}}""");

        var chosen = Import(new() { Categories = ["cup", "animal"] });
        var groups = Import(new() { BySupercategory = true }, "groups");

        Assert.Equal("0 background, 1 cup, 2 animal", chosen.Labels.Describe());
        Assert.Equal([1, 2, 0, 0, 2, 0, 0, 0], Labels(chosen));
        Assert.Equal("0 background, 1 animal, 2 cup", groups.Labels.Describe());
        var error = Assert.Throws<InputException>(() => Import(new() { Categories = ["cats"] }, "none"));
        Assert.Equal("no category or supercategory is called 'cats'; known: cat, cup, dog, animal", error.Message);
    }

    [Theory]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 3, "segmentation": {"size": [2, 4], "counts": [4, 1]}}""", "annotation 9 of image 5: the runs of a mask have 5 pixels together, but 4x2 has 8")]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 3, "segmentation": {"size": [2, 4], "counts": [9, -1]}}""", "annotation 9 of image 5: a mask has a run of -1 pixels")]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 3, "segmentation": {"size": [2000000000, 4], "counts": [4, 4]}}""", "annotation 9 of image 5: the mask is 4x2000000000 but its image is 4x2")]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 3, "segmentation": {"size": [2, 4], "counts": "1~"}}""", "annotation 9 of image 5: a compressed mask has '~' at letter 2, where it cannot stand")]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 3, "segmentation": {"size": [2, 4], "counts": "1P"}}""", "annotation 9 of image 5: a compressed mask ends within a number")]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 3, "segmentation": [[1, 2, 3]]}""", "annotation 9 of image 5: a polygon has 3 values; expected x and y of three corners or more")]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 3, "segmentation": [[0, 0, 1e30, 0, 0, 1]]}""", "annotation 9 of image 5: a polygon has a corner at 1E+30; expected pixels, at most a million from the picture")]
    [InlineData("""{"id": 9, "image_id": 5, "category_id": 4, "segmentation": []}""", "has an annotation of image 5 with category 4, which it does not list; it has 1 cat, 3 dog, 7 cup")]
    [InlineData("""{"id": 9, "image_id": 6, "category_id": 3, "segmentation": []}""", "has annotations of 1 image(s) that it does not list: 6")]
    [InlineData("""{"id": 9, "category_id": 3, "segmentation": []}""", "without image_id")]
    [InlineData("""{"id": 9, "image_id": 5, """, "is not JSON: ")]
    public void What_cannot_be_understood_is_named_and_nothing_is_written(string annotation, string expected)
    {
        Write(annotation);

        var error = Assert.Throws<InputException>(() => Import(new()));

        Assert.StartsWith($"'{_folder.Path("raw", "instances_train.json")}' ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Path("data")));
    }

    [Fact]
    public void Missing_and_resized_pictures_are_named()
    {
        Write();
        File.Delete(_folder.Path("raw", "images", "p.png"));
        Assert.Equal("name their folder: --images DIR", Assert.Throws<InputException>(() => Import(new())).Fix);

        new LabelMap("p", Geometry.Pixels(new Extent(8, 4)), new ushort[32]).Write(_folder.Path("raw", "images", "p.png"));
        Assert.Equal(
            $"picture '{_folder.Path("raw", "images", "p.png")}' is 8x4 but '{_folder.Path("raw", "instances_train.json")}' says 4x2",
            Assert.Throws<InputException>(() => Import(new())).Message);
    }

    [Fact]
    public void A_file_larger_than_its_reading_buffer_is_read_in_pieces()
    {
        var far = Enumerable.Range(0, 3000).Select(i => $$$"""{"id": {{{i}}}, "note": "{{{new string('x', 200)}}}", "image_id": 5, "category_id": {{{(i == 2999 ? 7 : 3)}}}, "segmentation": {"size": [2, 4], "counts": [{{{i % 8}}}, 1, {{{7 - (i % 8)}}}]}}""");
        Write([.. far]);

        var file = CocoFile.Open(_folder.Path("raw", "instances_train.json"));

        Assert.Equal(3000, file.Count);
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => (long)i), file.ObjectsOf(file.Images[0]).Select(o => o.Id));
        Assert.Equal((7L, 1L), file.ObjectsOf(file.Images[0]).Last() is var last ? (last.Category, last.Mask!.Area) : default);
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Panopticapis_pictures_equal_their_runs_and_their_two_channel_form()
    {
        var root = RealData.Require("voc-coco", "panopticapi");
        var panoptic = CocoImporter.Import(Path.Combine(root, "panoptic_examples.json"), _folder.Path("panoptic"), new() { Instances = true, Crowd = CrowdRule.Foreground });
        var runs = CocoImporter.Import(Path.Combine(root, "panoptic_coco_detection_format.json"), _folder.Path("runs"), new() { Instances = true, Crowd = CrowdRule.Foreground });
        var two = CocoImporter.Import(
            Path.Combine(root, "images_info_examples.json"), _folder.Path("two"), new() { Instances = true, TwoChannels = true, Masks = Path.Combine(root, "panoptic_examples_2ch_format") });
        var file = CocoFile.Open(Path.Combine(root, "panoptic_coco_detection_format.json"));

        Assert.Equal(["000000142238", "000000439180"], panoptic.Ids);
        Assert.Equal(50, file.Count);
        foreach (var image in file.Images)
        {
            // Every segment of the PNG is exactly one of the runs, and all pixels of runs are segments.
            var colours = ColouredMaskOf(Path.Combine(root, "panoptic_examples", Path.ChangeExtension(image.FileName, ".png")));
            var objects = file.ObjectsOf(image).ToList();
            Assert.Equal(colours.Where(c => c != 0).Distinct().Count(), objects.Count);
            foreach (var o in objects)
            {
                var mask = o.Mask!.ToMask();
                var colour = colours[Array.IndexOf(mask, true)];
                Assert.Equal(colours.Select(c => c == colour), mask);
            }

            var id = Path.GetFileNameWithoutExtension(image.FileName);
            var (a, b, c) = (panoptic.Read(panoptic[id]).Labels!.Labels, runs.Read(runs[id]).Labels!.Labels, two.Read(two[id]).Labels!.Labels);
            Assert.Equal(a, c);
            Assert.Equal(a.Select(l => l == 255 ? 0 : l), b.Select(l => (int)l));
            // The two-channel form cannot tell a crowd from an object.
            Assert.Subset(Sizes(two, id), Sizes(panoptic, id));
        }
    }

    [Fact]
    public void Labelmes_polygons_are_the_given_masks_within_the_boundary_pixel()
    {
        var root = RealData.Require("voc-coco", "labelme");
        var data = CocoImporter.Import(Path.Combine(root, "data_dataset_coco"), _folder.Path("data"), new() { Overlap = OverlapRule.Last });

        foreach (var c in data.Cases)
        {
            var given = LabelMap.Read(Path.Combine(root, "data_dataset_voc", "SegmentationClass", c.Id + ".png"));
            var ours = data.Read(c).Labels!;
            var objects = LabelMap.Read(Path.Combine(root, "data_dataset_voc", "SegmentationObject", c.Id + ".png")).Labels;
            var boundary = Instances.Boundaries(Array.ConvertAll(objects, l => (int)l), given.Extent, connectivity: Connectivity.Full);

            // COCO's file knows no region to ignore. labelme draws the outline itself as well, which closes slits of a pixel between and within objects.
            var own = Instances.Boundaries(Array.ConvertAll(ours.Labels, l => (int)l), given.Extent, connectivity: Connectivity.Full);
            var different = Enumerable.Range(0, given.Labels.Length).Where(i => given.Labels[i] != 255 && given.Labels[i] != ours.Labels[i]);
            Assert.All(different, i => Assert.True(boundary[i] || own[i], $"{c.Id}: pixel {i % given.Extent.Width},{i / given.Extent.Width} is {ours.Labels[i]}, given {given.Labels[i]}"));
        }
    }

    [Fact]
    public void Datumaros_trees_come_in_with_crowds_and_empty_masks()
    {
        var root = RealData.Require("voc-coco", "datumaro", "coco", "annotations");

        var val = CocoImporter.Import(Path.Combine(root, "instances_val.json"), _folder.Path("val"), new(), on: _events.Add);
        var train = CocoImporter.Import(Path.Combine(root, "instances_train.json"), _folder.Path("train"), new(), on: _events.Add);
        var panoptic = CocoImporter.Import(Path.Combine(root, "panoptic_val.json"), _folder.Path("panoptic"), new());

        // The first two columns are the crowd, of which the polygon covers two pixels.
        Assert.Equal((2, 18, 30), Counts(val.Read(val["b"]).Labels!, 1, 255, 0));
        Assert.All(train.Read(train["a"]).Labels!.Labels, l => Assert.Equal(0, l));
        Assert.Contains(new Warned("1 annotation(s) have no mask (a box only) and were left out"), _events);
        Assert.Equal(255, panoptic.Labels.Ignore!.Value);
        Assert.Throws<InputException>(() => CocoImporter.Import(root, _folder.Path("which"), new()));
    }

    [Fact]
    public void Detections_without_pictures_are_readable()
    {
        var file = CocoFile.Open(RealData.Require("voc-coco", "cocoapi", "instances_val2014_fakesegm100_results.json"));

        Assert.True(file.IsResults);
        Assert.Equal(734, file.Count);
        var first = file.ObjectsOf(file.Images[0]).First();
        Assert.Equal((42L, 18L, 640, 478), (file.Images[0].Id, first.Category, first.Mask!.Width, first.Mask.Height));
        Assert.Equal(734, file.Images.Sum(i => file.ObjectsOf(i).Count(o => o.Mask!.Area > 0 && o.Score is > 0)));
    }

    private static (long, long, long) Counts(LabelMap map, int a, int b, int c) => (map.CountOf(a), map.CountOf(b), map.CountOf(c));

    private static HashSet<long> Sizes(DataSet data, string id) => [.. LabelMap.Read(data.ObjectsOf(data[id])!).Histogram().Where(l => l.Label != 0).Select(l => l.Voxels)];

    private static int[] ColouredMaskOf(string path)
    {
        var volume = Volume.Read(path);
        var plane = volume.Bytes.Length / 3;
        return [.. Enumerable.Range(0, plane).Select(i => volume.Bytes[i] | (volume.Bytes[plane + i] << 8) | (volume.Bytes[(2 * plane) + i] << 16))];
    }

    private static IEnumerable<int> Labels(DataSet data) => data.Read(data["p"]).Labels!.Labels.Select(l => (int)l);

    private DataSet Import(CocoImportOptions options, string target = "data") =>
        CocoImporter.Import(_folder.Path("raw"), _folder.Path(target), options, on: _events.Add);

    private void Write(params string[] annotations)
    {
        Directory.CreateDirectory(_folder.Path("raw", "images"));
        new LabelMap("p", Geometry.Pixels(new Extent(4, 2)), [1, 2, 3, 4, 5, 6, 7, 8]).Write(_folder.Path("raw", "images", "p.png"));
        File.WriteAllText(
            _folder.Path("raw", "instances_train.json"),
            $$"""{"info": {"year": 2017}, "annotations": [{{string.Join(",", annotations)}}], "images": [{"id": 5, "file_name": "p.png", "width": 4, "height": 2}], "categories": {{Categories}}}""");
    }
}

using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>pycocotools' runs, boxes, polygons and overlaps (cocoapi's C code). Exact.</summary>
public sealed class CocoRleParityTests
{
    private const string Root = "20-metrics/coco_rle";

    public static TheoryData<string> Masks => Names("masks");

    public static TheoryData<string> Polygons => Names("polygons");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Masks))]
    public void Masks_have_the_same_runs_text_area_and_box(string name)
    {
        var expected = Expected()["masks"]![name]!;
        var (height, width) = ((int)expected["size"]![0]!, (int)expected["size"]![1]!);
        var mask = Grid.Read("20-metrics", "coco_rle", name + ".npy").Mask;

        var runs = RunLength.Of(mask, width, height);

        Assert.Equal((string)expected["counts"]!, runs.Compressed());
        Assert.Equal(expected["uncompressed_counts"]!.AsArray().Select(c => (int)c!), runs.Counts);
        Assert.Equal((long)expected["area"]!, runs.Area);
        Assert.Equal(Box(expected), runs.Box);
        Assert.Equal(mask, RunLength.FromCompressed((string)expected["counts"]!, width, height).Checked().ToMask());
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Polygons))]
    public void Polygons_cover_the_same_pixels(string name)
    {
        var expected = Expected()["polygons"]![name]!;
        var (height, width) = ((int)expected["h"]!, (int)expected["w"]!);

        var runs = RunLength.Union([.. expected["polygon"]!.AsArray().Select(p => RunLength.OfPolygon([.. p!.AsArray().Select(v => (double)v!)], width, height))]);

        Assert.Equal((string)expected["counts"]!, runs.Compressed());
        Assert.Equal((long)expected["area"]!, runs.Area);
        Assert.Equal(Box(expected), runs.Box);
        Assert.Equal(Grid.Read("20-metrics", "coco_rle", $"poly_{name}.npy").Mask, runs.ToMask());
    }

    [Fact]
    public void Overlaps_union_and_intersection_are_the_originals_with_crowds_and_without()
    {
        var expected = Expected()["iou"]!;
        var (height, width) = ((int)expected["size"]![0]!, (int)expected["size"]![1]!);
        RunLength Read(JsonNode? text) => RunLength.FromCompressed((string)text!, width, height);
        var (found, truth) = (expected["dt"]!.AsArray().Select(Read).ToList(), expected["gt"]!.AsArray().Select(Read).ToList());

        foreach (var (key, crowds) in new[] { ("iou_crowd_0_0", new[] { false, false }), ("iou_crowd_0_1", [false, true]) })
        {
            for (var d = 0; d < found.Count; d++)
            {
                for (var g = 0; g < truth.Count; g++)
                {
                    Assert.Equal((double)expected[key]![d]![g]!, RunLength.Iou(found[d], truth[g], crowds[g]));
                }
            }
        }

        Assert.Equal((string)expected["union"]!, RunLength.Union(found).Compressed());
        Assert.Equal((string)expected["intersection"]!, RunLength.Intersection(found).Compressed());
    }

    private static (int X, int Y, int Width, int Height) Box(JsonNode expected)
    {
        var box = expected["bbox_xywh"]!.AsArray().Select(v => (int)(double)v!).ToList();
        return (box[0], box[1], box[2], box[3]);
    }

    private static JsonNode Expected() => JsonNode.Parse(File.ReadAllText(ParityCases.Require(Root, "expected.json")))!;

    private static TheoryData<string> Names(string key) => [.. Expected()[key]!.AsObject().Select(p => p.Key)];
}

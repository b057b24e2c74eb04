using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>scipy's and scikit-image's erosion to watershed; the file names say what was done. Exact.</summary>
public sealed class MorphologyParityTests
{
    private const string Root = "27-postprocessing";

    public static TheoryData<string> Binary => [.. Grid.Names(Root + "/morphology", "binary_*_3d.npy")];

    public static TheoryData<string> Elements => [.. Grid.Names(Root + "/morphology", "disk?.npy"), .. Grid.Names(Root + "/morphology", "ball?.npy")];

    public static TheoryData<string> Disks => [.. Grid.Names(Root + "/morphology", "disk?_dilation_2d.npy")];

    public static TheoryData<string> Boundaries => [.. Grid.Names(Root + "/touching", "find_boundaries_*.npy")];

    public static TheoryData<string> Expanded => [.. Grid.Names(Root + "/touching", "expand_labels_*.npy")];

    public static TheoryData<string> Basins => [.. Grid.Names(Root + "/watershed", "labels*.npy")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Binary))]
    public void Erosion_dilation_opening_and_closing_are_those_of_scipy(string name)
    {
        var words = name.Split('_');                                // binary_opening_cross_3d
        var mask = Grid.Read(Root, "components", "binary3d.npy");
        var element = words[2] == "cross" ? StructuringElement.Cross : StructuringElement.Cube();

        var result = words[1] switch
        {
            "erosion" => BinaryMorphology.Erode(mask.Mask, mask.Extent, element),
            "dilation" => BinaryMorphology.Dilate(mask.Mask, mask.Extent, element),
            "opening" => BinaryMorphology.Open(mask.Mask, mask.Extent, element),
            "closing" => BinaryMorphology.Close(mask.Mask, mask.Extent, element),
            _ => throw new NotSupportedException(name),
        };

        Assert.Equal(Grid.Read(Root, "morphology", name + ".npy").Mask, result);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Elements))]
    public void Disks_and_balls_hold_the_same_voxels(string name)
    {
        var expected = Grid.Read(Root, "morphology", name + ".npy");
        var radius = int.Parse(name[4..], CultureInfo.InvariantCulture);
        var element = name.StartsWith("disk", StringComparison.Ordinal) ? StructuringElement.Disk(radius) : StructuringElement.Ball(radius);

        var found = new bool[expected.Values.Length];
        var depth = expected.Extent.Depth == 1 ? 0 : radius;
        foreach (var (x, y, z) in element.Offsets)
        {
            found[x + radius + (expected.Extent.Width * (y + radius + (expected.Extent.Height * (z + depth))))] = true;
        }

        Assert.Equal(expected.Mask, found);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Disks))]
    public void Dilation_by_a_disk_is_the_same(string name)
    {
        var mask = Grid.Read(Root, "components", "binary2d.npy");

        var result = BinaryMorphology.Dilate(mask.Mask, mask.Extent, StructuringElement.Disk(name[4] - '0'));

        Assert.Equal(Grid.Read(Root, "morphology", name + ".npy").Mask, result);
    }

    [Fact]
    public void The_skeleton_is_that_of_scikit_image()
    {
        var expected = Grid.Read(Root, "morphology", "skeleton_2d.npy");
        var mask = Grid.Read(Root, "components", "binary2d.npy");

        Assert.Equal(expected.Mask, Skeleton.Of(mask.Mask, mask.Extent));
    }

    [Fact]
    public void Cells_have_the_same_peaks()
    {
        var (cells, depths) = (Grid.Read(Root, "watershed", "cells.npy"), Grid.Read(Root, "watershed", "distance.npy"));
        var json = JsonNode.Parse(File.ReadAllText(ParityCases.Require(Root, "expected.json")))!["peaks_yx"]!.AsArray();
        var expected = json.Select(p => ((int)p![1]! + ((int)p[0]! * cells.Extent.Width))).ToList();
        var objects = Components.Label(cells.Mask, cells.Extent, Connectivity.Full, out _);

        var peaks = Peaks.FindWithin(depths.Values, objects, cells.Extent, new PeakOptions { MinDistance = 5 });

        Assert.Equal(expected, peaks.OrderByDescending(p => depths.Values[p]));
        Assert.Equal(depths.Values, DistanceTransform.Inside(cells.Mask, cells.Extent));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Basins))]
    public void Basins_are_those_of_scikit_image(string name)
    {
        var (cells, depths) = (Grid.Read(Root, "watershed", "cells.npy"), Grid.Read(Root, "watershed", "distance.npy"));
        var markers = Grid.Read(Root, "watershed", "markers.npy").Whole;
        var connectivity = name.Contains("conn8", StringComparison.Ordinal) ? Connectivity.Full : Connectivity.Faces;

        var basins = Watershed.Flood(Array.ConvertAll(depths.Values, d => -d), markers, cells.Extent, cells.Mask, connectivity, name.Contains("line", StringComparison.Ordinal));

        Assert.Equal(Grid.Read(Root, "watershed", name + ".npy").Whole, basins);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Boundaries))]
    public void Boundaries_are_those_of_scikit_image(string name)
    {
        var objects = Grid.Read(Root, "touching", "instances.npy");
        var side = Enum.Parse<BoundarySide>(name.Split('_')[^1], ignoreCase: true);

        Assert.Equal(Grid.Read(Root, "touching", name + ".npy").Mask, Instances.Boundaries(objects.Whole, objects.Extent, side));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Expanded))]
    public void Labels_expand_alike(string name)
    {
        var objects = Grid.Read(Root, "touching", "instances.npy");
        var distance = double.Parse(name.Split('_')[^1], CultureInfo.InvariantCulture);

        Assert.Equal(Grid.Read(Root, "touching", name + ".npy").Whole, Instances.Expand(objects.Whole, objects.Extent, distance));
    }

    [Fact]
    public void Touching_cleared_and_renumbered_objects_are_the_same()
    {
        var objects = Grid.Read(Root, "touching", "instances.npy");

        Assert.Equal(Grid.Read(Root, "touching", "touch_3x3_two_instances.npy").Mask, Instances.Touching(objects.Whole, objects.Extent));
        Assert.Equal(Grid.Read(Root, "touching", "clear_border.npy").Whole, Instances.ClearBorder(objects.Whole, objects.Extent));
        Assert.Equal(
            Grid.Read(Root, "touching", "relabel_sequential_of_times3.npy").Whole,
            Instances.Sequential(Array.ConvertAll(objects.Whole, o => 3 * o), out _));
    }

    [Theory]
    [InlineData("unet_border_weight_w0_10_sigma5_background_only", false)]
    [InlineData("unet_border_weight_w0_10_sigma5_everywhere", true)]
    public void The_border_term_is_the_formula_of_the_paper(string name, bool within)
    {
        var objects = Grid.Read(Root, "touching", "instances.npy");
        var expected = Grid.Read(Root, "touching", name + ".npy").Values;

        var weights = BorderWeights.Of(
            new LabelMap("cells", Geometry.Pixels(objects.Extent), objects.Labels),
            new BorderWeightsOptions { Background = 0, Cells = 0, WithinCells = within });

        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], weights[i], 1e-6);            // single precision of a term up to 10
        }
    }
}

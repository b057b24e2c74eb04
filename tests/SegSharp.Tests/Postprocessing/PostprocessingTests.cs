using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Postprocessing;
using Xunit;

namespace SegSharp.Tests.Postprocessing;

public sealed class PostprocessingTests
{
    private static readonly Geometry _grid = Geometry.Pixels(new Extent(8, 3)) with { Spacing = new Triple(0.5, 2, 3) };

    [Fact]
    public void The_largest_part_of_a_union_is_kept_and_other_labels_are_left_alone()
    {
        var mask = Map("11200030", "00000000", "00020033");

        var kept = Catalogue.Build(new KeepLargestOptions { Labels = [1, 2] }).Apply(mask);

        Assert.Equal(Map("11200030", "00000000", "00000033").Labels, kept.Labels);
        Assert.Equal("keep the largest part of 1+2", Catalogue.Build(new KeepLargestOptions { Labels = [1, 2] }).Name);
        Assert.Same(mask.Geometry, kept.Geometry);
    }

    [Fact]
    public void Small_parts_go_label_by_label_by_voxels_or_by_volume()
    {
        // A voxel has 3 mm³.
        var mask = Map("11022200", "00000000", "10000002");

        Assert.Equal(Map("11022200", "00000000", "00000000").Labels, new RemoveSmall(new() { Voxels = 2 }).Apply(mask).Labels);
        Assert.Equal(Map("00022200", "00000000", "00000000").Labels, new RemoveSmall(new() { Mm3 = 6.1 }).Apply(mask).Labels);
        Assert.Equal(Map("11022200", "00000000", "00000000").Labels, new RemoveSmall(new() { Mm3 = 6 }).Apply(mask).Labels);
        Assert.Equal(Map("11022200", "00000000", "00000002").Labels, new RemoveSmall(new() { Labels = [1], Voxels = 2 }).Apply(mask).Labels);
    }

    [Fact]
    public void Holes_are_filled_but_labels_within_them_stay()
    {
        var mask = Map("11111222", "10201202", "11111222");

        Assert.Equal(Map("11111222", "11211222", "11111222").Labels, new FillHoles(new()).Apply(mask).Labels);
        Assert.Equal(Map("11111222", "10201222", "11111222").Labels, new FillHoles(new() { Labels = [2] }).Apply(mask).Labels);
    }

    [Fact]
    public void Faces_and_corners_make_different_parts()
    {
        var mask = Map("11000000", "00100000", "00000000");

        Assert.Equal(mask.Labels, new KeepLargest(new()).Apply(mask).Labels);
        Assert.Equal(Map("11000000", "00000000", "00000000").Labels, new KeepLargest(new() { Connectivity = Connectivity.Faces }).Apply(mask).Labels);
    }

    [Fact]
    public void Every_fault_is_named()
    {
        var e = Assert.Throws<UsageException>(() => Catalogue.Build(new RemoveSmallOptions { Voxels = -1, Mm3 = double.NaN }));

        Assert.Equal("removeSmall.voxels is -1; it must be 0 or more; removeSmall.mm3 is NaN; it must be 0 or more", e.Message);
    }

    private static LabelMap Map(params string[] rows) => new("mask", _grid, [.. string.Concat(rows).Select(c => (ushort)(c - '0'))]);
}

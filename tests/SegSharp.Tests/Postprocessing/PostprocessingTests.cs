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
    public void Parts_become_numbered_objects()
    {
        var mask = Map("11000022", "00200001", "00000000");

        Assert.Equal(Map("11000022", "00100002", "00000000").Labels, new NumberObjects(new()).Apply(mask).Labels);
        Assert.Equal(Map("11000000", "00000002", "00000000").Labels, new NumberObjects(new() { Labels = [1] }).Apply(mask).Labels);
        Assert.Equal(Map("11000022", "00300002", "00000000").Labels, new NumberObjects(new() { Connectivity = Connectivity.Faces }).Apply(mask).Labels);
    }

    [Fact]
    public void A_border_label_parts_objects_and_then_belongs_to_them()
    {
        var mask = Map("11121110", "11121110", "00000020");

        var objects = new NumberObjects(new() { Border = 2, Connectivity = Connectivity.Faces }).Apply(mask);

        Assert.Equal(Map("11112220", "11112220", "00000020").Labels, objects.Labels.Select((l, i) => i is 3 or 11 ? (ushort)1 : l));
        Assert.Contains((int)objects.Labels[3], new[] { 1, 2 });
        Assert.Equal("number the connected parts of the foreground, parted by label 2", new NumberObjects(new() { Border = 2 }).Name);
    }

    [Fact]
    public void A_watershed_cuts_two_disks_at_their_waist_and_components_do_not()
    {
        var extent = new Extent(40, 24);
        var labels = new ushort[extent.Count];
        for (var i = 0; i < labels.Length; i++)
        {
            var (x, y) = (i % 40, i / 40);
            labels[i] = Disk(x, y, 12) || Disk(x, y, 27) ? (ushort)1 : (ushort)0;
        }

        var mask = new LabelMap("disks", Geometry.Pixels(extent), labels);

        Assert.Equal(1, new NumberObjects(new()).Apply(mask).Labels.Max());
        var cut = new NumberObjects(new() { Seeds = ObjectSeeds.Watershed }).Apply(mask);
        Assert.Equal(2, cut.Labels.Max());
        Assert.Equal((1, 2), (cut.Labels[(12 * 40) + 8], cut.Labels[(12 * 40) + 31]));
        Assert.Equal(labels.Select(l => l != 0), cut.Labels.Select(l => l != 0));

        static bool Disk(int x, int y, int centre) => ((x - centre) * (x - centre)) + ((y - 12) * (y - 12)) <= 81;
    }

    [Fact]
    public void A_seam_is_given_back_by_growing()
    {
        var mask = Map("11101110", "11101110", "00000000");

        Assert.Equal("11112222", string.Concat(new NumberObjects(new() { Grow = 1 }).Apply(mask).Labels.Take(8)));
    }

    [Fact]
    public void Every_fault_is_named()
    {
        var e = Assert.Throws<UsageException>(() => Catalogue.Build(new RemoveSmallOptions { Voxels = -1, Mm3 = double.NaN }));

        Assert.Equal("removeSmall.voxels is -1; it must be 0 or more; removeSmall.mm3 is NaN; it must be 0 or more", e.Message);
    }

    private static LabelMap Map(params string[] rows) => new("mask", _grid, [.. string.Concat(rows).Select(c => (ushort)(c - '0'))]);
}

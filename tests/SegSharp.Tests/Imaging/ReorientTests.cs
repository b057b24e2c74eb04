using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class ReorientTests
{
    private static readonly Geometry Oblique = Geometry.From(
        new Extent(3, 4, 5),
        new Affine(new Triple(-0.8, 0.1, 0), new Triple(0.1, 0.9, 0.05), new Triple(0, -0.1, 2.5), new Triple(10, -20, 30)));

    [Theory]
    [InlineData("RAS")]
    [InlineData("LPI")]
    [InlineData("SRA")]
    [InlineData("PIR")]
    [InlineData("ILA")]
    public void Every_voxel_keeps_its_place_in_the_world(string code)
    {
        var before = Volume.Of<ushort>("v", Oblique, 1, [.. Enumerable.Range(0, 60).Select(i => (ushort)i)]);

        var after = before.Reoriented(Orientation.Parse(code));

        Assert.Equal(code, after.Geometry.Orientation.ToString());
        for (var i = 0; i < 60; i++)
        {
            var here = Place(before.Geometry, i);
            var there = after.Geometry.ToVoxel.Apply(here);
            var (x, y, z) = ((int)Math.Round(there.X), (int)Math.Round(there.Y), (int)Math.Round(there.Z));
            Assert.Equal(i, after.Channel<ushort>(0)[(((z * after.Extent.Height) + y) * after.Extent.Width) + x]);
            Assert.Equal(0, (after.Geometry.ToWorld.Apply(new Triple(x, y, z)) - here).Length, 1e-9);
        }
    }

    [Fact]
    public void Turning_back_gives_the_same_voxels_and_the_same_grid()
    {
        var before = new LabelMap("m", Oblique, [.. Enumerable.Range(0, 60).Select(i => (ushort)i)]);

        var back = before.Reoriented(Orientation.Parse("SPL")).Reoriented(Oblique.Orientation);

        Assert.Equal(before.Labels, back.Labels);
        Assert.True(back.Geometry.CornersApart(Oblique) < 1e-12);
    }

    [Fact]
    public void A_box_reaches_over_the_border_with_zeros_and_keeps_its_place()
    {
        var volume = Volume.Of<byte>("v", Geometry.Pixels(new Extent(3, 2, 1)), 2, [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]);

        var part = volume.Part((1, -1, 0), new Extent(3, 2, 1));

        Assert.Equal([0, 0, 0, 2, 3, 0, 0, 0, 0, 12, 13, 0], part.Bytes);
        Assert.Equal(new Triple(1, -1, 0), part.Geometry.Origin);
    }

    [Fact]
    public void The_nonzero_box_is_the_union_over_channels()
    {
        var volume = Volume.Of<float>("v", Geometry.Pixels(new Extent(4, 3, 2)), 2, [.. Enumerable.Range(0, 48).Select(i => i is 5 or 24 + 18 ? 1f : 0)]);

        var box = volume.NonzeroBox();

        Assert.Equal(((1, 1, 0), new Extent(2, 1, 2)), box);
        Assert.Null(Volume.Zeros("z", Geometry.Pixels(new Extent(2, 2)), 1, VoxelType.UInt8).NonzeroBox());
    }

    private static Triple Place(Geometry geometry, int i) =>
        geometry.ToWorld.Apply(new Triple(i % geometry.Extent.Width, i / geometry.Extent.Width % geometry.Extent.Height, i / (geometry.Extent.Width * geometry.Extent.Height)));
}

using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using Xunit;

namespace SegSharp.Tests.Imaging.Resampling;

public sealed class ToGeometryTests
{
    [Fact]
    public void A_linear_picture_of_the_world_is_the_same_on_an_oblique_grid()
    {
        var grid = new Geometry { Extent = new Extent(30, 28, 26), Spacing = new Triple(1, 1.2, 1.5), Origin = new Triple(-10, 4, 7) };
        static double World(Triple p) => 3 + (2 * p.X) - p.Y + (0.5 * p.Z);
        var values = new float[grid.Extent.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)World(grid.ToWorld.Apply(new Triple(i % 30, i / 30 % 28, i / 840)));
        }

        var (s, c) = Math.SinCos(0.3);
        var oblique = new Geometry
        {
            Extent = new Extent(8, 7, 6),
            Spacing = new Triple(0.9, 1.1, 1.3),
            Origin = grid.ToWorld.Apply(new Triple(13, 10, 10)),
            Direction = new Direction(new Triple(c, s, 0), new Triple(-s, c, 0), new Triple(0, 0, 1)),
        };

        var moved = Resample.ToGeometry(Volume.Of<float>("ramp", grid, 1, values), oblique, Interpolation.Linear);

        Assert.Equal(oblique, moved.Geometry);
        for (var i = 0; i < moved.Length; i++)
        {
            Assert.Equal(World(oblique.ToWorld.Apply(new Triple(i % 8, i / 8 % 7, i / 56))), moved.Voxels<float>()[i], 1e-4);
        }
    }

    [Fact]
    public void The_same_grid_gives_the_same_volume()
    {
        var volume = Volume.Of<byte>("page", Geometry.Pixels(new Extent(2, 2)), 1, [1, 2, 3, 4]);

        Assert.Same(volume, Resample.ToGeometry(volume, Geometry.Pixels(new Extent(2, 2))));
    }

    [Theory]
    [InlineData(Interpolation.Nearest)]
    [InlineData(Interpolation.Linear)]
    public void Labels_keep_their_place_in_the_world(Interpolation order)
    {
        var grid = new Geometry { Extent = new Extent(6, 6, 6) };
        var labels = new ushort[216];
        labels[(3 * 36) + (2 * 6) + 4] = 7;
        var turned = grid.Reoriented(Orientation.Parse("PSL"));

        var moved = Resample.ToGeometry(new LabelMap("cells", grid, labels), turned, order);

        Assert.Equal(new LabelMap("cells", grid, labels).Reoriented(Orientation.Parse("PSL")).Labels, moved.Labels);
    }
}

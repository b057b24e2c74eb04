using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class GeometryTests
{
    // A rotation by 30 degrees about z, then by 20 about x, with a spacing of 0.7 x 0.8 x 2.5 mm.
    private static Geometry Oblique()
    {
        var (s, c) = Math.SinCos(Math.PI / 6);
        var (t, d) = Math.SinCos(Math.PI / 9);
        return new Geometry
        {
            Extent = new Extent(20, 30, 10),
            Spacing = new Triple(0.7, 0.8, 2.5),
            Origin = new Triple(-12, 30, 5),
            Direction = new Direction(new Triple(c, s * d, s * t), new Triple(-s, c * d, c * t), new Triple(0, -t, d)),
        };
    }

    [Fact]
    public void The_inverse_of_an_affine_leads_back()
    {
        var affine = Oblique().ToWorld;

        var there = affine.Apply(new Triple(3, 7, 2));
        var back = affine.Inverse().Apply(there);

        Assert.Equal(0, (back - new Triple(3, 7, 2)).Length, 1e-12);
    }

    [Fact]
    public void A_singular_affine_has_no_inverse()
    {
        var flat = new Affine(new Triple(1, 0, 0), new Triple(2, 0, 0), new Triple(0, 0, 1), Triple.Zero);

        Assert.True(flat.IsSingular);
        Assert.Throws<InvalidOperationException>(() => flat.Inverse());
    }

    [Fact]
    public void A_geometry_is_found_again_in_its_matrix()
    {
        var oblique = Oblique();

        var found = Geometry.From(oblique.Extent, oblique.ToWorld);

        Assert.Equal(GridMatch.RoundingNoise, found.Match(oblique with { Origin = oblique.Origin + new Triple(1e-6, 0, 0) }));
        Assert.Equal(0, (found.Spacing - oblique.Spacing).Length, 1e-12);
    }

    [Fact]
    public void A_sheared_direction_is_straightened_and_its_angle_told()
    {
        // y leans towards x by 10 degrees; the nearest rotation shares the lean between both axes.
        var (s, c) = Math.SinCos(Math.PI / 18);
        var sheared = new Direction(new Triple(1, 0, 0), new Triple(s, c, 0), new Triple(0, 0, 1));

        var straight = sheared.Orthonormal();

        Assert.Equal(0, straight.AlongX.Dot(straight.AlongY), 1e-14);
        Assert.Equal(1, straight.Determinant, 1e-14);
        Assert.Equal(5, sheared.ShearDegrees(), 1e-9);
        Assert.Equal(0, Oblique().Direction.ShearDegrees(), 1e-6);
    }

    [Theory]
    [InlineData(0, GridMatch.Same)]
    [InlineData(2e-4, GridMatch.RoundingNoise)]
    [InlineData(0.01, GridMatch.Different)]
    [InlineData(0.35, GridMatch.Different)]
    public void Grids_are_told_apart_by_their_corners(double shift, GridMatch expected)
    {
        // The diagonal is about 36 mm, so 0.00036 mm would be rounding; 1 micrometre always is.
        var grid = Oblique();

        Assert.Equal(expected, grid.Match(grid with { Origin = grid.Origin + new Triple(shift, 0, 0) }));
    }

    [Fact]
    public void Grids_of_different_size_never_match()
    {
        var grid = Oblique();

        Assert.Null(grid.CornersApart(grid with { Extent = new Extent(20, 30, 11) }));
        Assert.Equal(GridMatch.Different, grid.Match(grid with { Extent = new Extent(20, 30, 11) }));
    }

    [Fact]
    public void A_part_keeps_its_voxels_in_their_places()
    {
        var grid = Oblique();

        var part = grid.Part((4, -3, 2), new Extent(5, 6, 7));

        Assert.Equal(0, (part.ToWorld.Apply(new Triple(1, 5, 0)) - grid.ToWorld.Apply(new Triple(5, 2, 2))).Length, 1e-12);
        Assert.Equal(grid.Origin, part.Part((-4, 3, -2), grid.Extent).Origin, (a, b) => (a - b).Length < 1e-12);
    }

    [Fact]
    public void A_resized_grid_keeps_its_outer_faces()
    {
        var grid = Oblique();

        var small = grid.Resized(new Extent(10, 45, 4));

        Assert.Equal(0, (small.ToWorld.Apply(new Triple(-0.5, -0.5, -0.5)) - grid.ToWorld.Apply(new Triple(-0.5, -0.5, -0.5))).Length, 1e-12);
        Assert.Equal(0, (small.ToWorld.Apply(new Triple(9.5, 44.5, 3.5)) - grid.ToWorld.Apply(new Triple(19.5, 29.5, 9.5))).Length, 1e-12);
    }

    [Theory]
    [InlineData(1.4, 0.8, 2.5, "10x30x10")]
    [InlineData(0.7, 1.6, 5, "20x15x5")]
    [InlineData(100, 100, 100, "1x1x1")]
    public void A_size_at_another_spacing_is_rounded(double x, double y, double z, string expected) =>
        Assert.Equal(Extent.Parse(expected), Oblique().ExtentAt(new Triple(x, y, z)));

    [Theory]
    [InlineData("RAS")]
    [InlineData("LPI")]
    [InlineData("PSR")]
    [InlineData("SAL")]
    public void An_orientation_is_read_as_it_is_written(string text)
    {
        var orientation = Orientation.Parse(text);

        Assert.Equal(text, orientation.ToString());
    }
}

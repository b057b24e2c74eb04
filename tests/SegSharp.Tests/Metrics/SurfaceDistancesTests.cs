using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class SurfaceDistancesTests
{
    public static TheoryData<SurfaceConvention> Conventions() => [.. Enum.GetValues<SurfaceConvention>()];

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Distances_are_those_of_the_distance_transform(SurfaceConvention convention)
    {
        var random = new RandomStream(3);
        for (var i = 0; i < 30; i++)
        {
            var extent = new Extent(2 + random.Next(12), 2 + random.Next(12), 1 + random.Next(8));
            var geometry = Geometry.Pixels(extent) with { Spacing = new Triple(0.5, 1 + random.NextDouble(), 3) };
            var (a, b) = (Blobs(random, extent), Blobs(random, extent));
            var found = SurfaceDistances.Of(a, b, geometry, convention);
            if (!a.Contains(true) || !b.Contains(true))
            {
                Assert.Null(found);
                continue;
            }

            var (expected, back) = convention == SurfaceConvention.DeepMind
                ? (Between(a, b, extent, geometry.Spacing), Between(b, a, extent, geometry.Spacing))
                : (Edges(a, b, extent, geometry.Spacing), Edges(b, a, extent, geometry.Spacing));

            Assert.Equal(Math.Max(expected, back), found!.Hausdorff(), 1e-9);
            Assert.Equal(expected, found.PredictionToTruth(100), 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Exchanging_prediction_and_truth_changes_nothing_symmetric(SurfaceConvention convention)
    {
        var random = new RandomStream(4);
        var extent = new Extent(14, 11, 9);
        var geometry = Geometry.Pixels(extent) with { Spacing = new Triple(0.7, 0.7, 2) };
        var (a, b) = (Blobs(random, extent), Blobs(random, extent));

        var (ab, ba) = (SurfaceDistances.Of(a, b, geometry, convention)!, SurfaceDistances.Of(b, a, geometry, convention)!);

        Assert.Equal(ab.Hausdorff(95), ba.Hausdorff(95));
        Assert.Equal(ab.AverageSymmetric(), ba.AverageSymmetric(), 1e-12);
        Assert.Equal(ab.SurfaceDice(1), ba.SurfaceDice(1), 1e-12);
        Assert.Equal(ab.Average(), ba.AverageFromTruth());
    }

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Turning_the_axes_with_their_spacing_changes_nothing(SurfaceConvention convention)
    {
        var random = new RandomStream(5);
        var extent = new Extent(9, 12, 7);
        var spacing = new Triple(0.6, 1.1, 2.5);
        var (a, b) = (Blobs(random, extent), Blobs(random, extent));
        var turned = new Extent(extent.Depth, extent.Width, extent.Height);

        var straight = SurfaceDistances.Of(a, b, Geometry.Pixels(extent) with { Spacing = spacing }, convention)!;
        var other = SurfaceDistances.Of(
            Turn(a, extent), Turn(b, extent), Geometry.Pixels(turned) with { Spacing = new Triple(spacing.Z, spacing.X, spacing.Y) }, convention)!;

        Assert.Equal(straight.Hausdorff(), other.Hausdorff(), 1e-12);
        Assert.Equal(straight.Hausdorff(95), other.Hausdorff(95), 1e-12);
        Assert.Equal(straight.AverageSymmetric(), other.AverageSymmetric(), 1e-12);
        Assert.Equal(straight.TrueSurface, other.TrueSurface, 1e-9);
        Assert.Equal(straight.SurfaceDice(1.2), other.SurfaceDice(1.2), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Conventions))]
    public void A_box_moved_along_its_axis_lies_as_far_as_it_was_moved(SurfaceConvention convention)
    {
        var extent = new Extent(40, 20, 20);
        var geometry = Geometry.Pixels(extent) with { Spacing = new Triple(0.5, 1, 2) };

        var found = SurfaceDistances.Of(Cube(5), Cube(9), geometry, convention)!;

        Assert.Equal(2, found.Hausdorff(), 1e-12);         // 4 voxels of 0.5 mm
        Assert.Equal(1, found.SurfaceDice(2), 1e-12);

        bool[] Cube(int x0) => Where(extent, (x, y, z) => x >= x0 && x < x0 + 20 && y is >= 5 and < 15 && z is >= 5 and < 15);
    }

    [Fact]
    public void A_ball_inside_a_ball_is_as_far_as_their_radii_differ_and_has_the_area_of_a_sphere()
    {
        var extent = new Extent(64, 64, 64);
        bool[] Ball(double radius) => Where(extent, (x, y, z) => Math.Sqrt(((x - 31.5) * (x - 31.5)) + ((y - 31.5) * (y - 31.5)) + ((z - 31.5) * (z - 31.5))) < radius);

        var found = SurfaceDistances.Of(Ball(20), Ball(28), Geometry.Pixels(extent), SurfaceConvention.DeepMind)!;

        Assert.Equal(8, found.AverageSymmetric(), 0.7);         // the nearest corner of a staircase lies up to a voxel nearer than the sphere
        Assert.Equal(4 * Math.PI * 400, found.PredictedSurface, 0.1 * 4 * Math.PI * 400);       // marching cubes of a binary ball: about 8 % too large
        Assert.Equal(0, found.SurfaceDice(6));
        Assert.Equal(1, found.SurfaceDice(10));
    }

    [Fact]
    public void A_single_page_has_no_surface_above_and_below()
    {
        var geometry = Geometry.Pixels(new Extent(7, 7));
        var square = Where(geometry.Extent, (x, y, _) => x is > 0 and < 6 && y is > 0 and < 6);

        var found = SurfaceDistances.Of(square, square, geometry)!;

        Assert.Equal(16, found.TrueSurface);        // the rim of 5 x 5, not all 25
    }

    [Fact]
    public void One_empty_mask_leaves_every_distance_undefined()
    {
        var geometry = Geometry.Pixels(new Extent(3, 3, 3));
        var (empty, full) = (new bool[27], Enumerable.Repeat(true, 27).ToArray());

        foreach (var convention in Enum.GetValues<SurfaceConvention>())
        {
            Assert.Null(SurfaceDistances.Of(empty, full, geometry, convention));
            Assert.Null(SurfaceDistances.Of(full, empty, geometry, convention));
            Assert.Null(SurfaceDistances.Of(empty, empty, geometry, convention));
        }
    }

    private static double Edges(bool[] from, bool[] to, Extent extent, Triple spacing)
    {
        var distance = DistanceTransform.Euclidean(Edge(to, extent), extent, spacing);
        return Edge(from, extent).Select((e, i) => e ? distance[i] : 0).Max();
    }

    private static double Between(bool[] from, bool[] to, Extent extent, Triple spacing)
    {
        var lattice = new Extent(extent.Width + 1, extent.Height + 1, extent.Depth == 1 ? 1 : extent.Depth + 1);
        var distance = DistanceTransform.Euclidean(Mixed(to, extent, lattice), lattice, spacing);
        return Mixed(from, extent, lattice).Select((e, i) => e ? distance[i] : 0).Max();
    }

    private static bool[] Edge(bool[] mask, Extent extent)
    {
        return Where(extent, (x, y, z) => At(x, y, z) && !(At(x - 1, y, z) && At(x + 1, y, z) && At(x, y - 1, z) && At(x, y + 1, z)
            && (extent.Depth == 1 || (At(x, y, z - 1) && At(x, y, z + 1)))));

        bool At(int x, int y, int z) => Inside(mask, extent, x, y, z);
    }

    private static bool[] Mixed(bool[] mask, Extent extent, Extent lattice) => Where(lattice, (x, y, z) =>
    {
        var corners = from dz in extent.Depth == 1 ? (int[])[0] : [-1, 0] from dy in (int[])[-1, 0] from dx in (int[])[-1, 0] select Inside(mask, extent, x + dx, y + dy, z + dz);
        return corners.Distinct().Count() == 2;
    });

    private static bool Inside(bool[] mask, Extent e, int x, int y, int z) =>
        x >= 0 && y >= 0 && z >= 0 && x < e.Width && y < e.Height && z < e.Depth && mask[(((z * e.Height) + y) * e.Width) + x];

    private static bool[] Where(Extent e, Func<int, int, int, bool> rule) =>
        [.. from z in Enumerable.Range(0, e.Depth) from y in Enumerable.Range(0, e.Height) from x in Enumerable.Range(0, e.Width) select rule(x, y, z)];

    private static bool[] Turn(bool[] mask, Extent e) => Where(new Extent(e.Depth, e.Width, e.Height), (x, y, z) => Inside(mask, e, y, z, x));

    // A few boxes and some single voxels.
    private static bool[] Blobs(RandomStream random, Extent e)
    {
        var boxes = Enumerable.Range(0, 2).Select(_ => (X: random.Next(e.Width), Y: random.Next(e.Height), Z: random.Next(e.Depth), Side: 1 + random.Next(5))).ToArray();
        return Where(e, (x, y, z) => random.Chance(0.02) || boxes.Any(b => x >= b.X && x < b.X + b.Side && y >= b.Y && y < b.Y + b.Side && z >= b.Z && z < b.Z + b.Side));
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using Xunit;

namespace SegSharp.Tests.Imaging.Morphology;

public sealed class DistanceTransformTests
{
    [Theory]
    [InlineData("17x13", 0.02)]
    [InlineData("17x13", 0.5)]
    [InlineData("1x40", 0.1)]
    [InlineData("40x1", 0.1)]
    [InlineData("9x8x7", 0.01)]
    [InlineData("9x8x7", 0.3)]
    public void Distances_are_those_of_brute_force(string size, double density)
    {
        var extent = Extent.Parse(size);
        foreach (var (seed, spacing) in (IEnumerable<(int, Triple)>)[(1, Triple.One), (2, new Triple(0.7, 1.3, 2.5)), (3, Triple.One)])
        {
            var random = new RandomStream(seed);
            var marked = new bool[extent.Count];
            foreach (ref var m in marked.AsSpan())
            {
                m = random.Chance(density);
            }

            marked[random.Next(marked.Length)] = true;

            var distances = DistanceTransform.Euclidean(marked, extent, spacing);

            for (var i = 0; i < marked.Length; i++)
            {
                Assert.Equal(Brute(marked, extent, spacing, i), distances[i], 1e-12);
            }
        }
    }

    [Fact]
    public void Large_grids_that_several_cores_share_are_measured_the_same_as_their_parts()
    {
        // Marked voxels in one page only: then a page of the result follows from a page's own distances.
        var extent = new Extent(90, 80, 30);
        var random = new RandomStream(9);
        var marked = new bool[extent.Count];
        var page = marked.AsSpan(7 * 90 * 80, 90 * 80);
        foreach (ref var m in page)
        {
            m = random.Chance(0.01);
        }

        var squared = DistanceTransform.Squared(marked, extent, new Triple(1, 1, 2));

        var flat = DistanceTransform.Squared(page, extent.Page);
        for (var i = 0; i < squared.Length; i++)
        {
            var dz = 2 * ((i / page.Length) - 7);
            Assert.Equal(flat[i % page.Length] + (dz * dz), squared[i]);
        }
    }

    [Fact]
    public void Single_precision_is_the_rounded_double()
    {
        var extent = new Extent(40, 30, 20);
        var random = new RandomStream(10);
        var marked = new bool[extent.Count];
        foreach (ref var m in marked.AsSpan())
        {
            m = random.Chance(0.003);
        }

        var precise = DistanceTransform.Euclidean(marked, extent, new Triple(0.7, 1.3, 2.5));
        var single = DistanceTransform.Euclidean<float>(marked, extent, new Triple(0.7, 1.3, 2.5));

        Assert.All(precise.Zip(single), p => Assert.Equal(p.First, p.Second, 1e-6 * p.First));
        Assert.Equal(DistanceTransform.Squared(marked, extent), Array.ConvertAll(DistanceTransform.Squared<float>(marked, extent), f => (double)f));
    }

    [Theory]
    [InlineData("23x19")]
    [InlineData("9x8x7")]
    public void Steps_are_those_of_brute_force(string size)
    {
        var extent = Extent.Parse(size);
        var random = new RandomStream(11);
        var marked = new bool[extent.Count];
        foreach (ref var m in marked.AsSpan())
        {
            m = random.Chance(0.01);
        }

        marked[^3] = true;

        var (taxicab, chessboard) = (DistanceTransform.Taxicab(marked, extent), DistanceTransform.Chessboard(marked, extent));

        (int X, int Y, int Z) At(int i) => (i % extent.Width, i / extent.Width % extent.Height, i / extent.Width / extent.Height);
        var sources = Enumerable.Range(0, marked.Length).Where(i => marked[i]).Select(At).ToList();
        for (var i = 0; i < marked.Length; i++)
        {
            var (x, y, z) = At(i);
            Assert.Equal(sources.Min(s => Math.Abs(s.X - x) + Math.Abs(s.Y - y) + Math.Abs(s.Z - z)), taxicab[i]);
            Assert.Equal(sources.Min(s => Math.Max(Math.Abs(s.X - x), Math.Max(Math.Abs(s.Y - y), Math.Abs(s.Z - z)))), chessboard[i]);
        }

        Assert.All(DistanceTransform.Taxicab(new bool[extent.Count], extent), s => Assert.Equal(-1, s));
    }

    [Fact]
    public void Signed_distances_are_negative_inside() =>
        Assert.Equal([2.0, 1, -1, -2, -1, 1], DistanceTransform.Signed([false, false, true, true, true, false], new Extent(6, 1)));

    [Fact]
    public void Nothing_marked_is_infinitely_far() =>
        Assert.All(DistanceTransform.Euclidean(new bool[12], new Extent(4, 3)), d => Assert.Equal(double.PositiveInfinity, d));

    private static double Brute(bool[] marked, Extent e, Triple spacing, int at)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < marked.Length; i++)
        {
            if (marked[i])
            {
                var dx = ((i % e.Width) - (at % e.Width)) * spacing.X;
                var dy = ((i / e.Width % e.Height) - (at / e.Width % e.Height)) * spacing.Y;
                var dz = ((i / e.Width / e.Height) - (at / e.Width / e.Height)) * spacing.Z;
                best = Math.Min(best, Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz)));
            }
        }

        return best;
    }
}

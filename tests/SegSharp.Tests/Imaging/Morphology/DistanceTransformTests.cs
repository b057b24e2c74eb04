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

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using Xunit;

namespace SegSharp.Tests.Imaging.Morphology;

public sealed class ComponentsTests
{
    [Fact]
    public void Corners_join_only_under_full_connectivity()
    {
        var mask = Mask("""
            #.#..
            .#..#
            #..##
            """);

        Assert.Equal([1, 0, 2, 0, 0, 0, 3, 0, 0, 4, 5, 0, 0, 4, 4], Components.Label(mask, new Extent(5, 3), Connectivity.Faces, out var four));
        Assert.Equal(5, four);
        Assert.Equal([1, 0, 1, 0, 0, 0, 1, 0, 0, 2, 1, 0, 0, 2, 2], Components.Label(mask, new Extent(5, 3), Connectivity.Full, out var eight));
        Assert.Equal(2, eight);
    }

    [Fact]
    public void Parts_that_meet_late_are_one()
    {
        var mask = Mask("""
            #.#.#
            #.#.#
            #####
            """);

        var parts = Components.Label(mask, new Extent(5, 3), Connectivity.Faces, out var count);

        Assert.Equal(1, count);
        Assert.All(parts, p => Assert.InRange(p, 0, 1));
    }

    [Theory]
    [InlineData("30x20", Connectivity.Faces, 0.55)]
    [InlineData("30x20", Connectivity.Full, 0.4)]
    [InlineData("9x10x8", Connectivity.Faces, 0.3)]
    [InlineData("9x10x8", Connectivity.Full, 0.1)]
    public void Parts_are_those_of_a_flood(string size, Connectivity connectivity, double density)
    {
        var extent = Extent.Parse(size);
        var random = new RandomStream(5);
        var mask = new bool[extent.Count];
        foreach (ref var m in mask.AsSpan())
        {
            m = random.Chance(density);
        }

        var parts = Components.Label(mask, extent, connectivity, out var count);

        Assert.Equal(Flood(mask, extent, connectivity, out var expected), parts);
        Assert.Equal(expected, count);
        Assert.True(count > 3);
    }

    private static int[] Flood(bool[] mask, Extent e, Connectivity connectivity, out int count)
    {
        var parts = new int[mask.Length];
        count = 0;
        for (var start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || parts[start] != 0)
            {
                continue;
            }

            var open = new Stack<int>([start]);
            parts[start] = ++count;
            while (open.TryPop(out var at))
            {
                for (var n = 0; n < mask.Length; n++)
                {
                    var dx = Math.Abs((n % e.Width) - (at % e.Width));
                    var dy = Math.Abs((n / e.Width % e.Height) - (at / e.Width % e.Height));
                    var dz = Math.Abs((n / e.Width / e.Height) - (at / e.Width / e.Height));
                    var touches = connectivity == Connectivity.Faces ? dx + dy + dz == 1 : Math.Max(dx, Math.Max(dy, dz)) == 1;
                    if (touches && mask[n] && parts[n] == 0)
                    {
                        parts[n] = count;
                        open.Push(n);
                    }
                }
            }
        }

        return parts;
    }

    private static bool[] Mask(string rows) => [.. rows.ReplaceLineEndings("").Select(c => c == '#')];
}

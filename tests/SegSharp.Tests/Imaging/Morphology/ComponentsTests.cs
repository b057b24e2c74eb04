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
    [InlineData("9x10x8", Connectivity.Edges, 0.15)]
    [InlineData("9x10x8", Connectivity.Full, 0.1)]
    [InlineData("70x5x4", Connectivity.Edges, 0.3)]
    [InlineData("130x7", Connectivity.Faces, 0.6)]
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

    [Theory]
    [InlineData("120x90x40", Connectivity.Faces, 0.3)]
    [InlineData("120x90x40", Connectivity.Edges, 0.14)]
    [InlineData("120x90x40", Connectivity.Full, 0.1)]
    [InlineData("700x400", Connectivity.Faces, 0.58)]
    [InlineData("700x400", Connectivity.Full, 0.4)]
    public void Large_grids_that_several_cores_share_have_the_parts_of_a_flood(string size, Connectivity connectivity, double density)
    {
        var extent = Extent.Parse(size);
        var random = new RandomStream(6);
        var mask = new bool[extent.Count];
        foreach (ref var m in mask.AsSpan())
        {
            m = random.Chance(density);
        }

        var parts = Components.Label(mask, extent, connectivity, out var count);

        Assert.Equal(FloodByNeighbours(mask, extent, connectivity, out var expected), parts);
        Assert.Equal(expected, count);
        Assert.True(count > 100);
    }

    [Fact]
    public void Parts_of_several_labels_are_those_of_every_label_by_itself()
    {
        var extent = new Extent(70, 20, 6);
        var random = new RandomStream(7);
        var labels = new ushort[extent.Count];
        foreach (ref var l in labels.AsSpan())
        {
            l = (ushort)(random.Chance(0.5) ? 0 : 300 * (1 + random.Next(2)));
        }

        var parts = Components.Label(labels, extent, Connectivity.Faces, out var count);

        var together = 0;
        foreach (var label in (ushort[])[300, 600])
        {
            var own = Components.LabelOnly(labels, label, extent, Connectivity.Faces, out var ownCount);
            Assert.Equal(own, Components.Label(Array.ConvertAll(labels, l => l == label), extent, Connectivity.Faces, out _));
            var pairs = own.Zip(parts).Where(p => p.First != 0).Distinct().ToList();
            Assert.Equal(ownCount, pairs.Count);
            Assert.Equal(ownCount, pairs.Select(p => p.Second).Distinct().Count());
            together += ownCount;
        }

        Assert.Equal(together, count);
        Assert.All(labels.Zip(parts), p => Assert.Equal(p.First == 0, p.Second == 0));
    }

    [Fact]
    public void The_first_of_equally_large_parts_is_kept_or_all_of_them()
    {
        var mask = Mask("""
            ##..#
            ....#
            .#...
            """);

        Assert.Equal(Mask("##............."), Components.Largest(mask, new Extent(5, 3), Connectivity.Faces));
        Assert.Equal(Mask("##..#....#....."), Components.Largest(mask, new Extent(5, 3), Connectivity.Faces, Ties.All));
        Assert.Equal(new bool[4], Components.Largest(new bool[4], new Extent(2, 2), Connectivity.Faces));
    }

    [Fact]
    public void Sizes_count_every_part_and_what_lies_outside() =>
        Assert.Equal([3L, 2, 1], Components.Sizes([0, 1, 1, 0, 2, 0], 2));

    [Fact]
    public void Too_few_voxels_are_refused()
    {
        var e = Assert.Throws<ArgumentException>(() => Components.Label(new bool[3], new Extent(2, 2), Connectivity.Faces, out _));

        Assert.Equal("3 voxels; 2x2 needs 4 (Parameter 'mask')", e.Message);
    }

    private static int[] FloodByNeighbours(bool[] mask, Extent e, Connectivity connectivity, out int count)
    {
        var most = connectivity switch { Connectivity.Faces => 1, Connectivity.Edges => 2, _ => 3 };
        var steps = (from z in (int[])[-1, 0, 1]
                     from y in (int[])[-1, 0, 1]
                     from x in (int[])[-1, 0, 1]
                     where Math.Abs(x) + Math.Abs(y) + Math.Abs(z) is > 0 and var moved && moved <= most
                     select (x, y, z)).ToArray();
        var parts = new int[mask.Length];
        count = 0;
        var open = new Stack<int>();
        for (var start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || parts[start] != 0)
            {
                continue;
            }

            open.Push(start);
            parts[start] = ++count;
            while (open.TryPop(out var at))
            {
                foreach (var (dx, dy, dz) in steps)
                {
                    var (x, y, z) = ((at % e.Width) + dx, (at / e.Width % e.Height) + dy, (at / e.Width / e.Height) + dz);
                    if (x < 0 || y < 0 || z < 0 || x >= e.Width || y >= e.Height || z >= e.Depth)
                    {
                        continue;
                    }

                    var n = x + (e.Width * (y + (e.Height * z)));
                    if (mask[n] && parts[n] == 0)
                    {
                        parts[n] = count;
                        open.Push(n);
                    }
                }
            }
        }

        return parts;
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
                    var most = connectivity switch { Connectivity.Faces => 1, Connectivity.Edges => 2, _ => 3 };
                    var touches = Math.Max(dx, Math.Max(dy, dz)) == 1 && dx + dy + dz <= most;
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

using System.Numerics;

namespace SegSharp.Imaging.Morphology;

/// <summary>Thins masks to lines one pixel wide; every page by itself.</summary>
/// <remarks>
/// Source: Zhang and Suen 1984, "A fast parallel algorithm for thinning digital patterns". Parity: <c>skimage.morphology.skeletonize</c>
/// in two dimensions, exact. Differs from the paper as scikit-image does: corners of stairs go, and squares of 2 × 2 keep a line.
/// </remarks>
public static class Skeleton
{
    // The neighbours are bits, clockwise from the upper left: 1 2 4 / 128 . 8 / 64 32 16.
    private const int Up = 2, Right = 8, Down = 32, Left = 128;

    // In which of the two passes a pixel with these neighbours goes: 1 the first, 2 the second, 3 both.
    private static readonly byte[] _passes = [.. Enumerable.Range(0, 256).Select(Passes)];

    /// <summary>The skeleton of every page.</summary>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    public static bool[] Of(ReadOnlySpan<bool> mask, Extent extent)
    {
        if (mask.Length != extent.Count)
        {
            throw new ArgumentException($"{mask.Length} voxels; {extent} needs {extent.Count}", nameof(mask));
        }

        var result = new bool[mask.Length];
        var page = (int)extent.PageCount;
        for (var z = 0; z < extent.Depth; z++)
        {
            Page(mask.Slice(z * page, page), extent.Width, extent.Height, result.AsSpan(z * page, page));
        }

        return result;
    }

    private static void Page(ReadOnlySpan<bool> mask, int width, int height, Span<bool> result)
    {
        // A margin of one pixel spares the question whether a neighbour exists.
        var stride = width + 2;
        var now = new byte[stride * (height + 2)];
        var set = new List<int>();
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                var at = (((i / width) + 1) * stride) + (i % width) + 1;
                now[at] = 1;
                set.Add(at);
            }
        }

        var gone = new List<int>();
        for (var removed = true; removed;)
        {
            removed = false;
            for (var pass = 1; pass <= 2; pass++)
            {
                gone.Clear();
                foreach (var at in set)
                {
                    var neighbours = now[at - stride - 1] | (now[at - stride] << 1) | (now[at - stride + 1] << 2) | (now[at + 1] << 3)
                        | (now[at + stride + 1] << 4) | (now[at + stride] << 5) | (now[at + stride - 1] << 6) | (now[at - 1] << 7);
                    if ((_passes[neighbours] & pass) != 0)
                    {
                        gone.Add(at);
                    }
                }

                foreach (var at in gone)
                {
                    now[at] = 0;
                }

                removed |= gone.Count > 0;
                set.RemoveAll(at => now[at] == 0);
            }
        }

        foreach (var at in set)
        {
            result[(((at / stride) - 1) * width) + (at % stride) - 1] = true;
        }
    }

    private static byte Passes(int neighbours)
    {
        if (Departure(neighbours) is { } passes)
        {
            return passes;
        }

        bool Lacks(int sides) => (neighbours & sides) != sides;

        // One stretch of neighbours around the pixel, of two to six: its removal parts nothing and shortens no line.
        var next = ((neighbours << 1) | (neighbours >> 7)) & 255;
        var stretches = BitOperations.PopCount((uint)(neighbours & ~next));
        if (stretches != 1 || BitOperations.PopCount((uint)neighbours) is < 2 or > 6)
        {
            return 0;
        }

        var first = Lacks(Up | Right | Down) && Lacks(Right | Down | Left);
        var second = Lacks(Up | Right | Left) && Lacks(Up | Down | Left);
        return (byte)((first ? 1 : 0) | (second ? 2 : 0));
    }

    // Where scikit-image departs from the paper.
    private static byte? Departure(int neighbours) => neighbours switch
    {
        Up | Right or Right | Down or Down | Left or Left | Up => 3,                     // the corner of a stair, which the paper keeps
        3 or 6 or 12 or 11 or 14 or 131 or 134 or 161 or 194 or 198 => 1,                // what lies above goes in the first pass only
        24 or 96 or 192 or 26 or 56 or 104 or 108 or 176 or 224 => 2,                    // what lies below in the second
        48 or 129 => 0,                                                                  // and these two ends stay
        _ => null,
    };
}

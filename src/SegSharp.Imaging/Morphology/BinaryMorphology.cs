using System.Numerics;
using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Morphology;

/// <summary>Erosion, dilation, opening and closing of masks. What lies outside the grid is background.</summary>
/// <remarks>Source: Serra 1982, "Image Analysis and Mathematical Morphology". Parity: <c>scipy.ndimage.binary_*</c> and <c>skimage.morphology</c>'s disks, exact.</remarks>
public static class BinaryMorphology
{
    /// <summary>The voxels around which the whole element lies in the mask. An object at the grid's face loses its voxels there.</summary>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="element">What is looked at around every voxel.</param>
    /// <param name="times">How often in a row.</param>
    public static bool[] Erode(ReadOnlySpan<bool> mask, Extent extent, StructuringElement element, int times = 1) => Repeat(mask, extent, element, times, all: true);

    /// <summary>The voxels around which some voxel of the element lies in the mask.</summary>
    /// <inheritdoc cref="Erode"/>
    public static bool[] Dilate(ReadOnlySpan<bool> mask, Extent extent, StructuringElement element, int times = 1) => Repeat(mask, extent, element, times, all: false);

    /// <summary>An erosion, then a dilation: what is thinner than the element goes.</summary>
    /// <inheritdoc cref="Erode"/>
    public static bool[] Open(ReadOnlySpan<bool> mask, Extent extent, StructuringElement element, int times = 1) =>
        Dilate(Erode(mask, extent, element, times), extent, element, times);

    /// <summary>A dilation, then an erosion: gaps narrower than the element close. As in scipy, objects at the grid's face lose voxels there.</summary>
    /// <inheritdoc cref="Erode"/>
    public static bool[] Close(ReadOnlySpan<bool> mask, Extent extent, StructuringElement element, int times = 1) =>
        Erode(Dilate(mask, extent, element, times), extent, element, times);

    private static bool[] Repeat(ReadOnlySpan<bool> mask, Extent extent, StructuringElement element, int times, bool all)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        if (mask.Length != extent.Count)
        {
            throw new ArgumentException($"{mask.Length} voxels; {extent} needs {extent.Count}", nameof(mask));
        }

        // In a single page the element is cut to the page, as the original's two-dimensional ones are.
        var offsets = extent.Depth == 1 ? [.. element.Offsets.Where(o => o.Z == 0)] : element.Offsets;
        var current = mask.ToArray();
        for (var t = 0; t < times; t++)
        {
            current = Once(current, extent, offsets, all);
        }

        return current;
    }

    private static bool[] Once(bool[] mask, Extent extent, IReadOnlyList<(int X, int Y, int Z)> offsets, bool all)
    {
        var (width, height, depth) = (extent.Width, extent.Height, extent.Depth);
        var result = new bool[mask.Length];
        Rows.InParallel(height * depth, extent.Count * offsets.Count / 8, (from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                var (y, z) = (row % height, row / height);
                var target = Bytes(result.AsSpan(row * width, width));
                target.Fill(all ? (byte)1 : (byte)0);
                foreach (var (dx, dy, dz) in offsets)
                {
                    var inside = (uint)(y + dy) < (uint)height && (uint)(z + dz) < (uint)depth && Math.Abs(dx) < width;
                    if (inside)
                    {
                        Combine(target, Bytes(mask.AsSpan(((((z + dz) * height) + y + dy) * width), width)), dx, all);
                    }
                    else if (all)
                    {
                        target.Clear();
                    }
                }
            }
        });
        return result;
    }

    private static Span<byte> Bytes(Span<bool> bools) => MemoryMarshal.AsBytes(bools);

    // target[x] &= or |= source[x + shift]
    private static void Combine(Span<byte> target, ReadOnlySpan<byte> source, int shift, bool all)
    {
        var (from, to) = (Math.Max(0, -shift), target.Length - Math.Max(0, shift));
        if (all)
        {
            target[..from].Clear();
            target[to..].Clear();
        }

        var mine = target[from..to];
        var theirs = source.Slice(from + shift, mine.Length);
        var x = 0;
        for (; x <= mine.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            var (a, b) = (new Vector<byte>(mine[x..]), new Vector<byte>(theirs[x..]));
            (all ? a & b : a | b).CopyTo(mine[x..]);
        }

        for (; x < mine.Length; x++)
        {
            mine[x] = (byte)(all ? mine[x] & theirs[x] : mine[x] | theirs[x]);
        }
    }
}

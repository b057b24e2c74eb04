using System.Numerics;
using SegSharp.Imaging;

namespace SegSharp.Metrics;

/// <summary>Prediction (bit 1) and truth (bit 0) of one region, cropped to the box around both, with an empty rim of one voxel.</summary>
internal sealed class MaskPair
{
    public const int Truth = 1;
    public const int Prediction = 2;

    private MaskPair(byte[] bits, Extent inner, bool isFlat)
    {
        (Bits, Inner, IsFlat) = (bits, inner, isFlat);
        Rim = isFlat ? 0 : 1;
        Outer = new Extent(inner.Width + 2, inner.Height + 2, inner.Depth + (2 * Rim));
    }

    /// <summary>One byte per voxel of <see cref="Outer"/>, x fastest.</summary>
    public byte[] Bits { get; }

    /// <summary>The box without its rim.</summary>
    public Extent Inner { get; }

    /// <summary>The box with its rim; a flat image has none along z.</summary>
    public Extent Outer { get; }

    /// <summary>Whether the image is a single page, so that nothing lies above or below.</summary>
    public bool IsFlat { get; }

    /// <summary>The rim along z: 0 or 1.</summary>
    public int Rim { get; }

    public static MaskPair Of(
        ReadOnlySpan<ushort> prediction, ReadOnlySpan<ushort> truth, Extent extent, Region region, Box box, ushort? ignore, bool[]? within)
    {
        var pair = Empty(box.Extent, isFlat: extent.Depth == 1);
        var belongs = new byte[ushort.MaxValue + 1];
        foreach (var label in region.Labels)
        {
            belongs[label] = 1;
        }

        var skip = ignore ?? -1;
        var width = box.Extent.Width;
        for (var z = box.Z0; z < box.Z1; z++)
        {
            for (var y = box.Y0; y < box.Y1; y++)
            {
                var start = (((z * extent.Height) + y) * extent.Width) + box.X0;
                var p = prediction.Slice(start, width);
                var t = truth.Slice(start, width);
                var to = pair.Bits.AsSpan(pair.IndexOf(0, y - box.Y0, z - box.Z0), width);
                var done = region.Labels.Count == 1 ? Compared(p, t, region.Labels[0], to) : 0;
                for (var x = done; x < to.Length; x++)
                {
                    to[x] = (byte)((belongs[p[x]] << 1) | belongs[t[x]]);
                }

                for (var x = 0; ignore is not null && x < to.Length; x++)
                {
                    to[x] = t[x] == skip ? (byte)0 : to[x];
                }

                for (var x = 0; within is not null && x < to.Length; x++)
                {
                    to[x] = within[start + x] ? to[x] : (byte)0;
                }
            }
        }

        return pair;
    }

    // One label is compared with many voxels at once; returns how many were.
    private static int Compared(ReadOnlySpan<ushort> prediction, ReadOnlySpan<ushort> truth, ushort label, Span<byte> to)
    {
        var (wanted, half) = (new Vector<ushort>(label), Vector<ushort>.Count);
        var x = 0;
        for (; x <= to.Length - (2 * half); x += 2 * half)
        {
            var p = Vector.Narrow(Vector.Equals(new Vector<ushort>(prediction[x..]), wanted), Vector.Equals(new Vector<ushort>(prediction[(x + half)..]), wanted));
            var t = Vector.Narrow(Vector.Equals(new Vector<ushort>(truth[x..]), wanted), Vector.Equals(new Vector<ushort>(truth[(x + half)..]), wanted));
            ((p & new Vector<byte>(Prediction)) | (t & new Vector<byte>(Truth))).CopyTo(to[x..]);
        }

        return x;
    }

    /// <summary>A pair of empty masks, to be filled through <see cref="IndexOf"/>.</summary>
    public static MaskPair Empty(Extent inner, bool isFlat)
    {
        var rim = isFlat ? 0 : 1;
        return new MaskPair(new byte[checked((inner.Width + 2) * (inner.Height + 2) * (inner.Depth + (2 * rim)))], inner, isFlat);
    }

    /// <summary>Where a voxel of the inner box lies in <see cref="Bits"/>.</summary>
    public int IndexOf(int x, int y, int z) => ((((z + Rim) * Outer.Height) + y + 1) * Outer.Width) + x + 1;
}

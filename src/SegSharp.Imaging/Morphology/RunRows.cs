using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegSharp.Imaging.Morphology;

/// <summary>Where in a row voxels belong to the mask, 64 at a time.</summary>
internal interface IRunRows
{
    /// <summary>Bit k is set where voxel <paramref name="at"/> + k belongs to the mask; <paramref name="count"/> of them, 64 at most.</summary>
    ulong Bits(int at, int count);

    /// <summary>What a voxel carries: runs of different values never join.</summary>
    int Value(int at);

    /// <summary>Whether a run ends where the value changes.</summary>
    bool IsMany { get; }
}

/// <summary>The voxels of a mask, or those outside it.</summary>
internal readonly unsafe struct MaskRows(nint mask, bool inside) : IRunRows
{
    private readonly ulong _flip = inside ? 0 : ulong.MaxValue;

    public bool IsMany => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Bits(int at, int count)
    {
        var p = (byte*)mask + at;
        if (count == 64)
        {
            var zeros = Vector256.Equals(Vector256.Load(p), Vector256<byte>.Zero).ExtractMostSignificantBits()
                | ((ulong)Vector256.Equals(Vector256.Load(p + 32), Vector256<byte>.Zero).ExtractMostSignificantBits() << 32);
            return ~zeros ^ _flip;
        }

        var bits = 0UL;
        for (var k = 0; k < count; k++)
        {
            bits |= (p[k] != 0 ? 1UL : 0) << k;
        }

        return (bits ^ _flip) & ((1UL << count) - 1);
    }

    public int Value(int at) => 1;
}

/// <summary>The voxels of a label map: those of one label, or every label's by itself.</summary>
internal readonly unsafe struct LabelRows(nint labels, int only) : IRunRows
{
    public bool IsMany => only < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Bits(int at, int count)
    {
        var p = (ushort*)labels + at;
        var searched = (ushort)Math.Max(only, 0);
        var bits = 0UL;
        var k = 0;
        for (var compared = Vector256.Create(searched); k + 16 <= count; k += 16)
        {
            bits |= (ulong)Vector256.Equals(Vector256.Load(p + k), compared).ExtractMostSignificantBits() << k;
        }

        for (; k < count; k++)
        {
            bits |= (p[k] == searched ? 1UL : 0) << k;
        }

        // Every label by itself: zero was looked for, and what is not zero belongs.
        return only >= 0 ? bits : ~bits & (count == 64 ? ulong.MaxValue : (1UL << count) - 1);
    }

    public int Value(int at) => ((ushort*)labels)[at];
}

/// <summary>Cuts a row into its runs.</summary>
internal static class RowRuns
{
    /// <summary>How many runs the row has.</summary>
    public static int Count<TRows>(TRows rows, int start, int width)
        where TRows : struct, IRunRows
    {
        if (rows.IsMany)
        {
            return FillMany(rows, start, width, [], []);
        }

        var count = 0;
        var last = 0UL;
        for (var x = 0; x < width; x += 64)
        {
            var bits = rows.Bits(start + x, Math.Min(64, width - x));
            count += BitOperations.PopCount(bits & ~((bits << 1) | last));
            last = bits >> 63;
        }

        return count;
    }

    /// <summary>Writes where runs begin and end (exclusive).</summary>
    public static void Fill<TRows>(TRows rows, int start, int width, Span<int> begins, Span<int> ends)
        where TRows : struct, IRunRows
    {
        if (rows.IsMany)
        {
            FillMany(rows, start, width, begins, ends);
            return;
        }

        var n = 0;
        var last = 0UL;
        for (var x = 0; x < width; x += 64)
        {
            var bits = rows.Bits(start + x, Math.Min(64, width - x));
            for (var changes = bits ^ ((bits << 1) | last); changes != 0; changes &= changes - 1)
            {
                var at = x + BitOperations.TrailingZeroCount(changes);
                if (((bits >> (at - x)) & 1) != 0)
                {
                    begins[n] = at;
                }
                else
                {
                    ends[n++] = at;
                }
            }

            last = bits >> 63;
        }

        if (n < ends.Length)
        {
            ends[n] = width;
        }
    }

    private static int FillMany<TRows>(TRows rows, int start, int width, Span<int> begins, Span<int> ends)
        where TRows : struct, IRunRows
    {
        var (n, current) = (0, 0);
        for (var x = 0; x < width; x += 64)
        {
            var count = Math.Min(64, width - x);
            if (rows.Bits(start + x, count) == 0 && current == 0)
            {
                continue;
            }

            for (var at = x; at < x + count; at++)
            {
                var value = rows.Value(start + at);
                if (value == current)
                {
                    continue;
                }

                if (current != 0 && n <= ends.Length && ends.Length > 0)
                {
                    ends[n - 1] = at;
                }

                if (value != 0)
                {
                    if (begins.Length > 0)
                    {
                        begins[n] = at;
                    }

                    n++;
                }

                current = value;
            }
        }

        if (current != 0 && ends.Length > 0)
        {
            ends[n - 1] = width;
        }

        return n;
    }
}

namespace SegSharp.Networks;

/// <summary>
/// Along one axis: which input positions each position of a grid depends on. The grid has no ends; after
/// <see cref="Period"/> positions the same pattern comes again, <see cref="Advance"/> input positions further on.
/// </summary>
internal sealed class Sight
{
    private const long Widest = 1 << 16;
    private readonly (long First, long Last)[] _seen;

    private Sight(long advance, (long First, long Last)[] seen)
    {
        Advance = advance;
        _seen = seen;
    }

    /// <summary>The image itself: every position sees itself.</summary>
    public static Sight Image { get; } = new(1, [(0, 0)]);

    /// <summary>Positions after which the pattern comes again.</summary>
    public long Period => _seen.Length;

    /// <summary>Input positions between two repetitions.</summary>
    public long Advance { get; }

    /// <summary>The most input positions that one position sees.</summary>
    public long Extent => _seen.Max(s => s.Last - s.First + 1);

    /// <summary>A window of <paramref name="kernel"/> positions, <paramref name="dilation"/> apart, at every <paramref name="stride"/>.</summary>
    public Sight? Window(long kernel, long stride, long padding, long dilation) =>
        Read(stride, 1, o => (0L, kernel).Range().Select(t => (o * stride) - padding + (t * dilation)));

    /// <summary>A transposed convolution: position i of the input touches i · stride − padding to that + kernel − 1.</summary>
    public Sight? Spread(long kernel, long stride, long padding) =>
        Read(1, stride, o => (0L, kernel).Range().Where(t => Mod(o + padding - t, stride) == 0).Select(t => (o + padding - t) / stride));

    /// <summary>Linear interpolation from <paramref name="from"/> to <paramref name="to"/> positions over the same length.</summary>
    public Sight? Interpolate(long from, long to) => Read(from, to, o =>
    {
        var twice = (((2 * o) + 1) * from) - to;                                // ((o + ½) from / to − ½) · 2 to
        var first = Floor(twice, 2 * to);
        return Mod(twice, 2 * to) == 0 ? [first] : [first, first + 1];
    });

    /// <summary>The nearest position, from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public Sight? Nearest(long from, long to) => Read(from, to, o => [Floor(o * from, to)]);

    /// <summary>Positions count from <paramref name="by"/> on.</summary>
    public Sight Shift(long by) => by == 0 ? this : Read(1, 1, o => [o + by])!;

    /// <summary>What both see together; null when they lie on grids of different fineness.</summary>
    public Sight? Join(Sight other)
    {
        if (Advance * other.Period != other.Advance * Period)
        {
            return null;
        }

        var period = Period / Gcd(Period, other.Period) * other.Period;
        return period > Widest ? null : new(Advance * (period / Period), [.. (0L, period).Range().Select(o => Union(At(o), other.At(o)))]);
    }

    private (long First, long Last) At(long position)
    {
        var shift = Floor(position, Period) * Advance;
        var seen = _seen[Mod(position, Period)];
        return seen.First > seen.Last ? seen : (seen.First + shift, seen.Last + shift);
    }

    // A grid on which `from` positions of this one lie on `to` of the new.
    private Sight? Read(long from, long to, Func<long, IEnumerable<long>> reads)
    {
        var common = Gcd(from, to);
        (from, to) = (from / common, to / common);
        var turns = Period / Gcd(Period, from);
        if (turns * to > Widest)
        {
            return null;
        }

        return new(Advance * (turns * from / Period), [.. (0L, turns * to).Range().Select(o => reads(o).Select(At).Aggregate((1L, 0L), Union))]);
    }

    private static (long First, long Last) Union((long First, long Last) a, (long First, long Last) b) =>
        a.First > a.Last ? b : b.First > b.Last ? a : (Math.Min(a.First, b.First), Math.Max(a.Last, b.Last));

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    private static long Floor(long a, long b) => (a - Mod(a, b)) / b;

    private static long Mod(long a, long b) => ((a % b) + b) % b;
}

/// <summary>Ranges of long.</summary>
internal static class LongRange
{
    /// <summary>Start, and how many.</summary>
    public static IEnumerable<long> Range(this (long Start, long Count) range)
    {
        for (var i = 0L; i < range.Count; i++)
        {
            yield return range.Start + i;
        }
    }
}

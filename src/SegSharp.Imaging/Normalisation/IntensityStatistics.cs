using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Normalisation;

/// <summary>Values at or below which a share of the voxels lies.</summary>
/// <param name="Percent">The share, 0 … 100.</param>
/// <param name="Value">The value; interpolated linearly between voxels.</param>
public readonly record struct Percentile(double Percent, double Value);

/// <summary>What the intensities of a slice, a volume or a data set look like. Values that are not finite do not count. Kept as JSON with a run, so that test images are treated as the training images were.</summary>
public sealed record IntensityStatistics
{
    /// <summary>The percentages that are always there.</summary>
    public static IReadOnlyList<double> Usual { get; } = [0.5, 1, 2, 5, 25, 50, 75, 95, 98, 99, 99.5];

    /// <summary>Voxels counted.</summary>
    public required long Count { get; init; }

    /// <summary>The mean; 0 without voxels.</summary>
    public required double Mean { get; init; }

    /// <summary>The standard deviation with divisor <see cref="Count"/> (ddof 0).</summary>
    public required double StandardDeviation { get; init; }

    /// <summary>The smallest value.</summary>
    public required double Minimum { get; init; }

    /// <summary>The largest value.</summary>
    public required double Maximum { get; init; }

    /// <summary>Percentiles, rising.</summary>
    public required IReadOnlyList<Percentile> Percentiles { get; init; }

    /// <summary>The middle value.</summary>
    public double Median => At(50);

    /// <summary>From the first to the third quarter.</summary>
    public double InterquartileRange => At(75) - At(25);

    /// <summary>The standard deviation with divisor Count − <paramref name="ddof"/>; 0 where that is not positive.</summary>
    public double Deviation(int ddof) => Count > ddof ? StandardDeviation * Math.Sqrt((double)Count / (Count - ddof)) : 0;

    /// <summary>A percentile that was computed.</summary>
    /// <exception cref="ArgumentException">It was not asked for when the statistics were made.</exception>
    public double At(double percent)
    {
        foreach (var p in Percentiles)
        {
            if (p.Percent == percent)
            {
                return p.Value;
            }
        }

        throw new ArgumentException($"percentile {percent} was not computed; there are {string.Join(", ", Percentiles.Select(p => p.Percent))}", nameof(percent));
    }

    /// <summary>Of some values.</summary>
    /// <param name="values">Any; what is not finite is left out.</param>
    /// <param name="mask">The values that count; empty: all.</param>
    /// <param name="percentages">Percentiles wanted besides <see cref="Usual"/>.</param>
    public static IntensityStatistics Of(ReadOnlySpan<float> values, ReadOnlySpan<bool> mask = default, IEnumerable<double>? percentages = null)
    {
        if (mask.Length != 0 && mask.Length != values.Length)
        {
            throw new ArgumentException($"{mask.Length} voxels of the mask for {values.Length} values", nameof(mask));
        }

        var (n, sum, low, high) = (0L, 0.0, double.PositiveInfinity, double.NegativeInfinity);
        var counted = new uint[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var v = values[i];
            if ((mask.Length == 0 || mask[i]) && float.IsFinite(v))
            {
                (sum, low, high) = (sum + v, Math.Min(low, v), Math.Max(high, v));
                counted[n++] = Ordered(v);
            }
        }

        var wanted = Usual.Concat(percentages ?? []).Distinct().Order().ToArray();
        if (n == 0)
        {
            return new IntensityStatistics { Count = 0, Mean = 0, StandardDeviation = 0, Minimum = 0, Maximum = 0, Percentiles = [.. wanted.Select(p => new Percentile(p, 0))] };
        }

        var (mean, squares) = (sum / n, 0.0);
        var keys = counted.AsSpan(0, (int)n);
        foreach (var key in keys)
        {
            var d = Value(key) - mean;
            squares += d * d;
        }

        return new IntensityStatistics
        {
            Count = n,
            Mean = mean,
            StandardDeviation = low == high ? 0 : Math.Sqrt(squares / n),
            Minimum = low,
            Maximum = high,
            Percentiles = Ranked(keys, wanted),
        };
    }

    /// <summary>Of some values, without any percentile: two passes, no memory.</summary>
    /// <param name="values">Any; what is not finite is left out.</param>
    /// <param name="mask">The values that count; empty: all.</param>
    public static IntensityStatistics Moments(ReadOnlySpan<float> values, ReadOnlySpan<bool> mask = default)
    {
        var (n, sum, low, high) = (0L, 0.0, double.PositiveInfinity, double.NegativeInfinity);
        for (var i = 0; i < values.Length; i++)
        {
            if ((mask.Length == 0 || mask[i]) && float.IsFinite(values[i]))
            {
                (n, sum, low, high) = (n + 1, sum + values[i], Math.Min(low, values[i]), Math.Max(high, values[i]));
            }
        }

        if (n == 0)
        {
            return new IntensityStatistics { Count = 0, Mean = 0, StandardDeviation = 0, Minimum = 0, Maximum = 0, Percentiles = [] };
        }

        var (mean, squares) = (sum / n, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            if ((mask.Length == 0 || mask[i]) && float.IsFinite(values[i]))
            {
                squares += (values[i] - mean) * (values[i] - mean);
            }
        }

        return new IntensityStatistics { Count = n, Mean = mean, StandardDeviation = low == high ? 0 : Math.Sqrt(squares / n), Minimum = low, Maximum = high, Percentiles = [] };
    }

    // Two rounds of counting: the upper halves of all values, then the lower halves of those that share an upper half with a wanted rank.
    private static Percentile[] Ranked(ReadOnlySpan<uint> keys, double[] wanted)
    {
        var upper = new int[1 << 16];
        foreach (var key in keys)
        {
            upper[key >> 16]++;
        }

        var lower = new Dictionary<uint, int[]>();
        var starts = new long[(1 << 16) + 1];
        for (var i = 0; i < upper.Length; i++)
        {
            starts[i + 1] = starts[i] + upper[i];
        }

        uint Bucket(long rank)
        {
            var at = Array.BinarySearch(starts, rank);
            at = at < 0 ? ~at - 1 : at;
            while (upper[at] == 0)
            {
                at++;
            }

            return (uint)at;
        }

        var last = keys.Length - 1L;
        var ranks = Array.ConvertAll(wanted, p => p / 100 * last);
        foreach (var rank in ranks)
        {
            lower.TryAdd(Bucket((long)Math.Floor(rank)), new int[1 << 16]);
            lower.TryAdd(Bucket((long)Math.Ceiling(rank)), new int[1 << 16]);
        }

        foreach (var key in keys)
        {
            if (lower.TryGetValue(key >> 16, out var counts))
            {
                counts[key & 0xFFFF]++;
            }
        }

        double Ranked(long rank)
        {
            var bucket = Bucket(rank);
            var left = rank - starts[bucket];
            var counts = lower[bucket];
            var i = 0;
            while (left >= counts[i])
            {
                left -= counts[i++];
            }

            return Value((bucket << 16) | (uint)i);
        }

        return [.. wanted.Zip(ranks, (p, rank) =>
        {
            var (below, above) = (Ranked((long)Math.Floor(rank)), Ranked((long)Math.Ceiling(rank)));
            return new Percentile(p, below + ((rank - Math.Floor(rank)) * (above - below)));
        })];
    }

    // Whole numbers in the order of the floats.
    private static uint Ordered(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
    }

    private static float Value(uint key) => BitConverter.UInt32BitsToSingle((key & 0x80000000) != 0 ? key & 0x7FFFFFFF : ~key);
}

/// <summary>Gathers the statistics of a data set case by case: training cases only, so that nothing of a test case leaks in.</summary>
/// <param name="valuesPerCase">At most this many values are taken from each case, evenly spread, so that large cases do not outweigh small ones' memory (10000 in nnU-Net).</param>
/// <remarks>Source: nnU-Net's fingerprint takes values inside the labels only; pass their mask. Differs: evenly spread instead of drawn.</remarks>
public sealed class IntensityCollector(int valuesPerCase = 10_000)
{
    private readonly List<float> _values = [];

    /// <summary>Adds a case.</summary>
    /// <param name="values">Its intensities.</param>
    /// <param name="mask">Those that count; empty: all.</param>
    public void Add(ReadOnlySpan<float> values, ReadOnlySpan<bool> mask = default)
    {
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            count += (mask.Length == 0 || mask[i]) && float.IsFinite(values[i]) ? 1 : 0;
        }

        var (seen, taken, want) = (0L, 0L, Math.Min(count, valuesPerCase));
        for (var i = 0; i < values.Length && taken < want; i++)
        {
            if ((mask.Length == 0 || mask[i]) && float.IsFinite(values[i]))
            {
                if (seen * want >= taken * count)
                {
                    _values.Add(values[i]);
                    taken++;
                }

                seen++;
            }
        }
    }

    /// <summary>The statistics of all values so far.</summary>
    /// <param name="percentages">Percentiles wanted besides the usual ones.</param>
    public IntensityStatistics Statistics(IEnumerable<double>? percentages = null) =>
        IntensityStatistics.Of(CollectionsMarshal.AsSpan(_values), default, percentages);
}

namespace SegSharp.Imaging.Measurement;

/// <summary>First-order statistics of the intensities of an object, as radiomics defines them.</summary>
/// <remarks>
/// Source: Zwanenburg et al. 2020 (the Image Biomarker Standardisation Initiative) in the form of pyradiomics. Parity: pyradiomics'
/// recorded baselines, 1e-9 relative. Variance and its like divide by n; kurtosis is not in excess (3 for a normal distribution).
/// </remarks>
public sealed record FirstOrder
{
    private const double Tiny = 2.2e-16;    // what pyradiomics adds before it takes the logarithm

    /// <summary>Σ (x + shift)².</summary>
    public required double Energy { get; init; }

    /// <summary>Energy times the volume of a voxel.</summary>
    public required double TotalEnergy { get; init; }

    /// <summary>−Σ p·log2 p over the bins of the histogram, in bits.</summary>
    public required double Entropy { get; init; }

    /// <summary>Σ p² over the bins of the histogram.</summary>
    public required double Uniformity { get; init; }

    /// <summary>The lowest value.</summary>
    public required double Minimum { get; init; }

    /// <summary>The 10th percentile, linear between values.</summary>
    public required double Percentile10 { get; init; }

    /// <summary>The middle value.</summary>
    public required double Median { get; init; }

    /// <summary>The 90th percentile.</summary>
    public required double Percentile90 { get; init; }

    /// <summary>The highest value.</summary>
    public required double Maximum { get; init; }

    /// <summary>The mean.</summary>
    public required double Mean { get; init; }

    /// <summary>75th minus 25th percentile.</summary>
    public required double InterquartileRange { get; init; }

    /// <summary>Highest minus lowest value.</summary>
    public required double Range { get; init; }

    /// <summary>The mean distance to the mean.</summary>
    public required double MeanAbsoluteDeviation { get; init; }

    /// <summary>The same for the values from the 10th to the 90th percentile alone.</summary>
    public required double RobustMeanAbsoluteDeviation { get; init; }

    /// <summary>√ of the mean of (x + shift)².</summary>
    public required double RootMeanSquared { get; init; }

    /// <summary>√ of the variance.</summary>
    public required double StandardDeviation { get; init; }

    /// <summary>The lean of the distribution; 0 for constant values.</summary>
    public required double Skewness { get; init; }

    /// <summary>The weight of the tails; 0 for constant values.</summary>
    public required double Kurtosis { get; init; }

    /// <summary>The mean squared distance to the mean.</summary>
    public required double Variance { get; init; }

    /// <summary>The statistics of some values.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="voxelVolume">mm³ of one voxel.</param>
    /// <param name="binWidth">Width of the histogram's bins, which begin at whole multiples of it.</param>
    /// <param name="shift">Added before squares are taken, so that negative values do not weigh like positive ones.</param>
    public static FirstOrder Of(ReadOnlySpan<double> values, double voxelVolume, double binWidth = 25, double shift = 0)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Length);
        var x = values.ToArray();
        Array.Sort(x);
        double n = x.Length;
        var mean = x.Sum() / n;
        double Moment(int power) => x.Sum(v => Math.Pow(v - mean, power)) / n;
        var (m2, m3, m4) = (Moment(2), Moment(3), Moment(4));
        var energy = x.Sum(v => (v + shift) * (v + shift));
        var (low, high) = (Percentile(x, 10), Percentile(x, 90));
        var robust = x.Where(v => v >= low && v <= high).ToList();
        var robustMean = robust.Count == 0 ? 0 : robust.Average();
        var start = Math.Floor(x[0] / binWidth) * binWidth;
        var shares = x.GroupBy(v => Math.Floor((v - start) / binWidth)).Select(g => g.Count() / n).ToList();
        return new FirstOrder
        {
            Energy = energy,
            TotalEnergy = energy * voxelVolume,
            Entropy = -shares.Sum(p => p * Math.Log2(p + Tiny)),
            Uniformity = shares.Sum(p => p * p),
            Minimum = x[0],
            Percentile10 = low,
            Median = Percentile(x, 50),
            Percentile90 = high,
            Maximum = x[^1],
            Mean = mean,
            InterquartileRange = Percentile(x, 75) - Percentile(x, 25),
            Range = x[^1] - x[0],
            MeanAbsoluteDeviation = x.Sum(v => Math.Abs(v - mean)) / n,
            RobustMeanAbsoluteDeviation = robust.Count == 0 ? 0 : robust.Average(v => Math.Abs(v - robustMean)),
            RootMeanSquared = Math.Sqrt(energy / n),
            StandardDeviation = Math.Sqrt(m2),
            Skewness = m2 == 0 ? 0 : m3 / Math.Pow(m2, 1.5),
            Kurtosis = m2 == 0 ? 0 : m4 / (m2 * m2),
            Variance = m2,
        };
    }

    // NumPy's linear rule on sorted values.
    private static double Percentile(double[] sorted, double percent)
    {
        var at = (sorted.Length - 1) * percent / 100;
        var below = (int)Math.Floor(at);
        return below + 1 >= sorted.Length ? sorted[^1] : sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below]));
    }
}

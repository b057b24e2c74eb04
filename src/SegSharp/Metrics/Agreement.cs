namespace SegSharp.Metrics;

/// <summary>Matthews correlation coefficient, in [−1, 1]; 0 is chance. Undefined where a margin is empty.</summary>
/// <remarks>Source: Matthews 1975. Parity: scikit-learn 1.2.1 matthews_corrcoef, to 1e-12. Differs: scikit-learn says 0 where it is undefined.</remarks>
public sealed class Matthews(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "mcc";

    /// <inheritdoc/>
    public override string Name => "MCC";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) => ConfusionMatrix.Of(counts).Matthews;
}

/// <summary>Cohen's kappa, at most 1; 0 is chance. Undefined where chance alone agrees everywhere.</summary>
/// <remarks>Source: Cohen 1960. Parity: scikit-learn 1.2.1 cohen_kappa_score, to 1e-12.</remarks>
public sealed class Kappa(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "kappa";

    /// <inheritdoc/>
    public override string Name => "Kappa";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) => ConfusionMatrix.Of(counts).Kappa;
}

/// <summary>How often each true class was called what: rows are the truth, columns the prediction.</summary>
/// <param name="Counts">[truth][prediction], square.</param>
public sealed record ConfusionMatrix(IReadOnlyList<IReadOnlyList<long>> Counts)
{
    /// <summary>Matthews correlation of all classes (Gorodkin 2004), in [−1, 1]; null where it is undefined.</summary>
    public double? Matthews
    {
        get
        {
            var (all, right) = ((double)All, (double)Right);
            var crossed = Enumerable.Range(0, Counts.Count).Sum(k => (double)Row(k) * Column(k));
            var rows = (all * all) - Enumerable.Range(0, Counts.Count).Sum(k => (double)Row(k) * Row(k));
            var columns = (all * all) - Enumerable.Range(0, Counts.Count).Sum(k => (double)Column(k) * Column(k));
            return rows == 0 || columns == 0 ? null : ((right * all) - crossed) / Math.Sqrt(rows * columns);
        }
    }

    /// <summary>Cohen's kappa; null where it is undefined.</summary>
    public double? Kappa
    {
        get
        {
            var all = (double)All;
            var chance = Enumerable.Range(0, Counts.Count).Sum(k => Row(k) / all * (Column(k) / all));
            return all == 0 || chance == 1 ? null : ((Right / all) - chance) / (1 - chance);
        }
    }

    /// <summary>Mean recall of the classes that occur; null where none does.</summary>
    public double? BalancedAccuracy
    {
        get
        {
            var there = Enumerable.Range(0, Counts.Count).Where(k => Row(k) > 0).ToList();
            return there.Count == 0 ? null : there.Average(k => (double)Counts[k][k] / Row(k));
        }
    }

    private long All => Counts.Sum(r => r.Sum());

    private long Right => Counts.Select((r, k) => r[k]).Sum();

    /// <summary>The matrix of one region and the rest.</summary>
    public static ConfusionMatrix Of(ConfusionCounts c) => new([[c.TrueNegatives, c.FalsePositives], [c.FalseNegatives, c.TruePositives]]);

    private long Row(int k) => Counts[k].Sum();

    private long Column(int k) => Counts.Sum(r => r[k]);
}

namespace SegSharp.Metrics;

/// <summary>Scores and what is true, counted: how many positives and negatives have each score. Both curves start from here.</summary>
/// <param name="Thresholds">Every score that occurs, falling.</param>
/// <param name="TruePositives">Positives with at least this score.</param>
/// <param name="FalsePositives">Negatives with at least this score.</param>
public sealed record RankedScores(IReadOnlyList<double> Thresholds, IReadOnlyList<long> TruePositives, IReadOnlyList<long> FalsePositives)
{
    /// <summary>Positives there are.</summary>
    public long Positives => TruePositives.Count == 0 ? 0 : TruePositives[^1];

    /// <summary>Negatives there are.</summary>
    public long Negatives => FalsePositives.Count == 0 ? 0 : FalsePositives[^1];

    /// <summary>Ranks scores; equal ones stand together.</summary>
    /// <param name="scores">Any finite numbers; more = more likely positive.</param>
    /// <param name="truth">As many.</param>
    public static RankedScores Of(ReadOnlySpan<double> scores, ReadOnlySpan<bool> truth)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(truth.Length, scores.Length);
        var (keys, positive) = (scores.ToArray(), truth.ToArray());
        Array.Sort(keys, positive);
        var (thresholds, tp, fp) = (new List<double>(), new List<long>(), new List<long>());
        var (positives, negatives) = (0L, 0L);
        for (var i = keys.Length - 1; i >= 0; i--)
        {
            (positives, negatives) = positive[i] ? (positives + 1, negatives) : (positives, negatives + 1);
            if (i == 0 || keys[i - 1] != keys[i])
            {
                thresholds.Add(keys[i]);
                tp.Add(positives);
                fp.Add(negatives);
            }
        }

        return new RankedScores(thresholds, tp, fp);
    }
}

/// <summary>Counts probabilities of very many voxels in steps of 1/65535, in constant memory.</summary>
public sealed class ProbabilityHistogram
{
    private const int Steps = ushort.MaxValue;
    private readonly long[] _positives = new long[Steps + 1];
    private readonly long[] _negatives = new long[Steps + 1];

    /// <summary>Counts one voxel.</summary>
    /// <param name="probability">Clamped to [0, 1].</param>
    /// <param name="truth">Whether it belongs to the region.</param>
    public void Add(float probability, bool truth) =>
        (truth ? _positives : _negatives)[(int)((Math.Clamp(probability, 0, 1) * Steps) + 0.5f)]++;

    /// <summary>Adds the counts of another one.</summary>
    public void Add(ProbabilityHistogram other)
    {
        for (var i = 0; i <= Steps; i++)
        {
            _positives[i] += other._positives[i];
            _negatives[i] += other._negatives[i];
        }
    }

    /// <summary>The probabilities that occur, rising, with the voxels that have each.</summary>
    public IEnumerable<(double Probability, long Positives, long Negatives)> Counts() =>
        Enumerable.Range(0, Steps + 1).Where(i => _positives[i] + _negatives[i] > 0).Select(i => ((double)i / Steps, _positives[i], _negatives[i]));

    /// <summary>The counts as ranked scores.</summary>
    public RankedScores Ranked()
    {
        var (thresholds, tp, fp) = (new List<double>(), new List<long>(), new List<long>());
        var (positives, negatives) = (0L, 0L);
        for (var i = Steps; i >= 0; i--)
        {
            if (_positives[i] + _negatives[i] > 0)
            {
                positives += _positives[i];
                negatives += _negatives[i];
                thresholds.Add((double)i / Steps);
                tp.Add(positives);
                fp.Add(negatives);
            }
        }

        return new RankedScores(thresholds, tp, fp);
    }
}

/// <summary>Receiver operating characteristic: recall over the share of false alarms, for every threshold.</summary>
/// <remarks>Source: Fawcett 2006. Parity: scikit-learn 1.2.1 roc_curve, auc, roc_auc_score, to 1e-12.</remarks>
public sealed class RocCurve
{
    private RocCurve(double[] fpr, double[] tpr, double[] thresholds) => (FalsePositiveRate, TruePositiveRate, Thresholds) = (fpr, tpr, thresholds);

    /// <summary>1 − specificity, rising from 0 to 1.</summary>
    public IReadOnlyList<double> FalsePositiveRate { get; }

    /// <summary>Recall, rising from 0 to 1.</summary>
    public IReadOnlyList<double> TruePositiveRate { get; }

    /// <summary>The score from which on a voxel is called positive; the first is the largest score + 1, where nothing is.</summary>
    public IReadOnlyList<double> Thresholds { get; }

    /// <summary>Area under the curve: how probably a positive scores above a negative (ties half); in [0, 1].</summary>
    public double Area => Trapezoids(FalsePositiveRate, TruePositiveRate);

    /// <summary>The curve; null where there are only positives or only negatives.</summary>
    /// <param name="ranked">Scores and truth.</param>
    /// <param name="all">Whether points in the middle of straight pieces are kept.</param>
    public static RocCurve? Of(RankedScores ranked, bool all = false)
    {
        var (tp, fp) = (ranked.TruePositives, ranked.FalsePositives);
        if (ranked.Positives == 0 || ranked.Negatives == 0)
        {
            return null;
        }

        // A point is needed where the curve bends.
        int[] kept = [.. Enumerable.Range(0, tp.Count).Where(i => all || i == 0 || i == tp.Count - 1
            || tp[i + 1] - (2 * tp[i]) + tp[i - 1] != 0 || fp[i + 1] - (2 * fp[i]) + fp[i - 1] != 0)];
        return new RocCurve(
            [0, .. kept.Select(i => (double)fp[i] / ranked.Negatives)],
            [0, .. kept.Select(i => (double)tp[i] / ranked.Positives)],
            [ranked.Thresholds[0] + 1, .. kept.Select(i => ranked.Thresholds[i])]);
    }

    /// <summary>Area up to a share of false alarms, put on the scale of 0.5 (chance) to 1 (perfect).</summary>
    /// <param name="most">In (0, 1].</param>
    /// <remarks>Source: McClish 1989.</remarks>
    public double PartialArea(double most)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, 1);
        if (most == 1)
        {
            return Area;
        }

        var (x, y) = (FalsePositiveRate, TruePositiveRate);
        var stop = Enumerable.Range(0, x.Count).First(i => x[i] > most);
        var cut = y[stop - 1] + ((most - x[stop - 1]) / (x[stop] - x[stop - 1]) * (y[stop] - y[stop - 1]));
        var area = Trapezoids([.. x.Take(stop), most], [.. y.Take(stop), cut]);
        var least = most * most / 2;
        return 0.5 * (1 + ((area - least) / (most - least)));
    }

    internal static double Trapezoids(IReadOnlyList<double> x, IReadOnlyList<double> y) =>
        Enumerable.Range(1, x.Count - 1).Sum(i => (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2);
}

/// <summary>Precision over recall, for every threshold: unlike ROC, not flattered by the many voxels of background.</summary>
/// <remarks>Source: Davis and Goadrich 2006. Parity: scikit-learn 1.2.1 precision_recall_curve, average_precision_score, to 1e-12.</remarks>
public sealed class PrecisionRecallCurve
{
    private PrecisionRecallCurve(double[] precision, double[] recall, double[] thresholds) => (Precision, Recall, Thresholds) = (precision, recall, thresholds);

    /// <summary>By rising threshold; the last, 1, has no threshold.</summary>
    public IReadOnlyList<double> Precision { get; }

    /// <summary>By rising threshold, falling from 1 to 0.</summary>
    public IReadOnlyList<double> Recall { get; }

    /// <summary>One fewer than points.</summary>
    public IReadOnlyList<double> Thresholds { get; }

    /// <summary>Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ, without the optimism of straight lines between points.</summary>
    public double AveragePrecision => Enumerable.Range(0, Recall.Count - 1).Sum(i => (Recall[i] - Recall[i + 1]) * Precision[i]);

    /// <summary>Area under straight lines between the points.</summary>
    public double Area => -RocCurve.Trapezoids(Recall, Precision);

    /// <summary>The curve; null where there is no positive.</summary>
    public static PrecisionRecallCurve? Of(RankedScores ranked)
    {
        if (ranked.Positives == 0)
        {
            return null;
        }

        var rising = Enumerable.Range(0, ranked.Thresholds.Count).Reverse().ToArray();
        return new PrecisionRecallCurve(
            [.. rising.Select(i => (double)ranked.TruePositives[i] / (ranked.TruePositives[i] + ranked.FalsePositives[i])), 1],
            [.. rising.Select(i => (double)ranked.TruePositives[i] / ranked.Positives), 0],
            [.. rising.Select(i => ranked.Thresholds[i])]);
    }
}

/// <summary>Area under the ROC curve with more than two classes.</summary>
/// <remarks>Parity: scikit-learn 1.2.1 roc_auc_score, to 1e-12.</remarks>
public static class MultiClassRoc
{
    /// <summary>Each class against all others, averaged over the classes.</summary>
    /// <param name="scores">[item][class].</param>
    /// <param name="truth">The class of each item.</param>
    /// <returns>Null where a class has no item, or all.</returns>
    public static double? OneAgainstRest(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<int> truth) =>
        Mean(Enumerable.Range(0, scores[0].Count).Select(k => Area(scores, truth, k, _ => true)));

    /// <summary>Each class against each other, averaged over the pairs; does not depend on how frequent classes are.</summary>
    /// <remarks>Source: Hand and Till 2001.</remarks>
    /// <inheritdoc cref="OneAgainstRest"/>
    public static double? OneAgainstOne(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<int> truth)
    {
        var classes = scores[0].Count;
        return Mean(
            from a in Enumerable.Range(0, classes)
            from b in Enumerable.Range(a + 1, classes - a - 1)
            from k in (int[])[a, b]
            select Area(scores, truth, k, y => y == a || y == b));
    }

    private static double? Area(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<int> truth, int k, Func<int, bool> taken)
    {
        int[] items = [.. Enumerable.Range(0, truth.Count).Where(i => taken(truth[i]))];
        return RocCurve.Of(RankedScores.Of([.. items.Select(i => scores[i][k])], [.. items.Select(i => truth[i] == k)]))?.Area;
    }

    private static double? Mean(IEnumerable<double?> areas)
    {
        var all = areas.ToList();
        return all.Contains(null) ? null : all.Average();
    }
}

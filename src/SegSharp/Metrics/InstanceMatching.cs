using SegSharp.Foundation;

namespace SegSharp.Metrics;

/// <summary>By which share two objects are held to be the same.</summary>
public enum MatchCriterion
{
    /// <summary>Intersection over union.</summary>
    Iou,

    /// <summary>Intersection over the true object.</summary>
    Iot,

    /// <summary>Intersection over the predicted object.</summary>
    Iop,
}

/// <summary>When a predicted object counts as found.</summary>
public sealed record MatchingOptions
{
    /// <summary>The share from which a pair counts.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Which share.</summary>
    public MatchCriterion Criterion { get; init; } = MatchCriterion.Iou;

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (!(Threshold is > 0 and <= 1))
        {
            yield return Fault.At("matching.threshold", $"is {Threshold}; it must be more than 0 and at most 1");
        }
    }
}

/// <summary>A true and a predicted object that belong together.</summary>
/// <param name="Truth">Number of the true object.</param>
/// <param name="Prediction">Number of the predicted object.</param>
/// <param name="Score">Their share by the criterion.</param>
public sealed record MatchedPair(int Truth, int Prediction, double Score);

/// <summary>Which objects were found, missed and invented; of one image, or added up over several.</summary>
/// <remarks>
/// The pairing is the best possible one (as many pairs above the threshold as can be, then the highest shares).
/// Parity: stardist's <c>matching</c> and <c>matching_dataset</c>, MONAI's <c>compute_panoptic_quality</c>, panoptica, cellpose's
/// <c>average_precision</c>, within 1e-6 (1e-4 MONAI).
/// </remarks>
/// <param name="Found">True objects with a partner.</param>
/// <param name="Spurious">Predicted objects without one.</param>
/// <param name="Missed">True objects without one.</param>
/// <param name="ScoreSum">The shares of all pairs that count.</param>
public sealed record InstanceMatching(int Found, int Spurious, int Missed, double ScoreSum)
{
    /// <summary>The pairs that count; empty for a sum over images.</summary>
    public IReadOnlyList<MatchedPair> Pairs { get; init; } = [];

    /// <summary>True objects.</summary>
    public int Truths => Found + Missed;

    /// <summary>Predicted objects.</summary>
    public int Predictions => Found + Spurious;

    /// <summary>Found over predicted; 0 when nothing was found, null when there is no object at all.</summary>
    public double? Precision => Share(Found, Predictions);

    /// <summary>Found over true objects; 0 when nothing was found, null when there is no object at all.</summary>
    public double? Recall => Share(Found, Truths);

    /// <summary>2 TP / (2 TP + FP + FN), which panoptic quality calls recognition quality; null when there is no object at all.</summary>
    public double? F1 => Share(2 * Found, Truths + Predictions);

    /// <summary>TP / (TP + FP + FN), which cell segmentation calls average precision; null when there is no object at all.</summary>
    public double? AveragePrecision => Share(Found, Found + Spurious + Missed);

    /// <summary>The mean share of the pairs that count (segmentation quality); 0 when there is none, null when there is no object at all.</summary>
    public double? MeanMatched => Ratio(ScoreSum, Found);

    /// <summary>The shares of the pairs that count, averaged over all true objects; null when there is no object at all.</summary>
    public double? MeanTrue => Ratio(ScoreSum, Truths);

    /// <summary>Panoptic quality: ΣIoU / (TP + FP/2 + FN/2); null when there is no object at all.</summary>
    /// <remarks>Source: Kirillov et al. 2019, "Panoptic Segmentation".</remarks>
    public double? PanopticQuality => Ratio(ScoreSum, (Truths + Predictions) / 2.0);

    private bool IsEmpty => Truths + Predictions == 0;

    /// <summary>Sums over images.</summary>
    public static InstanceMatching operator +(InstanceMatching a, InstanceMatching b) =>
        new(a.Found + b.Found, a.Spurious + b.Spurious, a.Missed + b.Missed, a.ScoreSum + b.ScoreSum);

    /// <summary>Pairs the objects of one image.</summary>
    /// <param name="overlap">The table of objects.</param>
    /// <param name="options">Criterion and threshold; checked.</param>
    public static InstanceMatching Of(InstanceOverlap overlap, MatchingOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        var (truths, predictions) = (overlap.Truths, overlap.Predictions);
        var scores = new double[truths.Count, predictions.Count];
        var costs = new double[truths.Count, predictions.Count];
        var most = Math.Max(1, Math.Min(truths.Count, predictions.Count));
        for (var t = 0; t < truths.Count; t++)
        {
            for (var p = 0; p < predictions.Count; p++)
            {
                var score = Score(overlap, truths[t], predictions[p], options.Criterion);
                scores[t, p] = score;

                // All shares together weigh less than one pair more above the threshold.
                costs[t, p] = -(score >= options.Threshold ? 1 : 0) - (score / (2 * most));
            }
        }

        var columns = Assignment.Least(costs);
        var pairs = Enumerable.Range(0, truths.Count)
            .Where(t => columns[t] >= 0 && scores[t, columns[t]] >= options.Threshold)
            .Select(t => new MatchedPair(truths[t], predictions[columns[t]], scores[t, columns[t]]))
            .ToList();
        return new InstanceMatching(pairs.Count, predictions.Count - pairs.Count, truths.Count - pairs.Count, pairs.Sum(p => p.Score)) { Pairs = pairs };
    }

    /// <summary>COCO's panoptic matching: pairs above one half, where predicted voxels on true background are left out of the union, and predictions that lie on it by more than half are not counted as spurious.</summary>
    /// <remarks>Parity: cocodataset/panopticapi <c>pq_compute</c> for one class of things with background as "void".</remarks>
    public static InstanceMatching OfCoco(InstanceOverlap overlap)
    {
        var pairs = new List<MatchedPair>();
        foreach (var ((truth, prediction), shared) in overlap.Shared)
        {
            if (truth != 0 && prediction != 0)
            {
                var union = overlap.TruthSizes[truth] + overlap.PredictionSizes[prediction] - shared - overlap.Both(0, prediction);
                if ((double)shared / union > 0.5)
                {
                    pairs.Add(new MatchedPair(truth, prediction, (double)shared / union));
                }
            }
        }

        var spurious = overlap.Predictions.Except(pairs.Select(p => p.Prediction))
            .Count(p => 2 * overlap.Both(0, p) <= overlap.PredictionSizes[p]);
        return new InstanceMatching(pairs.Count, spurious, overlap.Truths.Count - pairs.Count, pairs.Sum(p => p.Score)) { Pairs = pairs };
    }

    /// <summary>The share of two objects by a criterion.</summary>
    public static double Score(InstanceOverlap overlap, int truth, int prediction, MatchCriterion criterion)
    {
        var shared = overlap.Both(truth, prediction);
        var whole = criterion switch
        {
            MatchCriterion.Iot => overlap.TruthSizes[truth],
            MatchCriterion.Iop => overlap.PredictionSizes[prediction],
            _ => overlap.TruthSizes[truth] + overlap.PredictionSizes[prediction] - shared,
        };
        return (double)shared / whole;
    }

    /// <summary>Aggregated Jaccard index: voxels shared by the best pairs over all voxels of objects; null when there is no object at all.</summary>
    /// <remarks>Source: Kumar et al. 2017, in the form of cellpose (pairs by assignment, one partner each). Parity: cellpose <c>aggregated_jaccard_index</c>, 1e-6.</remarks>
    public static double? AggregatedJaccard(InstanceOverlap overlap)
    {
        if (overlap.Union == 0)
        {
            return null;
        }

        var (truths, predictions) = (overlap.Truths, overlap.Predictions);
        var costs = new double[truths.Count, predictions.Count];
        var most = Math.Max(1, Math.Min(truths.Count, predictions.Count));
        for (var t = 0; t < truths.Count; t++)
        {
            for (var p = 0; p < predictions.Count; p++)
            {
                var score = Score(overlap, truths[t], predictions[p], MatchCriterion.Iou);
                costs[t, p] = -(score >= 0.5 ? 1 : 0) - (score / (2 * most));
            }
        }

        var columns = Assignment.Least(costs);
        return (double)Enumerable.Range(0, truths.Count).Where(t => columns[t] >= 0).Sum(t => overlap.Both(truths[t], predictions[columns[t]])) / overlap.Union;
    }

    private double? Share(int part, int whole) => Ratio(part, whole);

    private double? Ratio(double part, double whole) => IsEmpty ? null : Found == 0 ? 0 : part / whole;
}

using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>How well a border cuts an image into the true cells; 1 is perfect, 0 nothing in common.</summary>
/// <param name="Rand">V_rand: of the pairs of pixels that are together on either side, the share that is together on both.</param>
/// <param name="Information">V_info: what the two partitions tell about one another, as a share of what they hold.</param>
public sealed record PartitionScore(double Rand, double Information)
{
    /// <summary>The sentence that belongs under a table of these scores.</summary>
    public const string Explanation =
        "vrand and vinfo score the cells between the borders, as the ISBI 2012 challenge does: predicted borders are thinned to one pixel, only pixels inside true cells count, 1 is perfect";
}

/// <summary>Scores borders by the cells that they leave: the measures by which the ISBI 2012 challenge ranks.</summary>
/// <remarks>
/// Source: Arganda-Carreras et al. 2015, "Crowdsourcing the creation of image segmentation algorithms for connectomics": equations
/// of V_rand and V_info with α = ½, restricted to the foreground, after thinning of the borders. Cells are the 4-connected parts
/// of a page that the border leaves. A pixel of the thinned border counts as a cell of its own, as in the later SNEMI3D challenge.
/// </remarks>
public static class CellPartition
{
    /// <summary>Scores one prediction; null when no pixel lies inside a true cell.</summary>
    /// <param name="predicted">Where the prediction has a border.</param>
    /// <param name="truth">Where the border is in truth.</param>
    /// <param name="extent">The grid; every page is cut by itself, and all are counted together.</param>
    /// <param name="counted">Whether a pixel counts; null = all.</param>
    /// <param name="thin">Whether the predicted border is thinned first.</param>
    public static PartitionScore? Of(
        ReadOnlySpan<bool> predicted, ReadOnlySpan<bool> truth, Extent extent, Func<int, bool>? counted = null, bool thin = true)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(predicted.Length, truth.Length);
        var border = thin ? Skeleton.Of(predicted, extent) : predicted.ToArray();
        var (shared, page, before) = (new Dictionary<(int Truth, int Prediction), long>(), (int)extent.PageCount, (Truth: 0, Prediction: 0));
        for (var z = 0; z < extent.Depth; z++)
        {
            var trueCells = Cells(truth.Slice(z * page, page), extent, out var trueCount);
            var cells = Cells(border.AsSpan(z * page, page), extent, out var count);
            for (var i = 0; i < page; i++)
            {
                if (trueCells[i] != 0 && (counted is null || counted((z * page) + i)))
                {
                    var pair = (before.Truth + trueCells[i], cells[i] == 0 ? 0 : before.Prediction + cells[i]);
                    shared[pair] = shared.GetValueOrDefault(pair) + 1;
                }
            }

            before = (before.Truth + trueCount, before.Prediction + count);
        }

        return shared.Count == 0 ? null : Score(shared);
    }

    private static int[] Cells(ReadOnlySpan<bool> border, Extent extent, out int count)
    {
        var inside = new bool[border.Length];
        for (var i = 0; i < inside.Length; i++)
        {
            inside[i] = !border[i];
        }

        return Components.Label(inside, extent with { Depth = 1 }, Connectivity.Faces, out count);
    }

    // Prediction 0 is the border: each of its pixels is a cell of one pixel.
    private static PartitionScore Score(Dictionary<(int Truth, int Prediction), long> shared)
    {
        double all = shared.Values.Sum();
        var single = shared.Where(p => p.Key.Prediction == 0).Sum(p => p.Value);
        var both = shared.Where(p => p.Key.Prediction != 0).Select(p => p.Value).ToList();
        var truth = shared.GroupBy(p => p.Key.Truth).Select(g => g.Sum(p => p.Value)).ToList();
        var prediction = shared.Where(p => p.Key.Prediction != 0).GroupBy(p => p.Key.Prediction).Select(g => g.Sum(p => p.Value)).ToList();

        double Squares(List<long> sizes) => sizes.Sum(n => (double)n * n);
        var rand = (Squares(both) + single) / (0.5 * (Squares(truth) + Squares(prediction) + single));

        double Entropy(List<long> sizes) => -sizes.Sum(n => n / all * Math.Log2(n / all));
        var ofSingle = single / all * Math.Log2(all);
        var (trueEntropy, entropy) = (Entropy(truth), Entropy(prediction) + ofSingle);
        var mutual = trueEntropy + entropy - (Entropy(both) + ofSingle);

        // One cell on both sides: nothing to tell, and nothing wrong.
        return new PartitionScore(rand, trueEntropy + entropy <= 0 ? 1 : Math.Clamp(2 * mutual / (trueEntropy + entropy), 0, 1));
    }
}

/// <summary>The scores of probability maps of a border at several thresholds, averaged over images: the challenge ranks by the best of them.</summary>
public sealed class PartitionCurve
{
    private readonly List<PartitionScore>[] _scores = [.. Thresholds.Select(_ => new List<PartitionScore>())];

    /// <summary>The thresholds above which a pixel belongs to the border: 0.1, 0.2 … 0.9.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = [.. Enumerable.Range(1, 9).Select(i => i / 10.0)];

    /// <summary>Images that were added and have a true cell.</summary>
    public int Count => _scores[0].Count;

    /// <summary>The mean V_rand at every threshold.</summary>
    public IReadOnlyList<double> Rand => [.. _scores.Select(s => s.Average(x => x.Rand))];

    /// <summary>The mean V_info at every threshold.</summary>
    public IReadOnlyList<double> Information => [.. _scores.Select(s => s.Average(x => x.Information))];

    /// <summary>Scores one image at every threshold.</summary>
    /// <param name="probabilities">Probability of the border, x fastest.</param>
    /// <param name="truth">Where the border is in truth.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="counted">Whether a pixel counts; null = all.</param>
    public void Add(ReadOnlySpan<float> probabilities, ReadOnlySpan<bool> truth, Extent extent, Func<int, bool>? counted = null)
    {
        var border = new bool[probabilities.Length];
        for (var t = 0; t < Thresholds.Count; t++)
        {
            for (var i = 0; i < border.Length; i++)
            {
                border[i] = probabilities[i] > Thresholds[t];
            }

            if (CellPartition.Of(border, truth, extent, counted) is { } score)
            {
                _scores[t].Add(score);
            }
        }
    }
}

/// <summary>A metric of the cells that a border leaves; the region is the border.</summary>
/// <param name="o">The rule for regions without a border on both sides.</param>
/// <param name="key">Its name in the catalogue.</param>
/// <param name="name">Its name in tables.</param>
/// <param name="of">Which of the two scores.</param>
public abstract class PartitionMetric(MetricOptions o, string key, string name, Func<PartitionScore, double> of) : Metric
{
    /// <inheritdoc/>
    public sealed override string Key => key;

    /// <inheritdoc/>
    public sealed override string Name => name;

    /// <inheritdoc/>
    public sealed override double? Of(Comparison comparison, Region region)
    {
        var counts = comparison.Counts(region);
        if (counts.Predicted == 0 && counts.Truth == 0)
        {
            return o.Empty switch { EmptyRule.One => 1, EmptyRule.Zero => 0, _ => null };
        }

        return comparison.Partition(region) is { } score ? of(score) : null;
    }

    /// <inheritdoc/>
    public sealed override double? Of(ConfusionCounts counts) => null;
}

/// <summary>V_rand of the cells between borders, thinned; see <see cref="CellPartition"/>.</summary>
/// <param name="o">The rule for empty regions.</param>
public sealed class RandScore(MetricOptions o) : PartitionMetric(o, "vrand", "V_rand", s => s.Rand);

/// <summary>V_info of the cells between borders, thinned; see <see cref="CellPartition"/>.</summary>
/// <param name="o">The rule for empty regions.</param>
public sealed class InformationScore(MetricOptions o) : PartitionMetric(o, "vinfo", "V_info", s => s.Information);

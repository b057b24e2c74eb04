using SegSharp.Imaging;
using SegSharp.Metrics;

namespace SegSharp.Postprocessing;

/// <summary>What was found to help on predictions whose truth is known.</summary>
/// <param name="Steps">The steps to apply, in this order; empty when none helps.</param>
/// <param name="Before">The mean Dice of every region before.</param>
/// <param name="After">The mean Dice of every region with the steps.</param>
public sealed record Determined(IReadOnlyList<KeepLargestOptions> Steps, IReadOnlyList<double?> Before, IReadOnlyList<double?> After);

/// <summary>Finds out whether keeping the largest part helps, by trying it on cases whose truth is known.</summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net). First the whole foreground: taken when the mean Dice rises and no region falls. Then, when there are
/// several regions, each in turn: taken when its own Dice rises. Every trial starts from what was taken before. Parity: nnU-Net 2.8.1
/// <c>determine_postprocessing</c>, exact.
/// </remarks>
public static class Determination
{
    /// <summary>The steps that help.</summary>
    /// <param name="cases">Predictions, best those of cross-validation, and their truths.</param>
    /// <param name="regions">The regions that are scored and tried, without the background.</param>
    /// <param name="ignore">Voxels whose truth has this label are not scored.</param>
    public static Determined Of(IReadOnlyList<(LabelMap Prediction, LabelMap Truth)> cases, IReadOnlyList<Region> regions, ushort? ignore = null)
    {
        var current = cases.Select(c => c.Prediction).ToList();
        var before = Score(current, cases, regions, ignore);
        var scores = before;
        var steps = new List<KeepLargestOptions>();

        bool Try(IReadOnlyList<ushort> labels, Func<IReadOnlyList<double?>, bool> helps)
        {
            var options = new KeepLargestOptions { Labels = labels };
            var step = new KeepLargest(options);
            var changed = current.ConvertAll(step.Apply);
            var found = Score(changed, cases, regions, ignore);
            if (!helps(found))
            {
                return false;
            }

            (current, scores) = (changed, found);
            steps.Add(options);
            return true;
        }

        _ = Try([.. regions.SelectMany(r => r.Labels).Distinct().Order()], found =>
            found.Average() > scores.Average() && !found.Zip(scores).Any(p => p.First < p.Second));
        for (var r = 0; regions.Count > 1 && r < regions.Count; r++)
        {
            var own = r;
            _ = Try(regions[r].Labels, found => found[own] > scores[own]);
        }

        return new Determined(steps, before, scores);
    }

    private static List<double?> Score(List<LabelMap> predictions, IReadOnlyList<(LabelMap Prediction, LabelMap Truth)> cases, IReadOnlyList<Region> regions, ushort? ignore)
    {
        var comparisons = predictions.Select((p, i) => new Comparison(p, cases[i].Truth, ignore)).ToList();
        return [.. regions.Select(r => comparisons.Average(c => Metric.Dice.Of(c, r)))];
    }
}

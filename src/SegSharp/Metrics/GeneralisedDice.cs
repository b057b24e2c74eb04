namespace SegSharp.Metrics;

/// <summary>One Dice over several regions, each weighing as one over its true volume squared, so that small structures count as much as large ones.</summary>
/// <remarks>
/// Source: Crum et al. 2006; Sudre et al. 2017. A region that the truth lacks gets the largest weight of the others (MONAI's way), so that
/// inventing it costs.
/// </remarks>
public static class GeneralisedDice
{
    /// <summary>In [0, 1]; null where the truth has none of the regions.</summary>
    /// <param name="regions">Counts of one image, one entry a region.</param>
    public static double? Of(IReadOnlyList<ConfusionCounts> regions)
    {
        var there = regions.Where(r => r.Truth > 0).ToList();
        if (there.Count == 0)
        {
            return null;
        }

        static double Weight(ConfusionCounts r) => 1.0 / ((double)r.Truth * r.Truth);
        var largest = there.Max(Weight);
        double Of(ConfusionCounts r) => r.Truth > 0 ? Weight(r) : largest;
        return 2 * regions.Sum(r => Of(r) * r.TruePositives) / regions.Sum(r => Of(r) * (r.Predicted + r.Truth));
    }
}

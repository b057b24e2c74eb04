using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>
/// A metric of objects: the connected parts (corners touch) of a region are held against one another, whatever their numbers.
/// Undefined where neither side has an object. Cannot be pooled from counts of voxels.
/// </summary>
/// <param name="o">The rule for regions without any object on both sides.</param>
public abstract class InstanceMetric(MetricOptions o) : Metric
{
    /// <summary>The rule for regions that are empty on both sides.</summary>
    public EmptyRule Empty { get; } = o.Empty;

    /// <inheritdoc/>
    public sealed override double? Of(Comparison comparison, Region region)
    {
        var overlap = comparison.Parts(region);
        return overlap.Truths.Count + overlap.Predictions.Count > 0 ? Of(overlap) : Empty switch
        {
            EmptyRule.One => HigherIsBetter ? 1 : 0,
            EmptyRule.Zero => HigherIsBetter ? 0 : null,
            _ => null,
        };
    }

    /// <inheritdoc/>
    public sealed override double? Of(ConfusionCounts counts) => null;

    /// <summary>The value of objects held against one another; null = undefined.</summary>
    public abstract double? Of(InstanceOverlap overlap);
}

/// <summary>Panoptic quality: ΣIoU / (TP + FP/2 + FN/2) over the connected parts of the region, a pair counting from an IoU of one half.</summary>
/// <remarks>Source: Kirillov et al. 2019. Parity: see <see cref="InstanceMatching"/>.</remarks>
/// <param name="o">The rule for empty regions.</param>
public sealed class PanopticQuality(MetricOptions o) : InstanceMetric(o)
{
    private static readonly MatchingOptions Halves = new();

    /// <inheritdoc/>
    public override string Key => "pq";

    /// <inheritdoc/>
    public override string Name => "Panoptic quality";

    /// <inheritdoc/>
    public override double? Of(InstanceOverlap overlap) => InstanceMatching.Of(overlap, Halves).PanopticQuality;
}

/// <summary>The adapted Rand error of the ISBI 2012 challenge over the connected parts of the region, voxels outside the true parts left out. 0 is perfect.</summary>
/// <remarks>Parity: see <see cref="Clustering.AdaptedRand"/>.</remarks>
/// <param name="o">The rule for empty regions.</param>
public sealed class AdaptedRand(MetricOptions o) : InstanceMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "arand";

    /// <inheritdoc/>
    public override string Name => "Adapted Rand error";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override double? Of(InstanceOverlap overlap) => Clustering.AdaptedRand(overlap)?.Error;
}

/// <summary>The variation of information between the connected parts of the region in prediction and truth, both sides summed. 0 is perfect.</summary>
/// <remarks>Parity: see <see cref="Clustering.Variation"/>.</remarks>
/// <param name="o">The rule for empty regions.</param>
public sealed class VariationOfInformation(MetricOptions o) : InstanceMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "voi";

    /// <inheritdoc/>
    public override string Name => "Variation of information";

    /// <inheritdoc/>
    public override string Unit => "bits";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override double? Of(InstanceOverlap overlap) => Clustering.Variation(overlap)?.Sum;
}

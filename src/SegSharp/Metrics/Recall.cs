namespace SegSharp.Metrics;

/// <summary>Share of the truth that was found, TP / (TP + FN), also called sensitivity; in [0, 1].</summary>
/// <remarks>Source: Kent et al. 1955. Parity: medpy recall, to 1e-9; on two empty masks medpy says 0, the rule here is explicit.</remarks>
public sealed class Recall(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "recall";

    /// <inheritdoc/>
    public override string Name => "Recall";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        Share(counts.TruePositives, counts.Truth, counts);
}

namespace SegSharp.Metrics;

/// <summary>Share of the prediction that is true, TP / (TP + FP); in [0, 1].</summary>
/// <remarks>Source: Kent et al. 1955. Parity: medpy precision, to 1e-9; on two empty masks medpy says 0, the rule here is explicit.</remarks>
public sealed class Precision(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "precision";

    /// <inheritdoc/>
    public override string Name => "Precision";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        Share(counts.TruePositives, counts.Predicted, counts);
}

namespace SegSharp.Metrics;

/// <summary>Share of what is not in the truth that was left alone, TN / (TN + FP); in [0, 1]. Undefined where the truth fills the image.</summary>
/// <remarks>Source: Yerushalmy 1947. Parity: medpy specificity, to 1e-9. Differs: medpy says 0 where the truth fills the image.</remarks>
public sealed class Specificity(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "specificity";

    /// <inheritdoc/>
    public override string Name => "Specificity";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        counts.TrueNegatives + counts.FalsePositives is var rest and > 0 ? (double)counts.TrueNegatives / rest : null;
}

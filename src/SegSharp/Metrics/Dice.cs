namespace SegSharp.Metrics;

/// <summary>Sørensen–Dice coefficient 2 TP / (2 TP + FP + FN), the same as F1; in [0, 1].</summary>
/// <remarks>Source: Dice 1945; Sørensen 1948. Parity: nnU-Net 2.8.1, MONAI compute_dice and medpy dc, to 1e-6.</remarks>
public sealed class Dice(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "dice";

    /// <inheritdoc/>
    public override string Name => "Dice";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        Share(2 * counts.TruePositives, counts.Predicted + counts.Truth, counts);
}

namespace SegSharp.Metrics;

/// <summary>Share of all voxels that are right, (TP + TN) / all; in [0, 1]. High for rare regions even when nothing was found.</summary>
/// <remarks>Source: the rate of agreement, as in Taha and Hanbury 2015. Parity: counts are exact.</remarks>
public sealed class Accuracy(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "accuracy";

    /// <inheritdoc/>
    public override string Name => "Accuracy";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        counts.Voxels > 0 ? (double)(counts.TruePositives + counts.TrueNegatives) / counts.Voxels : null;
}

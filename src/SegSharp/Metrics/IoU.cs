namespace SegSharp.Metrics;

/// <summary>Intersection over union TP / (TP + FP + FN), also called Jaccard index; in [0, 1].</summary>
/// <remarks>Source: Jaccard 1912. Parity: nnU-Net 2.8.1, MONAI compute_iou and medpy jc, to 1e-6.</remarks>
public sealed class IoU(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "iou";

    /// <inheritdoc/>
    public override string Name => "IoU";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        Share(counts.TruePositives, counts.Voxels - counts.TrueNegatives, counts);
}

namespace SegSharp.Metrics;

/// <summary>Relative volume error |P − T| / T, 0 or more. Undefined where the truth has none of the region. Says nothing about the place.</summary>
/// <remarks>Without its sign, since too much here and too little there would cancel in a mean. Parity: medpy ravd but for the sign, to 1e-9.</remarks>
public sealed class VolumeError(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "volume-error";

    /// <inheritdoc/>
    public override string Name => "Vol. error";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        counts.Truth > 0 ? Math.Abs(counts.Predicted - counts.Truth) / (double)counts.Truth : null;
}

/// <summary>Absolute volume difference |P − T| in millilitres, 0 or more; defined for empty masks too. Cannot be pooled.</summary>
public sealed class VolumeDifference(MetricOptions o) : Metric
{
    /// <summary>The rule for regions that are empty on both sides: they differ by 0 whatever it is.</summary>
    public EmptyRule Empty { get; } = o.Empty;

    /// <inheritdoc/>
    public override string Key => "volume-difference";

    /// <inheritdoc/>
    public override string Name => "Vol. diff.";

    /// <inheritdoc/>
    public override string Unit => "ml";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override double? Of(Comparison comparison, Region region)
    {
        var counts = comparison.Counts(region);
        return Math.Abs(counts.Predicted - counts.Truth) * comparison.Truth.Geometry.VoxelVolume / 1000;
    }

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) => null;
}

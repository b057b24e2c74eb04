namespace SegSharp.Metrics;

/// <summary>F1, the harmonic mean of precision and recall, in [0, 1]: the same number as <see cref="Dice"/> under its other name.</summary>
/// <remarks>Source: van Rijsbergen 1979.</remarks>
public sealed class F1(MetricOptions o) : OverlapMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "f1";

    /// <inheritdoc/>
    public override string Name => "F1";

    /// <inheritdoc/>
    public override double? Of(ConfusionCounts counts) =>
        Share(2 * counts.TruePositives, counts.Predicted + counts.Truth, counts);
}

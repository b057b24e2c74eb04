using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>Cuts intensities off at fixed values.</summary>
public sealed record ThresholdClipOptions : NormaliserOptions
{
    /// <summary>The least value.</summary>
    public double Low { get; init; } = -1000;

    /// <summary>The greatest value.</summary>
    public double High { get; init; } = 1000;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => Rising("low", Low, High);
}

/// <summary>Values outside become the nearer limit.</summary>
public sealed class ThresholdClip(ThresholdClipOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override bool UsesStatistics => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask) => Clip(values, options.Low, options.High);
}

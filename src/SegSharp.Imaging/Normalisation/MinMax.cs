using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>The smallest value becomes <see cref="Low"/>, the largest <see cref="High"/>.</summary>
public sealed record MinMaxOptions : NormaliserOptions
{
    /// <summary>What the smallest value becomes.</summary>
    public double Low { get; init; }

    /// <summary>What the largest value becomes.</summary>
    public double High { get; init; } = 1;

    /// <summary>Added to the width of the range, so that a constant image becomes <see cref="Low"/>.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => Rising("low", Low, High);
}

/// <summary>(x − min) / (max − min + ε), stretched to [low, high].</summary>
/// <remarks>Source: nnU-Net's RescaleTo01Normalization for [0, 1]. Parity: 1e-5.</remarks>
public sealed class MinMax(MinMaxOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        var width = statistics.Maximum - statistics.Minimum + options.Epsilon;
        var factor = (options.High - options.Low) / width;
        Shift(values, statistics.Minimum - (options.Low / factor), 1 / factor);
    }
}

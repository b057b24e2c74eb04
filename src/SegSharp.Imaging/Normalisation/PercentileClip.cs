using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>Cuts off what is darker or brighter than nearly all voxels.</summary>
public sealed record PercentileClipOptions : NormaliserOptions
{
    /// <summary>The lower percentage, 0 … 100.</summary>
    public double Low { get; init; } = 1;

    /// <summary>The upper percentage, 0 … 100.</summary>
    public double High { get; init; } = 99;

    /// <summary>Stretches what is left to 0 … 1.</summary>
    public bool Rescale { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => Rising("low", Low, High, 0, 100);
}

/// <summary>Values below one percentile or above another become it.</summary>
/// <remarks>Source: scikit-image's <c>rescale_intensity</c> where it rescales. Parity: 1e-5.</remarks>
public sealed class PercentileClip(PercentileClipOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Percentages => [options.Low, options.High];

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        var (low, high) = (statistics.At(options.Low), statistics.At(options.High));
        Clip(values, low, high);
        if (options.Rescale)
        {
            Shift(values, low, high > low ? high - low : 1);
        }
    }
}

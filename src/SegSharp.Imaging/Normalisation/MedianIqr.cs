namespace SegSharp.Imaging.Normalisation;

/// <summary>Median 0, interquartile range 1: outliers such as metal do not count.</summary>
public sealed record MedianIqrOptions : NormaliserOptions;

/// <summary>(x − median) / (third quartile − first quartile); an empty range divides by 1.</summary>
/// <remarks>Parity: NumPy's percentiles, 1e-5.</remarks>
public sealed class MedianIqr(MedianIqrOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        _ = options;
        Shift(values, statistics.Median, statistics.InterquartileRange > 0 ? statistics.InterquartileRange : 1);
    }
}

namespace SegSharp.Imaging.Normalisation;

/// <summary>nnU-Net's way for CT, where the same tissue has the same value in every scan.</summary>
public sealed record CtOptions : NormaliserOptions;

/// <summary>Cut off at the percentiles 0.5 and 99.5, then (x − mean) / standard deviation: all four from the data set's foreground.</summary>
/// <remarks>Source: nnU-Net's CTNormalization. Parity: nnU-Net 2.8.1, 1e-5.</remarks>
public sealed class Ct(CtOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        _ = options;
        Clip(values, statistics.At(0.5), statistics.At(99.5));
        Shift(values, statistics.Mean, Math.Max(statistics.StandardDeviation, 1e-8));
    }
}

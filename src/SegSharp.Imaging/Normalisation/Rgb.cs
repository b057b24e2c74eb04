namespace SegSharp.Imaging.Normalisation;

/// <summary>Colours of 8 bits.</summary>
public sealed record RgbOptions : NormaliserOptions;

/// <summary>0 … 255 becomes 0 … 1.</summary>
/// <remarks>Source: nnU-Net's RGBTo01Normalization. Parity: nnU-Net 2.8.1, 1e-5.</remarks>
public sealed class Rgb(RgbOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override bool UsesStatistics => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        _ = options;
        Shift(values, 0, 255);
    }
}

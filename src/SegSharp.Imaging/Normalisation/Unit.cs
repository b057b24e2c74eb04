namespace SegSharp.Imaging.Normalisation;

/// <summary>The file's own range becomes [0, 1]: the convention that others call plain.</summary>
public sealed record UnitOptions : RangeOptions;

/// <summary>x / divisor.</summary>
/// <remarks>A division, not a product with the inverse: PyTorch's x / 255 to the last bit.</remarks>
public sealed class Unit(UnitOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override bool UsesStatistics => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        var divisor = (float)options.Divisor;
        if (divisor is not (0 or 1))
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] /= divisor;
            }
        }
    }
}

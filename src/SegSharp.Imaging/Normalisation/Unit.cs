using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>The file's own range becomes [0, 1].</summary>
public sealed record UnitOptions : NormaliserOptions
{
    /// <summary>What values are divided by; 0 = by the type of the file: 255 for 8 bits, 65535 for 16 bits without a sign, 1 for floats; other types are refused.</summary>
    public double Divisor { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (Divisor is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("divisor", $"is {Divisor}; it must be 0 (by the type of the file) or more");
        }
    }

    /// <summary>The same with the divisor filled in.</summary>
    /// <param name="image">The file.</param>
    /// <exception cref="InputException">Its type has no natural range.</exception>
    public UnitOptions For(Volume image) => Divisor > 0 ? this : this with
    {
        Divisor = image.VoxelType switch
        {
            VoxelType.UInt8 => byte.MaxValue,
            VoxelType.UInt16 => ushort.MaxValue,
            VoxelType.Float32 or VoxelType.Float64 => 1,
            _ => throw new InputException(
                $"image '{image.Path ?? image.Name}' is {image.VoxelType.Text()}, whose values have no natural range to bring to [0, 1]",
                "--set preparation.intensity=zscore"),
        },
    };
}

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

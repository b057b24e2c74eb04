using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>Options of what begins with the file's own range: 0 … 255 for 8 bits.</summary>
public abstract record RangeOptions : NormaliserOptions
{
    /// <summary>What values are divided by to come to [0, 1]; 0 = by the type of the file: 255 for 8 bits, 65535 for 16 bits without a sign, 1 for floats; other types are refused.</summary>
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
    public RangeOptions For(Volume image) => Divisor > 0 ? this : this with
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

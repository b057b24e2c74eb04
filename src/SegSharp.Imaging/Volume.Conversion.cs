using SegSharp.Foundation;

namespace SegSharp.Imaging;

public sealed partial class Volume
{
    /// <summary>The smallest and the largest value over all channels. NaN is passed over; (0, 0) when there is nothing else.</summary>
    public (double Low, double High) ValueRange() => VoxelConversion.Range(Bytes, VoxelType);

    /// <summary>The same numbers in another type. Nothing is clipped or rounded: what does not fit is refused.</summary>
    /// <exception cref="InputException">A value is out of range, or not whole where the type holds whole numbers only.</exception>
    public Volume Convert(VoxelType type)
    {
        if (type == VoxelType)
        {
            return this;
        }

        var converted = Zeros(Name, Geometry, Channels, type);
        var unfit = VoxelConversion.Convert(Bytes, VoxelType, converted.Bytes, type);
        if (unfit is { } value)
        {
            var (low, high) = type.Range();
            var range = ValueRange();
            throw new InputException(
                type.IsFloat() || (value >= low && value <= high)
                    ? $"'{Path ?? Name}' holds {value}, which {type.Text()} cannot hold exactly"
                    : $"'{Path ?? Name}' holds {value}, but {type.Text()} holds {low} to {high}; its values are {range.Low} to {range.High}",
                $"choose a type that holds them all: {Fitting()}");
        }

        return new Volume(Name, Geometry, Channels, type, converted.Bytes, Path);
    }

    /// <summary>The same volume with one value in the place of every number that is none (NaN) or infinite.</summary>
    /// <param name="value">The value; a finite number.</param>
    /// <param name="count">How many there were.</param>
    /// <returns>This volume where there are none, else a new one.</returns>
    public Volume ReplaceNotFinite(double value, out long count)
    {
        count = 0;
        if (!VoxelType.IsFloat())
        {
            return this;
        }

        var mended = new Volume(Name, Geometry, Channels, VoxelType, [.. Bytes], Path);
        if (VoxelType == VoxelType.Float32)
        {
            foreach (ref var v in mended.Voxels<float>())
            {
                (v, count) = float.IsFinite(v) ? (v, count) : ((float)value, count + 1);
            }
        }
        else
        {
            foreach (ref var v in mended.Voxels<double>())
            {
                (v, count) = double.IsFinite(v) ? (v, count) : (value, count + 1);
            }
        }

        return count == 0 ? this : mended;
    }

    private string Fitting()
    {
        foreach (var type in (ReadOnlySpan<VoxelType>)[VoxelType.UInt8, VoxelType.Int16, VoxelType.UInt16, VoxelType.Int32, VoxelType.UInt32, VoxelType.Int64, VoxelType.UInt64, VoxelType.Float32])
        {
            var target = new byte[Length * type.Size()];
            if (VoxelConversion.Convert(Bytes, VoxelType, target, type) is null)
            {
                return $"--dtype {type.Text()}";
            }
        }

        return "--dtype float64";
    }
}

using System.Numerics;

namespace SegSharp.Imaging.Resampling;

public static partial class Resample
{
    /// <summary>A volume on any other grid in the world, oblique ones included.</summary>
    /// <param name="volume">The image; every channel is brought over.</param>
    /// <param name="target">The grid to fill.</param>
    /// <param name="order">What lies between the voxels; a cubic spline may swing over the range of the values.</param>
    /// <param name="outside">The value of voxels whose centres lie outside of the image by more than half a voxel.</param>
    /// <param name="cancel">Stops the work between two rows.</param>
    /// <returns>A volume of the same type on <paramref name="target"/>; whole numbers are rounded. The same object when the grids are the same.</returns>
    public static Volume ToGeometry(Volume volume, Geometry target, Interpolation order = Interpolation.Cubic, double outside = 0, CancellationToken cancel = default)
    {
        if (volume.Geometry == target)
        {
            return volume;
        }

        var result = Imaging.Volume.Zeros(volume.Name, target, volume.Channels, volume.VoxelType);
        for (var c = 0; c < volume.Channels; c++)
        {
            switch (volume.VoxelType)
            {
                case VoxelType.UInt8: Move<byte>(volume, result, c, order, outside, cancel); break;
                case VoxelType.Int8: Move<sbyte>(volume, result, c, order, outside, cancel); break;
                case VoxelType.UInt16: Move<ushort>(volume, result, c, order, outside, cancel); break;
                case VoxelType.Int16: Move<short>(volume, result, c, order, outside, cancel); break;
                case VoxelType.UInt32: Move<uint>(volume, result, c, order, outside, cancel); break;
                case VoxelType.Int32: Move<int>(volume, result, c, order, outside, cancel); break;
                case VoxelType.Float32: Move<float>(volume, result, c, order, outside, cancel); break;
                case VoxelType.Int64: Move<long>(volume, result, c, order, outside, cancel); break;
                case VoxelType.UInt64: Move<ulong>(volume, result, c, order, outside, cancel); break;
                default: Move<double>(volume, result, c, order, outside, cancel); break;
            }
        }

        return new Volume(volume.Name, target, volume.Channels, volume.VoxelType, result.Bytes, volume.Path);
    }

    /// <summary>Labels on any other grid in the world: the nearest voxel's, or (linear) the one that makes up at least half of the place; 0 outside.</summary>
    /// <param name="map">The labels.</param>
    /// <param name="target">The grid to fill.</param>
    /// <param name="order">Nearest or linear.</param>
    /// <param name="cancel">Stops the work between two rows.</param>
    public static LabelMap ToGeometry(LabelMap map, Geometry target, Interpolation order = Interpolation.Linear, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)order, (int)Interpolation.Cubic, nameof(order));
        if (map.Geometry == target)
        {
            return map;
        }

        var (old, source, labels) = (map.Extent, map.Labels, new ushort[checked((int)target.Extent.Count)]);
        var toSource = target.ToWorld.Then(map.Geometry.ToVoxel);
        InParallel(target.Extent.Height * target.Extent.Depth, cancel, () => (Labels: new ushort[8], Shares: new double[8]), (line, space) =>
        {
            for (var x = 0; x < target.Extent.Width; x++)
            {
                var at = toSource.Apply(new Triple(x, line % target.Extent.Height, line / target.Extent.Height));
                if (!IsInside(at, old))
                {
                    continue;
                }

                int Whole(double v, int size) => Math.Clamp((int)Math.Floor(v), 0, size - 1);
                ushort Label(int i, int j, int k) =>
                    source[(((long)Math.Min(k, old.Depth - 1) * old.Height) + Math.Min(j, old.Height - 1)) * old.Width + Math.Min(i, old.Width - 1)];
                var place = ((long)line * target.Extent.Width) + x;
                if (order == Interpolation.Nearest)
                {
                    labels[place] = Label(Whole(at.X + 0.5, old.Width), Whole(at.Y + 0.5, old.Height), Whole(at.Z + 0.5, old.Depth));
                    continue;
                }

                var (i, j, k) = (Whole(at.X, old.Width), Whole(at.Y, old.Height), Whole(at.Z, old.Depth));
                var (wx, wy, wz) = (Math.Max(0, at.X - i), Math.Max(0, at.Y - j), Math.Max(0, at.Z - k));
                for (var corner = 0; corner < 8; corner++)
                {
                    var (a, b, c) = (corner & 1, (corner >> 1) & 1, corner >> 2);
                    space.Labels[corner] = Label(i + a, j + b, k + c);
                    space.Shares[corner] = (a == 0 ? 1 - wx : wx) * (b == 0 ? 1 - wy : wy) * (c == 0 ? 1 - wz : wz);
                }

                labels[place] = Majority<ushort>(space.Labels, space.Shares);
            }
        });
        return new LabelMap(map.Name, target, labels, map.Path);
    }

    private static void Move<T>(Volume volume, Volume result, int channel, Interpolation order, double outside, CancellationToken cancel)
        where T : unmanaged, INumber<T>
    {
        var (old, to, whole) = (volume.Extent, result.Extent, !volume.VoxelType.IsFloat());
        var toSource = result.Geometry.ToWorld.Then(volume.Geometry.ToVoxel);
        var field = new SplineField(Array.ConvertAll(volume.Channel<T>(channel).ToArray(), double.CreateTruncating), old, order);
        InParallel(to.Height * to.Depth, cancel, () => 0, (line, _) =>
        {
            var row = result.Channel<T>(channel).Slice(line * to.Width, to.Width);
            for (var x = 0; x < row.Length; x++)
            {
                var at = toSource.Apply(new Triple(x, line % to.Height, line / to.Height));
                var value = IsInside(at, old) ? field.At(at) : outside;
                row[x] = T.CreateSaturating(whole ? Math.Round(value) : value);
            }
        });
    }

    // Rounding of a rotation may lead a hair outside.
    private static bool IsInside(Triple at, Extent extent)
    {
        const double edge = 0.5 + 1e-6;
        return at.X >= -edge && at.Y >= -edge && at.Z >= -edge && at.X <= extent.Width - 1 + edge && at.Y <= extent.Height - 1 + edge && at.Z <= extent.Depth - 1 + edge;
    }
}

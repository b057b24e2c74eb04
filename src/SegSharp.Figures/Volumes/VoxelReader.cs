using System.Numerics;
using SegSharp.Imaging;

namespace SegSharp.Figures.Volumes;

/// <summary>Reads single voxels of a volume as float, whatever their type: a picture needs few of them.</summary>
internal readonly struct VoxelReader(Volume volume, int channel)
{
    /// <summary>Every <paramref name="step"/>-th voxel.</summary>
    public float[] Sample(int step)
    {
        var count = (volume.Extent.Count + step - 1) / step;
        return Read(0, (step, (int)count), (0, 1));
    }

    /// <summary>The value that at least six of the eight corners share; null when there is none.</summary>
    public float? CornerValue()
    {
        var (w, h, d) = (volume.Extent.Width, volume.Extent.Height, volume.Extent.Depth);
        var corners = new float[8];
        for (var i = 0; i < 8; i++)
        {
            var at = ((long)(i >> 2) * (d - 1) * w * h) + ((long)((i >> 1) & 1) * (h - 1) * w) + ((i & 1) * (w - 1));
            corners[i] = Read((int)at, (1, 1), (1, 1))[0];
        }

        var most = corners.GroupBy(v => v).MaxBy(g => g.Count())!;
        return most.Count() >= 6 ? most.Key : null;
    }

    /// <summary>A grid of voxels: from <paramref name="start"/>, in steps along a row and from row to row.</summary>
    public float[] Read(int start, (int Step, int Count) column, (int Step, int Count) row) => volume.VoxelType switch
    {
        VoxelType.UInt8 => Read<byte>(start, column, row),
        VoxelType.Int8 => Read<sbyte>(start, column, row),
        VoxelType.UInt16 => Read<ushort>(start, column, row),
        VoxelType.Int16 => Read<short>(start, column, row),
        VoxelType.UInt32 => Read<uint>(start, column, row),
        VoxelType.Int32 => Read<int>(start, column, row),
        VoxelType.UInt64 => Read<ulong>(start, column, row),
        VoxelType.Int64 => Read<long>(start, column, row),
        VoxelType.Float32 => Read<float>(start, column, row),
        _ => Read<double>(start, column, row),
    };

    /// <summary>The same grid of any array.</summary>
    public static T[] Read<T>(ReadOnlySpan<T> voxels, int start, (int Step, int Count) column, (int Step, int Count) row)
    {
        var values = new T[column.Count * row.Count];
        for (var (y, at) = (0, 0); y < row.Count; y++)
        {
            for (var x = 0; x < column.Count; x++)
            {
                values[at++] = voxels[start + (y * row.Step) + (x * column.Step)];
            }
        }

        return values;
    }

    private float[] Read<T>(int start, (int Step, int Count) column, (int Step, int Count) row)
        where T : unmanaged, INumber<T> =>
        Array.ConvertAll(Read<T>(volume.Channel<T>(channel), start, column, row), float.CreateTruncating);
}

using System.Diagnostics;
using SegSharp.Foundation;

namespace SegSharp.Imaging;

/// <summary>Facts about voxel types.</summary>
public static class VoxelTypes
{
    /// <summary>Bytes per voxel.</summary>
    public static int Size(this VoxelType type) => type switch
    {
        VoxelType.UInt8 or VoxelType.Int8 => 1,
        VoxelType.UInt16 or VoxelType.Int16 => 2,
        VoxelType.UInt32 or VoxelType.Int32 or VoxelType.Float32 => 4,
        VoxelType.UInt64 or VoxelType.Int64 or VoxelType.Float64 => 8,
        _ => throw new UnreachableException($"voxel type {type}"),
    };

    /// <summary>True for <see cref="VoxelType.Float32"/> and <see cref="VoxelType.Float64"/>.</summary>
    public static bool IsFloat(this VoxelType type) => type is VoxelType.Float32 or VoxelType.Float64;

    /// <summary>The name on the command line and in JSON: <c>uint8</c>, <c>float32</c>.</summary>
    public static string Text(this VoxelType type) => type.ToString().ToLowerInvariant();

    /// <summary>The smallest and the largest number that the type holds.</summary>
    public static (double Low, double High) Range(this VoxelType type) => type switch
    {
        VoxelType.UInt8 => (byte.MinValue, byte.MaxValue),
        VoxelType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        VoxelType.UInt16 => (ushort.MinValue, ushort.MaxValue),
        VoxelType.Int16 => (short.MinValue, short.MaxValue),
        VoxelType.UInt32 => (uint.MinValue, uint.MaxValue),
        VoxelType.Int32 => (int.MinValue, int.MaxValue),
        VoxelType.UInt64 => (ulong.MinValue, ulong.MaxValue),
        VoxelType.Int64 => (long.MinValue, long.MaxValue),
        VoxelType.Float32 => (float.MinValue, float.MaxValue),
        VoxelType.Float64 => (double.MinValue, double.MaxValue),
        _ => throw new UnreachableException($"voxel type {type}"),
    };

    /// <summary>Reads a name such as <c>uint8</c>.</summary>
    /// <exception cref="UsageException">No such type; the message lists them.</exception>
    public static VoxelType Parse(string name) =>
        Enum.GetValues<VoxelType>().Where(t => t.Text().Equals(name, StringComparison.OrdinalIgnoreCase)).Select(t => (VoxelType?)t).FirstOrDefault()
        ?? throw UsageException.Unknown("voxel type", name, Enum.GetValues<VoxelType>().Select(t => t.Text()));

    /// <summary>The voxel type that stores <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">None does.</exception>
    public static VoxelType Of<T>()
        where T : unmanaged =>
        typeof(T) == typeof(byte) ? VoxelType.UInt8
        : typeof(T) == typeof(sbyte) ? VoxelType.Int8
        : typeof(T) == typeof(ushort) ? VoxelType.UInt16
        : typeof(T) == typeof(short) ? VoxelType.Int16
        : typeof(T) == typeof(uint) ? VoxelType.UInt32
        : typeof(T) == typeof(int) ? VoxelType.Int32
        : typeof(T) == typeof(ulong) ? VoxelType.UInt64
        : typeof(T) == typeof(long) ? VoxelType.Int64
        : typeof(T) == typeof(float) ? VoxelType.Float32
        : typeof(T) == typeof(double) ? VoxelType.Float64
        : throw new NotSupportedException($"no voxel type stores {typeof(T).Name}");
}

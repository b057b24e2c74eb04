using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace SegSharp.Imaging;

// Loops over raw voxels that differ only in the type of a number.
internal static class VoxelConversion
{
    public static void ToFloats(byte[] bytes, VoxelType type, Span<float> target)
    {
        switch (type)
        {
            case VoxelType.UInt8: Copy<byte>(bytes, target); break;
            case VoxelType.Int8: Copy<sbyte>(bytes, target); break;
            case VoxelType.UInt16: Copy<ushort>(bytes, target); break;
            case VoxelType.Int16: Copy<short>(bytes, target); break;
            case VoxelType.UInt32: Copy<uint>(bytes, target); break;
            case VoxelType.Int32: Copy<int>(bytes, target); break;
            case VoxelType.UInt64: Copy<ulong>(bytes, target); break;
            case VoxelType.Int64: Copy<long>(bytes, target); break;
            case VoxelType.Float32: MemoryMarshal.Cast<byte, float>(bytes).CopyTo(target); break;
            case VoxelType.Float64: Copy<double>(bytes, target); break;
            default: throw new UnreachableException($"voxel type {type}");
        }
    }

    public static (double Low, double High) Range(byte[] bytes, VoxelType type) => type switch
    {
        VoxelType.UInt8 => Range<byte>(bytes),
        VoxelType.Int8 => Range<sbyte>(bytes),
        VoxelType.UInt16 => Range<ushort>(bytes),
        VoxelType.Int16 => Range<short>(bytes),
        VoxelType.UInt32 => Range<uint>(bytes),
        VoxelType.Int32 => Range<int>(bytes),
        VoxelType.UInt64 => Range<ulong>(bytes),
        VoxelType.Int64 => Range<long>(bytes),
        VoxelType.Float32 => Range<float>(bytes),
        VoxelType.Float64 => Range<double>(bytes),
        _ => throw new UnreachableException($"voxel type {type}"),
    };

    // The first value that the target type cannot hold, or null when all went over.
    public static double? Convert(byte[] bytes, VoxelType type, byte[] target, VoxelType targetType) => type switch
    {
        VoxelType.UInt8 => From<byte>(bytes, target, targetType),
        VoxelType.Int8 => From<sbyte>(bytes, target, targetType),
        VoxelType.UInt16 => From<ushort>(bytes, target, targetType),
        VoxelType.Int16 => From<short>(bytes, target, targetType),
        VoxelType.UInt32 => From<uint>(bytes, target, targetType),
        VoxelType.Int32 => From<int>(bytes, target, targetType),
        VoxelType.UInt64 => From<ulong>(bytes, target, targetType),
        VoxelType.Int64 => From<long>(bytes, target, targetType),
        VoxelType.Float32 => From<float>(bytes, target, targetType),
        VoxelType.Float64 => From<double>(bytes, target, targetType),
        _ => throw new UnreachableException($"voxel type {type}"),
    };

    private static void Copy<T>(byte[] bytes, Span<float> target)
        where T : unmanaged, INumber<T>
    {
        var source = MemoryMarshal.Cast<byte, T>(bytes);
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = float.CreateTruncating(source[i]);
        }
    }

    private static (double Low, double High) Range<T>(byte[] bytes)
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        var (low, high, any) = (T.MaxValue, T.MinValue, false);
        foreach (var v in MemoryMarshal.Cast<byte, T>(bytes))
        {
            if (v <= low)
            {
                low = v;
            }

            if (v >= high)
            {
                high = v;
            }

            any |= !T.IsNaN(v);
        }

        return any ? (double.CreateTruncating(low), double.CreateTruncating(high)) : (0, 0);
    }

    private static double? From<T>(byte[] bytes, byte[] target, VoxelType targetType)
        where T : unmanaged, INumber<T> => targetType switch
        {
            VoxelType.UInt8 => To<T, byte>(bytes, target, targetType),
            VoxelType.Int8 => To<T, sbyte>(bytes, target, targetType),
            VoxelType.UInt16 => To<T, ushort>(bytes, target, targetType),
            VoxelType.Int16 => To<T, short>(bytes, target, targetType),
            VoxelType.UInt32 => To<T, uint>(bytes, target, targetType),
            VoxelType.Int32 => To<T, int>(bytes, target, targetType),
            VoxelType.UInt64 => To<T, ulong>(bytes, target, targetType),
            VoxelType.Int64 => To<T, long>(bytes, target, targetType),
            VoxelType.Float32 => To<T, float>(bytes, target, targetType),
            VoxelType.Float64 => To<T, double>(bytes, target, targetType),
            _ => throw new UnreachableException($"voxel type {targetType}"),
        };

    // Exact means: the value comes back unchanged. Only doubles may lose digits on their way to float32, as long as they stay finite.
    private static double? To<T, TTarget>(byte[] bytes, byte[] target, VoxelType targetType)
        where T : unmanaged, INumber<T>
        where TTarget : unmanaged, INumber<TTarget>
    {
        var source = MemoryMarshal.Cast<byte, T>(bytes);
        var result = MemoryMarshal.Cast<byte, TTarget>(target.AsSpan());
        var rounds = typeof(T) == typeof(double) && typeof(TTarget) == typeof(float);
        var isFloat = targetType.IsFloat();
        for (var i = 0; i < source.Length; i++)
        {
            var value = source[i];
            var r = TTarget.CreateSaturating(value);
            if (!IsSame(r, value)
                && !(isFloat && T.IsNaN(value))
                && !(rounds && TTarget.IsFinite(r) && T.IsFinite(value)))
            {
                return double.CreateTruncating(value);
            }

            result[i] = r;
        }

        return null;
    }

    // Doubles hold every number of the types up to 32 bits; the long ones are compared as whole numbers.
    private static bool IsSame<TTarget, T>(TTarget r, T value)
        where T : unmanaged, INumber<T>
        where TTarget : unmanaged, INumber<TTarget> =>
        typeof(T) == typeof(long) || typeof(T) == typeof(ulong) || typeof(TTarget) == typeof(long) || typeof(TTarget) == typeof(ulong)
            ? T.IsInteger(value) && Int128.CreateSaturating(r) == Int128.CreateSaturating(value)
            : double.CreateTruncating(r) == double.CreateTruncating(value);
}

using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// From stored values to what they mean (HU for CT): value = stored * slope + intercept.
internal static class DicomScale
{
    // The type that holds every value the headers allow: whole numbers stay whole, everything else is float32.
    public static VoxelType TypeFor(IEnumerable<DicomSlice> slices)
    {
        var (low, high) = (double.MaxValue, double.MinValue);
        var isIdentity = true;
        var types = new HashSet<(int, bool)>();
        foreach (var (image, frame) in slices)
        {
            if (image.IsFloat)
            {
                return image.BitsAllocated == 64 ? VoxelType.Float64 : VoxelType.Float32;
            }

            if (image.Photometric == "PALETTE COLOR" || image.Samples == 3)
            {
                return image.BitsAllocated switch { <= 8 => VoxelType.UInt8, 16 => VoxelType.UInt16, _ => VoxelType.UInt32 };
            }

            if (frame.Slope != Math.Floor(frame.Slope) || frame.Intercept != Math.Floor(frame.Intercept))
            {
                return VoxelType.Float32;
            }

            isIdentity &= frame is { Slope: 1, Intercept: 0 };
            types.Add((image.BitsAllocated, image.IsSigned));
            var all = Math.Pow(2, image.BitsStored);
            var (a, b) = image.IsSigned ? (-all / 2, (all / 2) - 1) : (0.0, all - 1);
            (a, b) = ((a * frame.Slope) + frame.Intercept, (b * frame.Slope) + frame.Intercept);
            (low, high) = (Math.Min(low, Math.Min(a, b)), Math.Max(high, Math.Max(a, b)));
        }

        if (isIdentity && types.Count == 1)
        {
            return types.First() switch
            {
                (1 or 8, false) => VoxelType.UInt8,
                (8, true) => VoxelType.Int8,
                (16, false) => VoxelType.UInt16,
                (16, true) => VoxelType.Int16,
                (_, false) => VoxelType.UInt32,
                _ => VoxelType.Int32,
            };
        }

        return low >= short.MinValue && high <= short.MaxValue ? VoxelType.Int16
            : low >= ushort.MinValue && high <= ushort.MaxValue ? VoxelType.UInt16
            : low >= int.MinValue && high <= int.MaxValue ? VoxelType.Int32
            : low >= 0 && high <= uint.MaxValue ? VoxelType.UInt32
            : VoxelType.Float64;
    }

    public static void Apply(string path, ReadOnlySpan<byte> plane, VoxelType from, DicomFrame frame, Span<byte> target, VoxelType to)
    {
        if (from == to && frame is { Slope: 1, Intercept: 0 })
        {
            plane.CopyTo(target);
            return;
        }

        var unfit = from switch
        {
            VoxelType.UInt8 => From<byte>(plane, frame, target, to),
            VoxelType.Int8 => From<sbyte>(plane, frame, target, to),
            VoxelType.UInt16 => From<ushort>(plane, frame, target, to),
            VoxelType.Int16 => From<short>(plane, frame, target, to),
            VoxelType.UInt32 => From<uint>(plane, frame, target, to),
            VoxelType.Int32 => From<int>(plane, frame, target, to),
            VoxelType.Float32 => From<float>(plane, frame, target, to),
            VoxelType.Float64 => From<double>(plane, frame, target, to),
            _ => throw new UnreachableException($"voxel type {from}"),
        };
        if (unfit is { } value)
        {
            throw new InputException($"'{path}' is damaged: its pixels hold {value}, outside what its header allows ({to.Text()})", "copy or download the file again");
        }
    }

    private static double? From<T>(ReadOnlySpan<byte> plane, DicomFrame frame, Span<byte> target, VoxelType to)
        where T : unmanaged, INumber<T> => to switch
        {
            VoxelType.UInt8 => Scaled<T, byte>(plane, frame, target),
            VoxelType.Int8 => Scaled<T, sbyte>(plane, frame, target),
            VoxelType.UInt16 => Scaled<T, ushort>(plane, frame, target),
            VoxelType.Int16 => Scaled<T, short>(plane, frame, target),
            VoxelType.UInt32 => Scaled<T, uint>(plane, frame, target),
            VoxelType.Int32 => Scaled<T, int>(plane, frame, target),
            VoxelType.Float32 => Scaled<T, float>(plane, frame, target),
            _ => Scaled<T, double>(plane, frame, target),
        };

    private static double? Scaled<T, TTarget>(ReadOnlySpan<byte> plane, DicomFrame frame, Span<byte> target)
        where T : unmanaged, INumber<T>
        where TTarget : unmanaged, INumber<TTarget>
    {
        var source = MemoryMarshal.Cast<byte, T>(plane);
        var result = MemoryMarshal.Cast<byte, TTarget>(target);
        var (slope, intercept) = (frame.Slope, frame.Intercept);
        var isWhole = typeof(TTarget) != typeof(float) && typeof(TTarget) != typeof(double);
        for (var i = 0; i < source.Length; i++)
        {
            var value = (double.CreateTruncating(source[i]) * slope) + intercept;
            var stored = TTarget.CreateSaturating(value);
            if (isWhole && double.CreateTruncating(stored) != value)
            {
                return value;
            }

            result[i] = stored;
        }

        return null;
    }
}

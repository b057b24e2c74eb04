using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SegSharp.Torch.Checkpoints;

/// <summary>Views into a storage: offset, sizes and strides in elements.</summary>
internal static class Strided
{
    /// <summary>Whether the elements lie one after another in row-major order.</summary>
    public static bool IsContiguous(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        var expected = 1L;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            if (shape[axis] == 0)
            {
                return true;
            }

            if (shape[axis] != 1 && strides[axis] != expected)
            {
                return false;
            }

            expected *= shape[axis];
        }

        return true;
    }

    /// <summary>Copies a view into row-major order. The caller has checked that every element lies inside.</summary>
    /// <param name="from">The storage.</param>
    /// <param name="offset">First element.</param>
    /// <param name="shape">Sizes, at least one axis, all 1 or more.</param>
    /// <param name="strides">Steps in elements, 0 or more.</param>
    /// <param name="size">Bytes of one element.</param>
    /// <param name="to">Exactly the elements' bytes.</param>
    public static void Copy(ReadOnlySpan<byte> from, long offset, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, int size, Span<byte> to)
    {
        switch (size)
        {
            case 1:
                Copy<byte>(from, offset, shape, strides, to);
                break;
            case 2:
                Copy<ushort>(from, offset, shape, strides, to);
                break;
            case 4:
                Copy<uint>(from, offset, shape, strides, to);
                break;
            case 8:
                Copy<ulong>(from, offset, shape, strides, to);
                break;
            case 16:
                Copy<UInt128>(from, offset, shape, strides, to);
                break;
            default:
                throw new UnreachableException($"no elements of {size} bytes");
        }
    }

    private static void Copy<T>(ReadOnlySpan<byte> fromBytes, long offset, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, Span<byte> toBytes)
        where T : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, T>(fromBytes);
        var to = MemoryMarshal.Cast<byte, T>(toBytes);
        var last = shape.Length - 1;
        var (run, step) = ((int)shape[last], (int)Math.Min(strides[last], int.MaxValue));
        var index = new long[shape.Length];
        var start = offset;
        for (var written = 0; written < to.Length; written += run)
        {
            for (var i = 0; i < run; i++)
            {
                to[written + i] = from[(int)start + (i * step)];
            }

            for (var axis = last - 1; axis >= 0; axis--)
            {
                start += strides[axis];
                if (++index[axis] < shape[axis])
                {
                    break;
                }

                start -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
    }
}

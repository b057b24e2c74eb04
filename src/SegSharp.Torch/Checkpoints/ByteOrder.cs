using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SegSharp.Torch.Checkpoints;

/// <summary>Turns big-endian numbers into little-endian ones.</summary>
internal static class ByteOrder
{
    /// <summary>Bytes that turn round together: a complex number turns as two.</summary>
    public static int Part(DType dtype) => dtype switch
    {
        DType.Complex32 or DType.Complex64 or DType.Complex128 => dtype.Size() / 2,
        _ => dtype.Size(),
    };

    /// <summary>Reverses every group of <paramref name="size"/> bytes in place; a rest shorter than that stays.</summary>
    public static void Swap(Span<byte> bytes, int size)
    {
        bytes = bytes[..(bytes.Length / size * size)];
        switch (size)
        {
            case 1:
                break;
            case 2:
                var shorts = MemoryMarshal.Cast<byte, short>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, int>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, long>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                throw new UnreachableException($"no numbers of {size} bytes");
        }
    }
}

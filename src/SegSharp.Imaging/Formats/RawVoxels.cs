using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Formats;

// What formats that store bare numbers have in common: byte order, and channels that lie beside each other.
internal static class RawVoxels
{
    // Turns the bytes of every number round, in place.
    public static void Swap(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2: Swap(MemoryMarshal.Cast<byte, ushort>(bytes)); break;
            case 4: Swap(MemoryMarshal.Cast<byte, uint>(bytes)); break;
            case 8: Swap(MemoryMarshal.Cast<byte, ulong>(bytes)); break;
        }
    }

    // Numbers that lie voxel by voxel (c fastest), channel by channel. Blocks of voxels, such as time points, stay in their order.
    public static byte[] ToPlanar(byte[] bytes, int channels, int size, int block)
    {
        if (channels == 1)
        {
            return bytes;
        }

        var planar = GC.AllocateUninitializedArray<byte>(bytes.Length);
        for (var start = 0; start < bytes.Length; start += block * channels * size)
        {
            var length = block * channels * size;
            Scatter(bytes.AsSpan(start, length), planar.AsSpan(start, length), channels, size);
        }

        return planar;
    }

    // The way back: planar channels, voxel by voxel.
    public static byte[] ToInterleaved(byte[] planar, int channels, int size)
    {
        if (channels == 1)
        {
            return planar;
        }

        // A matrix of channels and voxels the other way round.
        var bytes = GC.AllocateUninitializedArray<byte>(planar.Length);
        Scatter(planar, bytes, planar.Length / size / channels, size);
        return bytes;
    }

    private static void Swap(Span<ushort> numbers) => BinaryPrimitives.ReverseEndianness(numbers, numbers);

    private static void Swap(Span<uint> numbers) => BinaryPrimitives.ReverseEndianness(numbers, numbers);

    private static void Swap(Span<ulong> numbers) => BinaryPrimitives.ReverseEndianness(numbers, numbers);

    private static void Scatter(ReadOnlySpan<byte> from, Span<byte> to, int channels, int size)
    {
        switch (size)
        {
            case 1: Scatter<byte>(from, to, channels); break;
            case 2: Scatter<ushort>(from, to, channels); break;
            case 4: Scatter<uint>(from, to, channels); break;
            default: Scatter<ulong>(from, to, channels); break;
        }
    }

    private static void Scatter<T>(ReadOnlySpan<byte> from, Span<byte> to, int channels)
        where T : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, T>(from);
        var target = MemoryMarshal.Cast<byte, T>(to);
        var count = source.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            var plane = target.Slice(c * count, count);
            for (int i = 0, k = c; i < count; i++, k += channels)
            {
                plane[i] = source[k];
            }
        }
    }
}

using System.Buffers.Binary;
using System.Numerics;

namespace SegSharp.Training;

/// <summary>The frame around each event of a TensorBoard file: length and content, each with a masked CRC-32C, all little-endian.</summary>
/// <remarks>Source: TensorFlow, <c>core/lib/io/record_writer.h</c> (the TFRecord format).</remarks>
internal static class TensorBoardRecord
{
    public const int Head = 12;   // length, its checksum
    public const int Tail = 4;    // the content's checksum

    /// <summary>CRC-32C (Castagnoli) of bytes; of "123456789" it is 0xE3069283.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    /// <summary>The checksum as the file holds it: a checksum over bytes that contain checksums would be weak.</summary>
    public static uint MaskedCrc(ReadOnlySpan<byte> bytes) => unchecked(BitOperations.RotateRight(Crc32C(bytes), 15) + 0xA282EAD8u);

    /// <summary>The bytes of one record.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> content)
    {
        var record = new byte[Head + content.Length + Tail];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        content.CopyTo(record.AsSpan(Head));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(Head + content.Length), MaskedCrc(content));
        return record;
    }
}

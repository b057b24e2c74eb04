using System.Buffers.Binary;

namespace SegSharp.Foundation;

/// <summary>CRC-32, the checksum of zip entries and PNG chunks, eight bytes at a time; of "123456789" it is 0xCBF43926.</summary>
/// <remarks>Source: ISO 3309 CRC-32, reflected polynomial EDB88320; slicing by 8 (Kounavis and Berry 2005).</remarks>
public static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    /// <summary>Goes on from the checksum of the bytes before; start with 0.</summary>
    /// <param name="crc">The checksum so far.</param>
    /// <param name="bytes">What follows.</param>
    /// <returns>The checksum of all bytes up to here.</returns>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var (t0, t1, t2, t3) = (Tables[0], Tables[1], Tables[2], Tables[3]);
        var (t4, t5, t6, t7) = (Tables[4], Tables[5], Tables[6], Tables[7]);
        crc = ~crc;
        while (bytes.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t7[(byte)low] ^ t6[(byte)(low >> 8)] ^ t5[(byte)(low >> 16)] ^ t4[low >> 24]
                ^ t3[(byte)high] ^ t2[(byte)(high >> 8)] ^ t1[(byte)(high >> 16)] ^ t0[high >> 24];
            bytes = bytes[8..];
        }

        foreach (var b in bytes)
        {
            crc = t0[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (var k = 0; k < 8; k++)
        {
            tables[k] = new uint[256];
            for (var i = 0u; i < 256; i++)
            {
                var c = k == 0 ? i : tables[k - 1][i];
                for (var bit = 0; bit < 8; bit++)
                {
                    c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
                }

                tables[k][i] = c;
            }
        }

        return tables;
    }
}

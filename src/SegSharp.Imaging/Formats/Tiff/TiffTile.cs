using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using SegSharp.Imaging.Formats.Jpeg;

namespace SegSharp.Imaging.Formats.Tiff;

// One strip or tile: decompressed, predictor undone, samples in machine order. Source: TIFF Revision 6.0, sections 9, 13 and 14; Technical Note 3.
internal static class TiffTile
{
    public static byte[] Decode(ByteSource source, TiffPage page, int index, int rows)
    {
        var stored = source.ReadExactly(page.Offsets[index], page.Counts[index], $"strip or tile {index + 1}");
        if (page.Compression == TiffPage.Jpeg)
        {
            return JpegReader.DecodeTile(source, page.JpegTables, stored, page.TileWidth, rows, page.SamplesPerTilePixel, page.Photometric == TiffPage.YCbCr);
        }

        if (page.ReversedBits)
        {
            ReverseBits(stored);
        }

        var bytes = new byte[checked((int)(page.TileRowBytes * rows))];
        var done = page.Compression switch
        {
            TiffPage.None => Copy(stored, bytes),
            TiffPage.Lzw => TiffLzw.Decode(source, stored, bytes),
            TiffPage.PackBits => UnpackBits(stored, bytes),
            _ => Inflate(source, stored, bytes),
        };
        if (done < bytes.Length)
        {
            throw source.Damaged($"strip or tile {index + 1} holds {done} bytes; expected {bytes.Length}");
        }

        return ToSamples(page, bytes, rows);
    }

    private static int Copy(byte[] stored, byte[] bytes)
    {
        var count = Math.Min(stored.Length, bytes.Length);
        stored.AsSpan(0, count).CopyTo(bytes);
        return count;
    }

    private static int Inflate(ByteSource source, byte[] stored, byte[] bytes)
    {
        try
        {
            using var stream = new ZLibStream(new MemoryStream(stored), CompressionMode.Decompress);
            var done = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (done == bytes.Length)
            {
                // Reading on makes the stream check its own sum.
                _ = stream.ReadByte();
            }

            return done;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw source.Damaged($"its compressed data cannot be decompressed ({e.Message.TrimEnd('.')})");
        }
    }

    private static int UnpackBits(byte[] stored, byte[] bytes)
    {
        var (at, done) = (0, 0);
        while (at < stored.Length && done < bytes.Length)
        {
            int n = (sbyte)stored[at++];
            if (n == -128)
            {
                continue;
            }

            if (n >= 0)
            {
                var count = Math.Min(Math.Min(n + 1, stored.Length - at), bytes.Length - done);
                stored.AsSpan(at, count).CopyTo(bytes.AsSpan(done));
                (at, done) = (at + n + 1, done + count);
            }
            else if (at < stored.Length)
            {
                var count = Math.Min(1 - n, bytes.Length - done);
                bytes.AsSpan(done, count).Fill(stored[at++]);
                done += count;
            }
        }

        return done;
    }

    private static void ReverseBits(byte[] bytes)
    {
        foreach (ref var b in bytes.AsSpan())
        {
            b = (byte)(((b * 0x0202020202UL) & 0x010884422010UL) % 1023);
        }
    }

    private static byte[] ToSamples(TiffPage page, byte[] bytes, int rows)
    {
        var perRow = page.TileWidth * page.SamplesPerTilePixel;
        if (page.SampleFormat == 1 && page.Bits is not (8 or 16 or 32 or 64))
        {
            return Unpack(page, bytes, rows, perRow);
        }

        if (page.HasPredictor && page.Predictor == 3)
        {
            UndoFloatPredictor(bytes, rows, perRow, page.SamplesPerTilePixel, page.Bits / 8);
        }
        else
        {
            if (page.BigEndian == BitConverter.IsLittleEndian)
            {
                Swap(bytes, page.Bits / 8);
            }

            if (page.HasPredictor)
            {
                UndoPredictor(bytes, perRow, page.SamplesPerTilePixel, page.Bits / 8);
            }
        }

        return page.SampleFormat == 3 && page.Bits == 16 ? Widen(bytes) : bytes;
    }

    private static byte[] Unpack(TiffPage page, byte[] bytes, int rows, int perRow)
    {
        var wide = page.Bits > 8;
        var result = new byte[checked(rows * perRow * (wide ? 2 : 1))];
        var words = MemoryMarshal.Cast<byte, ushort>(result.AsSpan());
        for (var y = 0; y < rows; y++)
        {
            var row = bytes.AsSpan((int)(y * page.TileRowBytes), (int)page.TileRowBytes);
            var (held, bits, at) = (0u, 0, 0);
            for (var i = 0; i < perRow; i++)
            {
                while (bits < page.Bits)
                {
                    held = (held << 8) | row[at++];
                    bits += 8;
                }

                bits -= page.Bits;
                var value = (held >> bits) & ((1u << page.Bits) - 1);
                if (wide)
                {
                    words[(y * perRow) + i] = (ushort)value;
                }
                else
                {
                    result[(y * perRow) + i] = (byte)value;
                }
            }
        }

        return result;
    }

    private static void Swap(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(bytes), MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            case 4:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(bytes), MemoryMarshal.Cast<byte, uint>(bytes));
                break;
            case 8:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ulong>(bytes), MemoryMarshal.Cast<byte, ulong>(bytes));
                break;
            default:
                break;
        }
    }

    private static void UndoPredictor(Span<byte> bytes, int perRow, int back, int size)
    {
        switch (size)
        {
            case 1: UndoPredictor<byte>(bytes, perRow, back); break;
            case 2: UndoPredictor<ushort>(bytes, perRow, back); break;
            default: UndoPredictor<uint>(bytes, perRow, back); break;
        }
    }

    private static void UndoPredictor<T>(Span<byte> bytes, int perRow, int back)
        where T : unmanaged, IBinaryInteger<T>
    {
        var all = MemoryMarshal.Cast<byte, T>(bytes);
        for (var start = 0; start < all.Length; start += perRow)
        {
            var row = all.Slice(start, perRow);
            for (var i = back; i < row.Length; i++)
            {
                row[i] += row[i - back];
            }
        }
    }

    // The bytes of a row lie sorted by significance, highest first, each as the difference to the one before.
    private static void UndoFloatPredictor(Span<byte> bytes, int rows, int perRow, int back, int size)
    {
        var sorted = new byte[perRow * size];
        for (var y = 0; y < rows; y++)
        {
            var row = bytes.Slice(y * sorted.Length, sorted.Length);
            for (var i = back; i < row.Length; i++)
            {
                row[i] += row[i - back];
            }

            row.CopyTo(sorted);
            for (var i = 0; i < perRow; i++)
            {
                for (var b = 0; b < size; b++)
                {
                    row[(i * size) + (BitConverter.IsLittleEndian ? size - 1 - b : b)] = sorted[(b * perRow) + i];
                }
            }
        }
    }

    private static byte[] Widen(byte[] halves)
    {
        var floats = Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(halves).ToArray(), h => (float)h);
        return MemoryMarshal.AsBytes(floats.AsSpan()).ToArray();
    }
}

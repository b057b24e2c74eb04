using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Png;

// Source: ISO/IEC 15948:2003.
internal static class PngReader
{
    // Adam7: first column, first row, step in x, step in y.
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static PngHeader ReadHeader(ByteSource source) => ReadChunks(source, headerOnly: true).Header;

    public static Volume Read(ByteSource source, Reading reading)
    {
        var (header, data) = ReadChunks(source, headerOnly: false);
        Limits.CheckSize(source.Path, header.Extent, Math.Max(header.Samples, header.Channels(reading)), header.VoxelType);
        IReadOnlyList<(int X, int Y, int StepX, int StepY)> passes = header.Interlaced ? Passes : [(0, 0, 1, 1)];
        var expected = passes.Sum(p => PassRows(header, p) * (PassColumns(header, p) == 0 ? 0 : header.RowBytes(PassColumns(header, p)) + 1));
        Limits.CheckRatio(source, expected, data.Length, 1032);

        // Samples as stored, one per byte or two bytes, pixel by pixel.
        var samples = new byte[checked((int)header.Extent.Count * header.Samples * header.VoxelType.Size())];
        using (var inflated = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress))
        {
            try
            {
                foreach (var pass in passes)
                {
                    ReadPass(source, header, inflated, pass, samples);
                }

                if (inflated.ReadByte() >= 0)
                {
                    throw source.Damaged("its compressed data go on after the last row");
                }
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                throw source.Damaged($"its compressed data cannot be decompressed ({e.Message.TrimEnd('.')})");
            }
        }

        if (header.Bits == 16 && BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<byte, ushort>(samples.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        var channels = header.Channels(reading);
        var result = header.Bits == 16
            ? MemoryMarshal.AsBytes(Arrange(header, MemoryMarshal.Cast<byte, ushort>(samples), channels, reading, source).AsSpan()).ToArray()
            : Arrange<byte>(header, samples, channels, reading, source);
        return new Volume(source.Name, Geometry.Pixels(header.Extent), channels, header.VoxelType, result, source.Path);
    }

    private static (PngHeader Header, byte[] Data) ReadChunks(ByteSource source, bool headerOnly)
    {
        var head = new byte[8];
        PngHeader? header = null;
        var data = new MemoryStream();
        var dataEnded = false;
        for (var at = 8L; ;)
        {
            source.ReadExactly(at, head, "the head of a PNG chunk");
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            var kind = Encoding.Latin1.GetString(head, 4, 4);
            if (header is null && kind != PngHeader.ChunkImage)
            {
                throw source.Damaged("it does not begin with an IHDR chunk");
            }

            if (headerOnly && kind == PngHeader.ChunkData)
            {
                return (Complete(header!, source), []);
            }

            if (kind is PngHeader.ChunkImage or PngHeader.ChunkPalette or PngHeader.ChunkTransparency or PngHeader.ChunkData or PngHeader.ChunkEnd)
            {
                var body = source.ReadExactly(at + 8, length + 4L, $"PNG chunk {kind}");
                var content = body.AsSpan(0, (int)length);
                if (Crc32.Append(Crc32.Append(0, head.AsSpan(4, 4)), content) != BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan((int)length)))
                {
                    throw source.Damaged($"the checksum of PNG chunk {kind} at {at} is wrong");
                }

                switch (kind)
                {
                    case PngHeader.ChunkImage when header is null:
                        header = PngHeader.Parse(content, source);
                        break;
                    case PngHeader.ChunkPalette:
                        header!.Palette = length is > 0 and <= 768 && length % 3 == 0 ? content.ToArray() : throw source.Damaged($"its palette has {length} bytes; expected 3 to 768, a multiple of 3");
                        break;
                    case PngHeader.ChunkTransparency:
                        header!.Transparency = CheckTransparency(header, content, source);
                        break;
                    case PngHeader.ChunkData when dataEnded:
                        throw source.Damaged("its IDAT chunks are not in a row");
                    case PngHeader.ChunkData:
                        data.Write(content);
                        break;
                    case PngHeader.ChunkEnd:
                        return data.Length > 0 ? (Complete(header!, source), data.ToArray()) : throw source.Damaged("it has no IDAT chunk");
                    default:
                        throw source.Damaged("it has a second IHDR chunk");
                }
            }
            else if ((head[4] & 0x20) == 0)
            {
                throw source.Unsupported($"it needs PNG chunk '{Printable(kind)}', which is not known", "save it again as a plain PNG");
            }

            dataEnded |= data.Length > 0 && kind != PngHeader.ChunkData;
            at += 12L + length;
        }
    }

    private static string Printable(string kind) => string.Concat(kind.Select(c => c is > ' ' and < '\x7f' ? c : '?'));

    private static PngHeader Complete(PngHeader header, ByteSource source) =>
        header.HasPalette && header.Palette.Length == 0 ? throw source.Damaged("it is a palette image without a palette") : header;

    private static byte[] CheckTransparency(PngHeader header, ReadOnlySpan<byte> content, ByteSource source)
    {
        var good = header.ColourType switch
        {
            0 => content.Length == 2,
            2 => content.Length == 6,
            3 => content.Length > 0 && content.Length <= header.Palette.Length / 3,
            _ => false,
        };
        return good ? content.ToArray() : throw source.Damaged($"its tRNS chunk has {content.Length} bytes, which does not fit colour type {header.ColourType}");
    }

    private static int PassColumns(PngHeader h, (int X, int Y, int StepX, int StepY) pass) => (h.Width - pass.X + pass.StepX - 1) / pass.StepX;

    private static int PassRows(PngHeader h, (int X, int Y, int StepX, int StepY) pass) => (h.Height - pass.Y + pass.StepY - 1) / pass.StepY;

    private static void ReadPass(ByteSource source, PngHeader header, Stream inflated, (int X, int Y, int StepX, int StepY) pass, byte[] samples)
    {
        var columns = PassColumns(header, pass);
        if (columns == 0)
        {
            return;
        }

        var rowBytes = (int)header.RowBytes(columns);
        var back = Math.Max(1, header.Samples * header.Bits / 8);
        var (row, above) = (new byte[rowBytes + 1], new byte[rowBytes + 1]);
        for (var y = pass.Y; y < header.Height; y += pass.StepY)
        {
            if (inflated.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
            {
                throw source.Damaged($"its compressed data end in row {y} of {header.Height}");
            }

            if (!PngFilter.Undo(row[0], row.AsSpan(1), above.AsSpan(1), back))
            {
                throw source.Damaged($"row {y} has filter {row[0]}; expected 0 to 4");
            }

            PutRow(header, row.AsSpan(1), pass, y, columns, samples);
            (row, above) = (above, row);
        }
    }

    private static void PutRow(PngHeader header, ReadOnlySpan<byte> row, (int X, int Y, int StepX, int StepY) pass, int y, int columns, byte[] samples)
    {
        var pixel = header.Samples * header.VoxelType.Size();
        var target = samples.AsSpan(checked(y * header.Width * pixel), header.Width * pixel);
        if (header.Bits < 8)
        {
            var mask = (1 << header.Bits) - 1;
            for (var i = 0; i < columns; i++)
            {
                var bit = i * header.Bits;
                target[pass.X + (i * pass.StepX)] = (byte)((row[bit >> 3] >> (8 - header.Bits - (bit & 7))) & mask);
            }
        }
        else if (pass.StepX == 1)
        {
            row[..(columns * pixel)].CopyTo(target);
        }
        else
        {
            for (var i = 0; i < columns; i++)
            {
                row.Slice(i * pixel, pixel).CopyTo(target[((pass.X + (i * pass.StepX)) * pixel)..]);
            }
        }
    }

    // Pixel by pixel as stored → channel by channel, with palette, transparency and spreading of few bits.
    private static T[] Arrange<T>(PngHeader header, ReadOnlySpan<T> samples, int channels, Reading reading, ByteSource source)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T>
    {
        var count = (int)header.Extent.Count;
        if (header.HasPalette)
        {
            return reading == Reading.Indices ? samples.ToArray() : LookUp(header, samples, channels, source);
        }

        var result = new T[count * channels];
        var stored = header.Samples;
        for (var c = 0; c < Math.Min(stored, channels); c++)
        {
            var plane = result.AsSpan(c * count, count);
            for (int i = 0, k = c; i < count; i++, k += stored)
            {
                plane[i] = samples[k];
            }
        }

        if (channels > stored)
        {
            var alpha = result.AsSpan(stored * count, count);
            for (var i = 0; i < count; i++)
            {
                var equal = true;
                for (var c = 0; c < stored; c++)
                {
                    equal &= int.CreateTruncating(samples[(i * stored) + c]) == BinaryPrimitives.ReadUInt16BigEndian(header.Transparency.AsSpan(c * 2));
                }

                alpha[i] = equal ? T.Zero : T.MaxValue;
            }
        }

        if (header.Bits < 8 && reading == Reading.Colours)
        {
            var factor = T.CreateTruncating(255 / ((1 << header.Bits) - 1));
            foreach (ref var v in result.AsSpan(0, count))
            {
                v *= factor;
            }
        }

        return result;
    }

    private static T[] LookUp<T>(PngHeader header, ReadOnlySpan<T> samples, int channels, ByteSource source)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var count = samples.Length;
        var result = new T[count * channels];
        var colours = channels >= 3 ? 3 : 1;
        for (var i = 0; i < count; i++)
        {
            var index = int.CreateTruncating(samples[i]);
            if (index * 3 >= header.Palette.Length)
            {
                throw source.Damaged($"the pixel at x {i % header.Width}, y {i / header.Width} has palette entry {index}; the palette has {header.Palette.Length / 3}");
            }

            for (var c = 0; c < colours; c++)
            {
                result[(c * count) + i] = T.CreateTruncating(header.Palette[(index * 3) + c]);
            }

            if (channels > colours)
            {
                result[(colours * count) + i] = T.CreateTruncating(index < header.Transparency.Length ? header.Transparency[index] : byte.MaxValue);
            }
        }

        return result;
    }
}

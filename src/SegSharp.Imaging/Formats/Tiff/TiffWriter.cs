using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace SegSharp.Imaging.Formats.Tiff;

// Little-endian classic TIFF: the strips of a page, then its directory. A volume in memory always fits into 4 GB.
internal static class TiffWriter
{
    private const int StripBytes = 1 << 18;

    private enum Kind
    {
        Text = 2,
        Short = 3,
        Long = 4,
        Rational = 5,
    }

    public static void Write(Stream stream, Volume volume)
    {
        stream.Write("II\x2a\0\0\0\0\0"u8);
        var link = 4L;
        for (var z = 0; z < volume.Extent.Depth; z++)
        {
            link = WritePage(stream, volume, z, link);
        }
    }

    // Returns where the offset of the next directory stands.
    private static long WritePage(Stream stream, Volume volume, int z, long link)
    {
        var extent = volume.Extent;
        var size = volume.VoxelType.Size();
        var rowBytes = extent.Width * volume.Channels * size;
        var rowsPerStrip = Math.Clamp(StripBytes / rowBytes, 1, extent.Height);
        var predict = size <= 2;
        var (offsets, counts) = (new List<uint>(), new List<uint>());
        for (var top = 0; top < extent.Height; top += rowsPerStrip)
        {
            var strip = Interleave(volume, z, top, Math.Min(rowsPerStrip, extent.Height - top));
            if (predict)
            {
                Predict(strip, extent.Width, volume.Channels, size);
            }

            offsets.Add(checked((uint)stream.Position));
            using (var deflated = new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true))
            {
                deflated.Write(strip);
            }

            counts.Add((uint)(stream.Position - offsets[^1]));
        }

        WriteWord(stream);
        return WriteDirectory(stream, volume, link, rowsPerStrip, predict, z == 0, [.. offsets], [.. counts]);
    }

    private static long WriteDirectory(Stream stream, Volume volume, long link, int rowsPerStrip, bool predict, bool first, uint[] offsets, uint[] counts)
    {
        var channels = (uint)volume.Channels;
        var colour = channels is 3 or 4 && (volume.VoxelType is VoxelType.UInt8 or VoxelType.UInt16);
        var extra = colour ? channels - 3 : channels - 1;
        var format = volume.VoxelType.IsFloat() ? 3u : volume.VoxelType is VoxelType.Int8 or VoxelType.Int16 or VoxelType.Int32 or VoxelType.Int64 ? 2u : 1u;
        var tags = new List<(int Tag, Kind Kind, uint[] Values)>
        {
            (256, Kind.Long, [(uint)volume.Extent.Width]),
            (257, Kind.Long, [(uint)volume.Extent.Height]),
            (258, Kind.Short, Repeat((uint)volume.VoxelType.Size() * 8, channels)),
            (259, Kind.Short, [TiffPage.AdobeDeflate]),
            (262, Kind.Short, [colour ? (uint)TiffPage.Rgb : TiffPage.BlackIsZero]),
            (273, Kind.Long, offsets),
            (277, Kind.Short, [channels]),
            (278, Kind.Long, [(uint)rowsPerStrip]),
            (279, Kind.Long, counts),
            (284, Kind.Short, [1]),
            (317, Kind.Short, [predict ? 2u : 1]),
            (339, Kind.Short, Repeat(format, channels)),
        };
        if (extra > 0)
        {
            // 2: alpha, not multiplied in; 0: anything else.
            tags.Add((338, Kind.Short, Repeat(colour || channels == 2 ? 2u : 0, extra)));
        }

        var spacing = volume.Geometry.Spacing;
        if (spacing != Triple.One)
        {
            tags.Add((282, Kind.Rational, PerMillimetre(spacing.X)));
            tags.Add((283, Kind.Rational, PerMillimetre(spacing.Y)));
            tags.Add((296, Kind.Short, [1]));
            if (first)
            {
                var n = volume.Extent.Depth;
                var text = string.Create(CultureInfo.InvariantCulture, $"ImageJ=1.54f\nimages={n}\nslices={n}\nunit=mm\nspacing={spacing.Z:R}\n\0");
                tags.Add((270, Kind.Text, Array.ConvertAll(Encoding.ASCII.GetBytes(text), b => (uint)b)));
            }
        }

        var start = stream.Position;
        tags.Sort((a, b) => a.Tag.CompareTo(b.Tag));
        var directory = new byte[2 + (tags.Count * 12) + 4];
        var values = new MemoryStream();
        BinaryPrimitives.WriteUInt16LittleEndian(directory, (ushort)tags.Count);
        for (var i = 0; i < tags.Count; i++)
        {
            var (tag, kind, content) = tags[i];
            var entry = directory.AsSpan(2 + (i * 12), 12);
            var bytes = ToBytes(kind, content);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)kind);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)(kind == Kind.Rational ? content.Length / 2 : content.Length));
            if (bytes.Length <= 4)
            {
                bytes.CopyTo(entry[8..]);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], checked((uint)(start + directory.Length + values.Position)));
                values.Write(bytes);
                WriteWord(values);
            }
        }

        stream.Write(directory);
        values.WriteTo(stream);
        WriteWord(stream);
        var end = stream.Position;
        Span<byte> offset = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(offset, checked((uint)start));
        stream.Position = link;
        stream.Write(offset);
        stream.Position = end;
        return start + directory.Length - 4;
    }

    private static uint[] Repeat(uint value, uint count) => [.. Enumerable.Repeat(value, (int)count)];

    // Pixels per millimetre as a fraction that gives the spacing back to nine digits or better.
    private static uint[] PerMillimetre(double spacing)
    {
        var scale = spacing >= 1 ? (uint)Math.Min(uint.MaxValue / Math.Max(1, spacing), 1e9) : 1_000_000_000u;
        return spacing >= 1
            ? [scale, (uint)Math.Round(scale * spacing)]
            : [scale, (uint)Math.Max(1, Math.Round(scale * spacing))];
    }

    private static byte[] ToBytes(Kind kind, uint[] content) => kind switch
    {
        Kind.Text => Array.ConvertAll(content, v => (byte)v),
        Kind.Short => [.. content.SelectMany(v => (byte[])[(byte)v, (byte)(v >> 8)])],
        _ => [.. content.SelectMany(v => (byte[])[(byte)v, (byte)(v >> 8), (byte)(v >> 16), (byte)(v >> 24)])],
    };

    // Directories and values begin at even places.
    private static void WriteWord(Stream stream)
    {
        if (stream.Position % 2 != 0)
        {
            stream.WriteByte(0);
        }
    }

    private static byte[] Interleave(Volume volume, int z, int top, int rows)
    {
        var (extent, channels, size) = (volume.Extent, volume.Channels, volume.VoxelType.Size());
        var strip = new byte[rows * extent.Width * channels * size];
        for (var c = 0; c < channels; c++)
        {
            var from = volume.Bytes.AsSpan((int)((((((long)c * extent.Depth) + z) * extent.Height) + top) * extent.Width * size), rows * extent.Width * size);
            if (channels == 1)
            {
                from.CopyTo(strip);
                continue;
            }

            for (var i = 0; i < rows * extent.Width; i++)
            {
                from.Slice(i * size, size).CopyTo(strip.AsSpan(((i * channels) + c) * size));
            }
        }

        return strip;
    }

    private static void Predict(Span<byte> strip, int width, int channels, int size)
    {
        if (size == 1)
        {
            Predict(strip, width * channels, channels);
        }
        else
        {
            Predict(MemoryMarshal.Cast<byte, ushort>(strip), width * channels, channels);
        }
    }

    private static void Predict<T>(Span<T> all, int perRow, int back)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var start = 0; start < all.Length; start += perRow)
        {
            var row = all.Slice(start, perRow);
            for (var i = row.Length - 1; i >= back; i--)
            {
                row[i] -= row[i - back];
            }
        }
    }
}

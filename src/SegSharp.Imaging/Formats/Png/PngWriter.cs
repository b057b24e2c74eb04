using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Png;

// Writes 8 and 16 bits with 1 to 4 channels; each row takes the filter whose differences are smallest in sum.
internal static class PngWriter
{
    public static void Write(Stream stream, Volume volume)
    {
        var extent = volume.Extent;
        var size = volume.VoxelType.Size();
        stream.Write(PngFormat.Signature);
        var image = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(image, extent.Width);
        BinaryPrimitives.WriteInt32BigEndian(image.AsSpan(4), extent.Height);
        image[8] = (byte)(size * 8);
        image[9] = volume.Channels switch { 1 => 0, 2 => 4, 3 => 2, _ => 6 };
        WriteChunk(stream, PngHeader.ChunkImage, image);

        var data = new MemoryStream();
        using (var deflated = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            WriteRows(deflated, volume, extent, size);
        }

        WriteChunk(stream, PngHeader.ChunkData, data.GetBuffer().AsSpan(0, (int)data.Length));
        WriteChunk(stream, PngHeader.ChunkEnd, []);
    }

    private static void WriteRows(Stream deflated, Volume volume, Extent extent, int size)
    {
        var pixel = volume.Channels * size;
        var rowBytes = extent.Width * pixel;
        var (row, above, best, trial) = (new byte[rowBytes], new byte[rowBytes], new byte[rowBytes], new byte[rowBytes]);
        var plane = (int)extent.Count * size;
        for (var y = 0; y < extent.Height; y++)
        {
            for (var c = 0; c < volume.Channels; c++)
            {
                var source = volume.Bytes.AsSpan((c * plane) + (y * extent.Width * size), extent.Width * size);
                for (var x = 0; x < extent.Width; x++)
                {
                    var at = (x * pixel) + (c * size);
                    if (size == 1)
                    {
                        row[at] = source[x];
                    }
                    else
                    {
                        (row[at], row[at + 1]) = (source[(2 * x) + 1], source[2 * x]);
                    }
                }
            }

            var (filter, least) = (0, long.MaxValue);
            for (var f = 0; f < PngFilter.Count; f++)
            {
                PngFilter.Apply(f, row, above, pixel, trial);
                var sum = 0L;
                foreach (var b in trial)
                {
                    sum += Math.Abs((int)(sbyte)b);
                }

                if (sum < least)
                {
                    (filter, least) = (f, sum);
                    (best, trial) = (trial, best);
                }
            }

            deflated.WriteByte((byte)filter);
            deflated.Write(best);
            (row, above) = (above, row);
        }
    }

    private static void WriteChunk(Stream stream, string kind, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        stream.Write(word);
        var name = Encoding.ASCII.GetBytes(kind);
        stream.Write(name);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc32.Append(Crc32.Append(0, name), content));
        stream.Write(word);
    }
}

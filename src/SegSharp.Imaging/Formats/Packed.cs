using System.Buffers.Binary;
using System.IO.Compression;

namespace SegSharp.Imaging.Formats;

// Bytes behind gzip or zlib. Nothing is allocated before the file could possibly fill it.
internal static class Packed
{
    // The best that deflate can do.
    public const int BestRatio = 1032;

    public static bool IsGzip(ReadOnlySpan<byte> head) => head.Length > 2 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8;

    public static bool IsGzip(ByteSource source)
    {
        Span<byte> head = stackalloc byte[3];
        return IsGzip(head[..source.ReadUpTo(0, head)]);
    }

    // The first bytes of a file, unpacked where it is gzip; as many as there are.
    public static byte[] Head(ByteSource source, int count)
    {
        var head = new byte[count];
        if (!IsGzip(source))
        {
            return head[..source.ReadUpTo(0, head)];
        }

        using var stream = new GZipStream(new SourceStream(source, 0, source.Length), CompressionMode.Decompress);
        try
        {
            return head[..stream.ReadAtLeast(head, count, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw source.Damaged("its gzip data are broken at the very start");
        }
    }

    // Bytes of a whole file, plain or gzip, from a place in what it holds.
    public static byte[] Read(ByteSource source, long offset, long count, string what) =>
        IsGzip(source) ? Unpack(source, 0, source.Length, gzip: true, offset, count, what) : source.ReadExactly(offset, count, what);

    // Unpacks what lies from start on: passes over the first bytes and gives the next ones.
    public static byte[] Unpack(ByteSource source, long start, long stored, bool gzip, long skip, long count, string what)
    {
        Limits.CheckRatio(source, skip + count, stored, BestRatio);
        Stream Open() => gzip
            ? new GZipStream(new SourceStream(source, start, stored), CompressionMode.Decompress)
            : new ZLibStream(new SourceStream(source, start, stored), CompressionMode.Decompress);

        if (gzip && !SaysSize(source, start + stored, skip + count))
        {
            // Several members, something behind the voxels, or a lie: counted before anything is allocated.
            using var first = Open();
            Pass(source, first, skip + count, skip + count, what);
        }

        using var stream = Open();
        Pass(source, stream, skip, skip + count, what);
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)count));
        var done = 0;
        try
        {
            while (done < bytes.Length)
            {
                var n = stream.Read(bytes, done, bytes.Length - done);
                if (n == 0)
                {
                    throw Ends(source, skip + done, skip + count, what);
                }

                done += n;
            }

            // The checksum is looked at only when the end is read.
            _ = stream.ReadByte();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw source.Damaged($"its compressed data are broken after {skip + done} bytes of {what}");
        }

        return bytes;
    }

    // gzip ends with the number of bytes that it holds, modulo 2³².
    private static bool SaysSize(ByteSource source, long end, long expected)
    {
        Span<byte> size = stackalloc byte[4];
        return source.ReadUpTo(end - 4, size) == 4 && BinaryPrimitives.ReadUInt32LittleEndian(size) == (uint)expected;
    }

    private static void Pass(ByteSource source, Stream stream, long count, long needed, string what)
    {
        if (count == 0)
        {
            return;
        }

        var done = 0L;
        var buffer = new byte[Math.Min(count, 1 << 16)];
        try
        {
            while (done < count)
            {
                var n = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, count - done));
                if (n == 0)
                {
                    throw Ends(source, done, needed, what);
                }

                done += n;
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw source.Damaged($"its compressed data are broken after {done} bytes of {what}");
        }
    }

    private static Foundation.InputException Ends(ByteSource source, long found, long needed, string what) =>
        new($"'{source.Path}' is truncated: its compressed data end after {found} bytes, but {what} needs {needed}", "copy or download the file again");
}

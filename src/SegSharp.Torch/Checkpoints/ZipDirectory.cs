using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>One entry of a zip archive, as its central directory describes it.</summary>
/// <param name="Name">Path with forward slashes.</param>
/// <param name="Method">0 stored, 8 deflated.</param>
/// <param name="Crc">CRC-32 of the content; 0 when the writer left it out.</param>
/// <param name="Packed">Bytes in the archive.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Header">Where its local header lies.</param>
internal sealed record ZipEntry(string Name, int Method, uint Crc, long Packed, long Size, long Header);

/// <summary>The table of contents of a zip archive, every number held against the length of the file.</summary>
/// <remarks>Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5 (Zip64).</remarks>
internal sealed class ZipDirectory
{
    private const string Damaged = "copy or download the file again";

    private readonly ByteSource _file;
    private readonly Dictionary<string, ZipEntry> _byName = new(StringComparer.Ordinal);

    private ZipDirectory(ByteSource file) => _file = file;

    public List<ZipEntry> Entries { get; } = [];

    /// <summary>Where the entries end.</summary>
    public long Start { get; private set; }

    /// <summary>Reads the directory.</summary>
    /// <exception cref="InputException">There is none, or it contradicts itself or the file.</exception>
    public static ZipDirectory Read(ByteSource file)
    {
        var zip = new ZipDirectory(file);
        zip.ReadDirectory();
        return zip;
    }

    public ZipEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The content of an entry, checksum verified.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="most">Refused beyond that many bytes.</param>
    public byte[] Content(ZipEntry entry, long most)
    {
        if (entry.Size > most || entry.Size > Array.MaxLength)
        {
            throw _file.Bad($"entry '{entry.Name}' has {entry.Size} bytes; {Math.Min(most, Array.MaxLength)} is the limit");
        }

        var at = Begin(entry);
        var content = entry.Method == 0 ? _file.Read(at, (int)entry.Size) : Inflate(entry, at);
        if (entry.Crc != 0 && Crc32.Append(0, content) is var crc && crc != entry.Crc)
        {
            throw _file.Bad($"entry '{entry.Name}' is damaged: its CRC-32 is {crc:x8}, the directory says {entry.Crc:x8}", Damaged);
        }

        return content;
    }

    private byte[] Inflate(ZipEntry entry, long at)
    {
        try
        {
            using var packed = new MemoryStream(_file.Read(at, checked((int)entry.Packed)), writable: false);
            using var inflater = new DeflateStream(packed, CompressionMode.Decompress);
            var content = new byte[entry.Size];
            if (inflater.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) < content.Length || inflater.ReadByte() >= 0)
            {
                throw _file.Bad($"entry '{entry.Name}' does not unpack to the {entry.Size} bytes that the directory says", Damaged);
            }

            return content;
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException or IOException)
        {
            throw _file.Bad($"entry '{entry.Name}' cannot be unpacked", Damaged);
        }
    }

    private long Begin(ZipEntry entry)
    {
        var head = _file.Read(entry.Header, 30);
        var at = entry.Header + 30 + U16(head, 26) + U16(head, 28);
        if (U32(head, 0) != 0x04034b50 || at > Start || entry.Packed > Start - at)
        {
            throw _file.Bad($"entry '{entry.Name}' does not lie where the directory says", Damaged);
        }

        return at;
    }

    private void ReadDirectory()
    {
        var (count, length, start, end) = FindEnd();
        if (start > end || length > end - start || count > length / 46)
        {
            throw _file.Bad("its zip directory does not fit into the file", Damaged);
        }

        if (length > 256 << 20)
        {
            throw _file.Bad($"its zip directory has {length} bytes; {256 << 20} is the limit");
        }

        Start = start;
        var bytes = _file.Read(start, (int)length);
        var at = 0;
        var (total, inflated) = (0L, (Int128)0);
        var most = (64L << 20) + (32 * _file.Length);
        for (var i = 0L; i < count; i++)
        {
            var entry = ReadEntry(bytes, ref at);
            total += entry.Packed;
            if (total > _file.Length)
            {
                throw _file.Bad("its zip entries overlap", Damaged);
            }

            // Weights hardly shrink: what unpacks to far more than the file's length is no checkpoint.
            inflated += entry.Method == 8 ? entry.Size : 0;
            if (inflated > most)
            {
                throw _file.Bad($"its entries unpack to more than {most} bytes from a file of {_file.Length}; refused");
            }

            if (!_byName.TryAdd(entry.Name, entry))
            {
                throw _file.Bad($"its zip archive holds '{entry.Name}' twice", Damaged);
            }

            Entries.Add(entry);
        }
    }

    private (long Count, long Length, long Start, long End) FindEnd()
    {
        var tail = _file.Read(Math.Max(0, _file.Length - 65557), (int)Math.Min(_file.Length, 65557));
        var at = tail.Length - 22;
        while (at >= 0 && !(U32(tail, at) == 0x06054b50 && U16(tail, at + 20) == tail.Length - at - 22))
        {
            at--;
        }

        if (at < 0)
        {
            throw _file.Bad("it starts as a zip archive but has no directory at its end: the file is cut off", Damaged);
        }

        var end = _file.Length - tail.Length + at;
        (long count, long length, long start) = (U16(tail, at + 10), U32(tail, at + 12), U32(tail, at + 16));
        if (end >= 20 && _file.Read(end - 20, 20) is var locator && U32(locator, 0) == 0x07064b50)
        {
            var wide = I64(locator, 8);
            var record = wide < 0 || wide > end - 20 - 56 ? new byte[56] : _file.Read(wide, 56);
            if (U32(record, 0) != 0x06064b50)
            {
                throw _file.Bad("its Zip64 directory is damaged", Damaged);
            }

            (count, length, start) = (I64(record, 32), I64(record, 40), I64(record, 48));
            end = wide;
        }

        return count < 0 || length < 0 || start < 0 ? throw _file.Bad("its zip directory is damaged", Damaged) : (count, length, start, end);
    }

    private ZipEntry ReadEntry(byte[] bytes, ref int at)
    {
        if (bytes.Length - at < 46 || U32(bytes, at) != 0x02014b50)
        {
            throw _file.Bad("its zip directory is damaged", Damaged);
        }

        var (flags, method) = (U16(bytes, at + 8), U16(bytes, at + 10));
        var crc = U32(bytes, at + 16);
        long packed = U32(bytes, at + 20), size = U32(bytes, at + 24), header = U32(bytes, at + 42);
        var (nameLength, extraLength, commentLength) = (U16(bytes, at + 28), U16(bytes, at + 30), U16(bytes, at + 32));
        if (nameLength + extraLength + commentLength > bytes.Length - at - 46)
        {
            throw _file.Bad("its zip directory is damaged", Damaged);
        }

        var name = Encoding.UTF8.GetString(bytes, at + 46, nameLength);
        ReadWide(bytes.AsSpan(at + 46 + nameLength, extraLength), ref size, ref packed, ref header);
        at += 46 + nameLength + extraLength + commentLength;
        if ((flags & 0x41) != 0)
        {
            throw _file.Bad($"entry '{name}' is encrypted");
        }

        if (method is not (0 or 8))
        {
            throw _file.Bad($"entry '{name}' is packed by method {method}; stored and deflated can be read");
        }

        return packed < 0 || size < 0 || header < 0 || header > Start - 30 || packed > Start - header - 30 || (method == 0 && packed != size)
            ? throw _file.Bad($"entry '{name}' ({size} bytes at {header}) does not fit into the file of {_file.Length} bytes", Damaged)
            : new ZipEntry(name, method, crc, packed, size, header);
    }

    // Zip64: the fields that are all ones in the record follow here, in this order.
    private static void ReadWide(ReadOnlySpan<byte> extra, ref long size, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            var (kind, length) = (BinaryPrimitives.ReadUInt16LittleEndian(extra), BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            if (length > extra.Length - 4)
            {
                return;
            }

            if (kind == 1)
            {
                var wide = extra.Slice(4, length);
                Take(ref wide, ref size);
                Take(ref wide, ref packed);
                Take(ref wide, ref header);
            }

            extra = extra[(4 + length)..];
        }

        static void Take(ref ReadOnlySpan<byte> wide, ref long field)
        {
            if (field == uint.MaxValue && wide.Length >= 8)
            {
                field = BinaryPrimitives.ReadInt64LittleEndian(wide);
                wide = wide[8..];
            }
        }
    }

    private static int U16(byte[] b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b.AsSpan(at));

    private static uint U32(byte[] b, int at) => BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan(at));

    private static long I64(byte[] b, int at) => BinaryPrimitives.ReadInt64LittleEndian(b.AsSpan(at));
}

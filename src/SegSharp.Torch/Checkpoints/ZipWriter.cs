using System.Buffers.Binary;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>Writes a zip archive whose entries are stored and begin at multiples of 64 bytes; Zip64 where 32 bits do not suffice.</summary>
/// <remarks>Source: PKWARE APPNOTE 6.3.10; the padding field "FB" is PyTorch's (caffe2/serialize/inline_container.cc).</remarks>
internal sealed class ZipWriter(Stream to)
{
    private const int Alignment = 64;
    private readonly List<ZipEntry> _entries = [];

    /// <summary>Adds an entry.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        var header = to.Position;
        var nameBytes = Encoding.UTF8.GetBytes(name);
        var crc = Crc32.Append(0, content);
        var start = header + 30 + nameBytes.Length + 4;
        var padding = (int)((Alignment - (start % Alignment)) % Alignment);

        var head = new Record(30 + nameBytes.Length + 4 + padding);
        head.U32(0x04034b50);
        head.U16(10);
        head.U16(0x800); // names are UTF-8
        head.U16(0); // stored
        head.U32(0x00210000); // 1 January 1980: equal weights give equal files
        head.U32(crc);
        head.U32((uint)content.Length);
        head.U32((uint)content.Length);
        head.U16(nameBytes.Length);
        head.U16(4 + padding);
        head.Raw(nameBytes);
        head.U16('F' | ('B' << 8));
        head.U16(padding);
        head.Fill(padding, (byte)'Z');
        to.Write(head.Bytes);
        to.Write(content);
        _entries.Add(new ZipEntry(name, 0, crc, content.Length, content.Length, header));
    }

    /// <summary>Writes the directory; nothing may be added after it.</summary>
    public void Finish()
    {
        var start = to.Position;
        foreach (var entry in _entries)
        {
            WriteEntry(entry);
        }

        var end = to.Position;
        var wide = start > uint.MaxValue - 1 || end - start > uint.MaxValue - 1 || _entries.Count > ushort.MaxValue - 1;
        if (wide)
        {
            var record = new Record(56 + 20);
            record.U32(0x06064b50);
            record.U64(44);
            record.U16(45);
            record.U16(45);
            record.U32(0);
            record.U32(0);
            record.U64(_entries.Count);
            record.U64(_entries.Count);
            record.U64(end - start);
            record.U64(start);
            record.U32(0x07064b50);
            record.U32(0);
            record.U64(end);
            record.U32(1);
            to.Write(record.Bytes);
        }

        var last = new Record(22);
        last.U32(0x06054b50);
        last.U32(0);
        last.U16(wide ? ushort.MaxValue : _entries.Count);
        last.U16(wide ? ushort.MaxValue : _entries.Count);
        last.U32(wide ? uint.MaxValue : (uint)(end - start));
        last.U32(wide ? uint.MaxValue : (uint)start);
        last.U16(0);
        to.Write(last.Bytes);
    }

    private void WriteEntry(ZipEntry entry)
    {
        var name = Encoding.UTF8.GetBytes(entry.Name);
        var far = entry.Header > uint.MaxValue - 1;
        var record = new Record(46 + name.Length + (far ? 12 : 0));
        record.U32(0x02014b50);
        record.U16(far ? 45 : 10);
        record.U16(far ? 45 : 10);
        record.U16(0x800);
        record.U16(0);
        record.U32(0x00210000);
        record.U32(entry.Crc);
        record.U32((uint)entry.Packed);
        record.U32((uint)entry.Size);
        record.U16(name.Length);
        record.U16(far ? 12 : 0);
        record.U16(0);
        record.U16(0);
        record.U16(0);
        record.U32(0);
        record.U32(far ? uint.MaxValue : (uint)entry.Header);
        record.Raw(name);
        if (far)
        {
            record.U16(1);
            record.U16(8);
            record.U64(entry.Header);
        }

        to.Write(record.Bytes);
    }

    private sealed class Record(int length)
    {
        private int _at;

        public byte[] Bytes { get; } = new byte[length];

        public void U16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Next(2), (ushort)value);

        public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Next(4), value);

        public void U64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Next(8), value);

        public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Next(bytes.Length));

        public void Fill(int count, byte value) => Next(count).Fill(value);

        private Span<byte> Next(int count)
        {
            _at += count;
            return Bytes.AsSpan(_at - count, count);
        }
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// What a file says before its pixels: the syntax, the elements, and where the pixels lie.
internal sealed record DicomFile(ByteSource Source, DicomSyntax? Syntax, string SyntaxUid, DicomItem Data, DicomElement? Pixels)
{
    public bool IsPacked { get; init; }                                // gzip around the whole file
}

// Reads the data elements of a file, never its pixels. Every length is held against the file's before anything is made.
// Source: DICOM PS3.5 section 7, PS3.10 section 7. Also without preamble or meta header, as old archives have it.
internal sealed class DicomReader
{
    private const int Window = 1 << 14, MostDepth = 24, MostValue = 1 << 20, MostInflated = 1 << 30;
    private const uint UndefinedLength = 0xFFFF_FFFF;

    private readonly ByteSource _source;
    private readonly byte[] _window = new byte[Window];
    private long _windowStart;
    private int _windowLength;

    private DicomReader(ByteSource source) => _source = source;

    // For a file without "DICM": whether its first bytes are an element of group 2 or 8, as DICOM files without preamble begin.
    public static bool LooksBare(ReadOnlySpan<byte> head) => head.Length >= 12 && BareSyntax(head) is not null;

    public static bool HasPreamble(ReadOnlySpan<byte> head) => head.Length >= 132 && head.Slice(128, 4).SequenceEqual("DICM"u8);

    public static DicomFile Read(ByteSource source)
    {
        if (!Packed.IsGzip(source))
        {
            return new DicomReader(source).ReadFile();
        }

        var whole = new DicomReader(source).Inflate(0, s => new GZipStream(s, CompressionMode.Decompress), "gzip data");
        return new DicomReader(ByteSource.Of(source.Path, whole)).ReadFile() with { IsPacked = true };
    }

    private static DicomSyntax? BareSyntax(ReadOnlySpan<byte> head)
    {
        var (group, element) = (BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadUInt16LittleEndian(head[2..]));
        var isExplicit = IsType(head[4], head[5]) && IsKnownType(head.Slice(4, 2));
        if (group is 0x0002 or 0x0008 && element < 0x0200)
        {
            return isExplicit ? DicomSyntax.ExplicitLittle
                : BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) is var length && length < 256 && length % 2 == 0 ? DicomSyntax.ImplicitLittle
                : null;
        }

        return group is 0x0200 or 0x0800 && (element & 0xFF) < 2 && isExplicit ? DicomSyntax.ExplicitBig : null;
    }

    private static bool IsType(byte a, byte b) => a is >= (byte)'A' and <= (byte)'Z' && b is >= (byte)'A' and <= (byte)'Z';

    private static bool IsKnownType(ReadOnlySpan<byte> two)
    {
        ReadOnlySpan<byte> all = "AEASATCSDADSDTFLFDISLOLTOBODOFOLOVOWPNSHSLSQSSSTSVTMUCUIULUNURUSUTUV"u8;
        for (var i = 0; i < all.Length; i += 2)
        {
            if (two.SequenceEqual(all.Slice(i, 2)))
            {
                return true;
            }
        }

        return false;
    }

    private DicomFile ReadFile()
    {
        var head = new byte[Math.Min(144, _source.Length)];
        _source.ReadExactly(0, head, "the DICOM header");
        var at = HasPreamble(head) ? 132L : 0;
        if (at == 0 && !LooksBare(head))
        {
            throw _source.Damaged("neither 'DICM' at 128 nor a DICOM element at its beginning");
        }

        var (uid, start) = ReadMeta(at);
        if (start >= _source.Length)
        {
            throw _source.Damaged("nothing follows its DICOM meta header");
        }

        var syntax = uid is null ? Guess(start) : DicomSyntax.Find(uid);
        if (syntax == DicomSyntax.ImplicitLittle && start + 8 <= _source.Length && IsKnownType(Peek(start + 4, 2)))
        {
            // Says implicit and is explicit: a length of that many bytes cannot begin a data set.
            syntax = DicomSyntax.ExplicitLittle;
        }

        var source = _source;
        var reader = this;
        if (syntax is { IsDeflated: true })
        {
            source = ByteSource.Of(_source.Path, Inflate(start, s => new DeflateStream(s, CompressionMode.Decompress), "deflated data"));
            (reader, start) = (new DicomReader(source), 0);
        }

        // Files of unknown syntaxes are explicit little endian outside their pixels, by the standard.
        var data = new DicomItem(syntax?.IsBigEndian ?? false);
        var pixels = reader.ReadElements(data, start, source.Length, syntax?.IsImplicit ?? false, depth: 0, undefined: false, out _);
        return new DicomFile(source, syntax, uid ?? syntax!.Uid, data, pixels);
    }

    // Group 2 is explicit little endian always. Its stated length is not believed: it ends where another group begins.
    private (string? Uid, long End) ReadMeta(long at)
    {
        string? uid = null;
        while (at + 8 <= _source.Length)
        {
            var head = Peek(at, 8);
            if (BinaryPrimitives.ReadUInt16LittleEndian(head) != 2 || !IsType(head[4], head[5]))
            {
                break;
            }

            var tag = 0x0002_0000u | BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
            var isLong = IsLong(head.Slice(4, 2));
            var length = isLong ? BinaryPrimitives.ReadUInt32LittleEndian(Peek(at + 8, 4)) : BinaryPrimitives.ReadUInt16LittleEndian(head[6..]);
            var value = at + (isLong ? 12 : 8);
            if (value + length > _source.Length)
            {
                throw Cut(tag, length, value);
            }

            if (tag == DicomTag.TransferSyntax && length <= 128)
            {
                uid = System.Text.Encoding.Latin1.GetString(_source.ReadExactly(value, length, "the transfer syntax")).Trim(' ', '\0');
                uid = uid.Length == 0 ? null : uid;
            }

            at = value + length;
        }

        return (uid, at);
    }

    private DicomSyntax Guess(long at)
    {
        var head = Peek(at, (int)Math.Min(8, _source.Length - at));
        if (head.Length < 8)
        {
            throw _source.Damaged("nothing that is an element follows its DICOM meta header");
        }

        var isBig = head[0] == 0 && head[1] != 0;
        return !IsType(head[4], head[5]) ? DicomSyntax.ImplicitLittle : isBig ? DicomSyntax.ExplicitBig : DicomSyntax.ExplicitLittle;
    }

    // What is behind deflate or gzip, at most 1 GB of it.
    private byte[] Inflate(long start, Func<Stream, Stream> unpack, string what)
    {
        var stored = _source.ReadExactly(start, _source.Length - start, $"the {what}");
        try
        {
            using var stream = unpack(new MemoryStream(stored));
            using var result = new MemoryStream();
            var part = new byte[1 << 16];
            int n;
            while ((n = stream.Read(part)) > 0)
            {
                if (result.Length + n > MostInflated)
                {
                    throw _source.Unsupported($"its {what} take more than 1 GB", "unpack it first: gunzip, or gdcmconv --raw IN OUT");
                }

                result.Write(part, 0, n);
            }

            return result.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InputException($"'{_source.Path}' is damaged: its {what} cannot be unpacked", "copy or download the file again", e);
        }
    }

    // Elements up to an end, or up to the delimiter of an item of undefined length. Returns the pixels of the outermost level.
    private DicomElement? ReadElements(DicomItem target, long at, long end, bool isImplicit, int depth, bool undefined, out long next)
    {
        if (depth > MostDepth)
        {
            throw _source.Damaged($"its sequences are nested more than {MostDepth} deep");
        }

        while (at < end)
        {
            if (end - at < 8)
            {
                // A rest that holds no element: padding.
                break;
            }

            var head = Peek(at, 8);
            var isBig = target.IsBigEndian;
            var tag = Tag(head, isBig);
            if (tag == DicomTag.ItemEnd && undefined)
            {
                next = at + 8;
                return null;
            }

            if (tag == DicomTag.SequenceEnd || tag == DicomTag.ItemEnd || (tag >> 16) == 0xFFFF || (depth == 0 && (tag >> 16) == 0xFFFC))
            {
                // Delimiters where none belongs come from naive writers; the padding group ends the data set.
                if ((tag >> 16) != 0xFFFE)
                {
                    break;
                }

                at += 8;
                continue;
            }

            var (type, length, value) = Shape(head, tag, at, isImplicit, isBig);
            var known = type == "UN" ? DicomTag.TypeOf(tag) : type;
            if (depth == 0 && DicomTag.IsPixels(tag))
            {
                next = at;
                return new DicomElement(tag, type, value, length, default, []);
            }

            if (length != DicomElement.Undefined && value + length > end)
            {
                throw Cut(tag, length, value);
            }

            if (length == DicomElement.Undefined)
            {
                // UN of undefined length is a sequence in implicit little endian (PS3.5 section 6.2.2).
                var inside = isImplicit || type == "UN";
                target.Add(new DicomElement(tag, "SQ", value, length, default, ReadItems(value, end, inside, type == "UN" ? false : isBig, depth + 1, undefined: true, out at)));
                continue;
            }

            if (known == "SQ")
            {
                IReadOnlyList<DicomItem> items = [];
                if ((tag & 0x1_0000) == 0)
                {
                    try
                    {
                        items = ReadItems(value, value + length, isImplicit || type == "UN", type == "UN" ? false : isBig, depth + 1, undefined: false, out _);
                    }
                    catch (InputException) when (!IsNeeded(tag))
                    {
                        // Its length says where it ends, so what cannot be understood is passed over.
                    }
                }

                target.Add(new DicomElement(tag, "SQ", value, length, default, items));
            }
            else
            {
                var bytes = length <= MostValue ? Value(value, (int)length) : default;
                target.Add(new DicomElement(tag, known, value, length, bytes, []));
            }

            at = value + length;
        }

        if (undefined && at >= end)
        {
            throw _source.Damaged("an item of undefined length does not end");
        }

        next = Math.Min(at, end);
        return null;
    }

    private List<DicomItem> ReadItems(long at, long end, bool isImplicit, bool isBig, int depth, bool undefined, out long next)
    {
        var items = new List<DicomItem>();
        while (end - at >= 8)
        {
            var head = Peek(at, 8);
            var tag = Tag(head, isBig);
            var length = isBig ? BinaryPrimitives.ReadUInt32BigEndian(head[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            at += 8;
            if (tag == DicomTag.SequenceEnd)
            {
                next = at;
                return items;
            }

            if (tag != DicomTag.Item)
            {
                throw _source.Damaged($"a sequence holds {DicomTag.Text(tag)} where an item was expected");
            }

            var item = new DicomItem(isBig);
            if (length == UndefinedLength)
            {
                _ = ReadElements(item, at, end, isImplicit, depth, undefined: true, out at);
            }
            else
            {
                if (at + length > end)
                {
                    throw Cut(tag, length, at);
                }

                _ = ReadElements(item, at, at + length, isImplicit, depth, undefined: false, out _);
                at += length;
            }

            items.Add(item);
        }

        if (undefined)
        {
            throw _source.Damaged("a sequence of undefined length does not end");
        }

        next = end;
        return items;
    }

    private static bool IsNeeded(uint tag) => tag is DicomTag.SharedGroups or DicomTag.PerFrameGroups or DicomTag.SegmentSequence;

    private (string Type, long Length, long Value) Shape(ReadOnlySpan<byte> head, uint tag, long at, bool isImplicit, bool isBig)
    {
        uint length;
        string type;
        var value = at + 8;
        if (isImplicit)
        {
            type = DicomTag.TypeOf(tag);
            length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        }
        else if (!IsType(head[4], head[5]))
        {
            // An implicit element among explicit ones: written by naive editors. Its length is of four bytes.
            type = DicomTag.TypeOf(tag);
            length = isBig ? BinaryPrimitives.ReadUInt32BigEndian(head[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        }
        else
        {
            type = TypeText(head.Slice(4, 2));
            if (IsLong(head.Slice(4, 2)))
            {
                var four = Peek(at + 8, 4);
                length = isBig ? BinaryPrimitives.ReadUInt32BigEndian(four) : BinaryPrimitives.ReadUInt32LittleEndian(four);
                value += 4;
            }
            else
            {
                length = isBig ? BinaryPrimitives.ReadUInt16BigEndian(head[6..]) : BinaryPrimitives.ReadUInt16LittleEndian(head[6..]);
            }
        }

        return (type, length == UndefinedLength ? DicomElement.Undefined : length, value);
    }

    private static string TypeText(ReadOnlySpan<byte> two) => string.Intern(System.Text.Encoding.Latin1.GetString(two));

    private static bool IsLong(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("OB"u8) || type.SequenceEqual("OW"u8) || type.SequenceEqual("SQ"u8) || type.SequenceEqual("UN"u8) || type.SequenceEqual("UT"u8)
        || type.SequenceEqual("OF"u8) || type.SequenceEqual("OD"u8) || type.SequenceEqual("OL"u8) || type.SequenceEqual("OV"u8) || type.SequenceEqual("UC"u8)
        || type.SequenceEqual("UR"u8) || type.SequenceEqual("SV"u8) || type.SequenceEqual("UV"u8);

    private static uint Tag(ReadOnlySpan<byte> head, bool isBig) => isBig
        ? ((uint)BinaryPrimitives.ReadUInt16BigEndian(head) << 16) | BinaryPrimitives.ReadUInt16BigEndian(head[2..])
        : ((uint)BinaryPrimitives.ReadUInt16LittleEndian(head) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);

    private ReadOnlyMemory<byte> Value(long at, int length)
    {
        if (length == 0)
        {
            return default;
        }

        if (length > Window / 2)
        {
            return _source.ReadExactly(at, length, "an element");
        }

        return Peek(at, length).ToArray();
    }

    private ReadOnlySpan<byte> Peek(long at, int count)
    {
        if (at < _windowStart || at + count > _windowStart + _windowLength)
        {
            _windowStart = at;
            _windowLength = _source.ReadUpTo(at, _window);
            if (_windowLength < count)
            {
                throw _source.Damaged($"it ends in the middle of an element, at {_source.Length} bytes");
            }
        }

        return _window.AsSpan((int)(at - _windowStart), count);
    }

    private InputException Cut(uint tag, long length, long at) => new(
        $"'{_source.Path}' is damaged: element {DicomTag.Text(tag)} claims {length} bytes at {at}, more than there are", "copy or download the file again");
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SegSharp.Imaging.Formats.Dicom;

// One data element: where its value lies, and the value itself unless it is large or pixels.
internal sealed record DicomElement(uint Tag, string Type, long Offset, long Length, ReadOnlyMemory<byte> Value, IReadOnlyList<DicomItem> Items)
{
    public const long Undefined = -1;
}

// A data set, or an item of a sequence: elements by their tag.
internal sealed class DicomItem(bool isBigEndian)
{
    private static readonly char[] Padding = [' ', '\0'];

    private readonly Dictionary<uint, DicomElement> _elements = [];

    public bool IsBigEndian { get; } = isBigEndian;

    public IEnumerable<DicomElement> Elements => _elements.Values;

    public void Add(DicomElement element) => _elements[element.Tag] = element;

    public DicomElement? Find(uint tag) => _elements.GetValueOrDefault(tag);

    public bool Has(uint tag) => _elements.ContainsKey(tag);

    public IReadOnlyList<DicomItem> Items(uint tag) => Find(tag)?.Items ?? [];

    // The first item of the first of these sequences that is there.
    public DicomItem? Inner(uint tag) => Items(tag) is [var first, ..] ? first : null;

    // Letters as in Latin-1; for numbers, codes and identifiers.
    public string? Code(uint tag) => Find(tag) is { Value.Length: > 0 } e && Encoding.Latin1.GetString(e.Value.Span).Trim(Padding) is { Length: > 0 } text ? text : null;

    // Letters in the file's character set, as far as it is known here: others than UTF-8 and Latin-1 keep their ASCII only.
    public string? Text(uint tag, string? characterSet)
    {
        if (Find(tag) is not { Value.Length: > 0 } element)
        {
            return null;
        }

        var encoding = characterSet switch
        {
            null or "" or "ISO_IR 6" or "ISO_IR 100" => Encoding.Latin1,
            "ISO_IR 192" => Encoding.UTF8,
            _ => Encoding.ASCII,
        };
        var text = new string([.. encoding.GetString(element.Value.Span).Select(c => char.IsControl(c) ? ' ' : c)]).Trim(' ');
        return text.Length > 0 ? text : null;
    }

    public int? Whole(uint tag) => Numbers(tag) is [var n, ..] && n == Math.Floor(n) && Math.Abs(n) <= int.MaxValue ? (int)n : null;

    public double? Number(uint tag) => Numbers(tag) is [var n, ..] ? n : null;

    // All values; null when the element is missing, empty, or one of them is no finite number.
    public double[]? Numbers(uint tag)
    {
        if (Find(tag) is not { Value.Length: > 0 } element)
        {
            return null;
        }

        var bytes = element.Value.Span;
        if (element.Type is "DS" or "IS")
        {
            var parts = Encoding.Latin1.GetString(bytes).Trim(Padding).Split('\\');
            var parsed = new double[parts.Length];
            for (var i = 0; i < parts.Length; i++)
            {
                if (!double.TryParse(parts[i].Trim(Padding), NumberStyles.Float, CultureInfo.InvariantCulture, out parsed[i]) || !double.IsFinite(parsed[i]))
                {
                    return null;
                }
            }

            return parsed;
        }

        var size = element.Type switch { "US" or "SS" or "OW" => 2, "UL" or "SL" or "FL" => 4, "FD" => 8, _ => 0 };
        if (size == 0 || bytes.Length < size)
        {
            return null;
        }

        var numbers = new double[bytes.Length / size];
        for (var i = 0; i < numbers.Length; i++)
        {
            var b = bytes.Slice(i * size, size);
            numbers[i] = (element.Type, IsBigEndian) switch
            {
                ("SS", false) => BinaryPrimitives.ReadInt16LittleEndian(b),
                ("SS", true) => BinaryPrimitives.ReadInt16BigEndian(b),
                ("UL", false) => BinaryPrimitives.ReadUInt32LittleEndian(b),
                ("UL", true) => BinaryPrimitives.ReadUInt32BigEndian(b),
                ("SL", false) => BinaryPrimitives.ReadInt32LittleEndian(b),
                ("SL", true) => BinaryPrimitives.ReadInt32BigEndian(b),
                ("FL", false) => BinaryPrimitives.ReadSingleLittleEndian(b),
                ("FL", true) => BinaryPrimitives.ReadSingleBigEndian(b),
                ("FD", false) => BinaryPrimitives.ReadDoubleLittleEndian(b),
                ("FD", true) => BinaryPrimitives.ReadDoubleBigEndian(b),
                (_, false) => BinaryPrimitives.ReadUInt16LittleEndian(b),
                (_, true) => BinaryPrimitives.ReadUInt16BigEndian(b),
            };
            if (!double.IsFinite(numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }

    public Triple? Vector(uint tag) => Numbers(tag) is [var x, var y, var z] ? new Triple(x, y, z) : null;
}

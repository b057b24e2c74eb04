using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SegSharp.Imaging.Formats.Tiff;

// Walks the chain of directories. Source: TIFF Revision 6.0, section 2; BigTIFF as in libtiff.
internal sealed class TiffDirectories
{
    private const int MaxPages = 1 << 20;

    private readonly ByteSource _source;
    private readonly bool _bigEndian, _bigTiff;

    private TiffDirectories(ByteSource source, bool bigEndian, bool bigTiff) => (_source, _bigEndian, _bigTiff) = (source, bigEndian, bigTiff);

    public static IReadOnlyList<TiffPage> Read(ByteSource source)
    {
        Span<byte> head = stackalloc byte[16];
        source.ReadExactly(0, head[..8], "the TIFF header");
        var bigEndian = head[0] == 'M';
        var bigTiff = head[bigEndian ? 3 : 2] == 43;
        if (bigTiff)
        {
            source.ReadExactly(0, head, "the BigTIFF header");
        }

        var walker = new TiffDirectories(source, bigEndian, bigTiff);
        var at = bigTiff ? (long)walker.Number(head[8..], 8) : (long)walker.Number(head[4..], 4);
        var (pages, seen) = (new List<TiffPage>(), new HashSet<long>());
        while (at != 0)
        {
            if (!seen.Add(at) || seen.Count > MaxPages)
            {
                throw source.Damaged($"its directories go round in a circle at {at}");
            }

            at = walker.ReadDirectory(at, pages);
        }

        return pages.Count > 0 ? Unfold(source, pages) : throw source.Damaged("it holds no page");
    }

    private static IReadOnlyList<TiffPage> Unfold(ByteSource source, List<TiffPage> pages)
    {
        var first = pages[0];
        if (pages.Count > 1 || first.ImageJPages == 1 || first.Compression != TiffPage.None || first.Planar && first.Samples > 1)
        {
            return pages;
        }

        // ImageJ: the pages lie one behind the other from the first offset on.
        var bytes = first.Height * first.TileRowBytes;
        var expected = first.Offsets[0] + (bytes * first.ImageJPages);
        if (first.Tiled || expected > source.Length)
        {
            throw source.Damaged($"its description states {first.ImageJPages} images, which end at byte {expected}; the file has {source.Length}");
        }

        return [.. Enumerable.Range(0, first.ImageJPages).Select(z => first.MovedTo(first.Offsets[0] + (bytes * z), bytes))];
    }

    private ulong Number(ReadOnlySpan<byte> b, int size) => (size, _bigEndian) switch
    {
        (1, _) => b[0],
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(b),
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(b),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(b),
        (4, true) => BinaryPrimitives.ReadUInt32BigEndian(b),
        (_, false) => BinaryPrimitives.ReadUInt64LittleEndian(b),
        (_, true) => BinaryPrimitives.ReadUInt64BigEndian(b),
    };

    private long ReadDirectory(long at, List<TiffPage> pages)
    {
        var (countSize, entrySize, offsetSize) = _bigTiff ? (8, 20, 8) : (2, 12, 4);
        var what = $"TIFF directory {pages.Count + 1}";
        var count = Number(_source.ReadExactly(at, countSize, what), countSize);
        if (count > ushort.MaxValue)
        {
            throw _source.Damaged($"{what} claims {count} entries");
        }

        var bytes = _source.ReadExactly(at + countSize, ((long)count * entrySize) + offsetSize, what);
        var tags = new Dictionary<int, (int Type, ulong Count, byte[] Field)>();
        for (var i = 0; i < (int)count; i++)
        {
            var entry = bytes.AsSpan(i * entrySize, entrySize);
            tags[(int)Number(entry, 2)] = ((int)Number(entry[2..], 2), Number(entry[4..], offsetSize), entry[(4 + offsetSize)..].ToArray());
        }

        var entries = new Entries(this, tags);
        // Bit 0: a smaller copy of another page; bit 2: its transparency mask.
        if ((entries.One(254, 0) & 5) == 0)
        {
            pages.Add(entries.ToPage());
        }

        return (long)Number(bytes.AsSpan((int)count * entrySize), offsetSize);
    }

    private sealed class Entries(TiffDirectories walker, Dictionary<int, (int Type, ulong Count, byte[] Field)> tags)
    {
        private ByteSource Source => walker._source;

        public TiffPage ToPage()
        {
            var (width, height) = (Side(256), Side(257));
            var samples = One(277, 1);
            if (samples is < 1 or > ushort.MaxValue)
            {
                throw Source.Damaged($"it claims {samples} samples per pixel");
            }

            var tiled = tags.ContainsKey(322);
            var tileWidth = tiled ? Side(322) : width;
            var tileHeight = tiled ? Side(323) : (int)Math.Clamp(One(278, height), 1, height);
            var planar = One(284, 1) == 2;
            var (spacing, images) = Describe();
            var page = new TiffPage
            {
                Width = width,
                Height = height,
                Samples = (int)samples,
                Bits = (int)Same(258, 1, "bits per sample"),
                SampleFormat = Same(339, 1, "sample formats") is var f and not 4 ? (int)f : 1,
                Compression = (int)One(259, 1),
                Photometric = (int)One(262, 1),
                Predictor = (int)One(317, 1),
                Planar = planar,
                ReversedBits = One(266, 1) == 2,
                BigEndian = walker._bigEndian,
                Tiled = tiled,
                TileWidth = tileWidth,
                TileHeight = tileHeight,
                Offsets = Many(tiled ? 324 : 273),
                Counts = Many(tiled ? 325 : 279),
                ColourMap = Array.ConvertAll(Many(320), v => (int)v),
                JpegTables = Bytes(347),
                Spacing = spacing,
                ImageJPages = images,
            };
            page.Check(Source);
            Limits.CheckSize(Source.Path, new Extent(width, height), page.Samples, page.StoredType);
            return page.WithCheckedTiles(Source);
        }

        public long One(int tag, long missing)
        {
            var all = Many(tag);
            return all.Length > 0 ? all[0] : missing;
        }

        private int Side(int tag) =>
            One(tag, 0) is var v and > 0 and <= int.MaxValue ? (int)v : throw Source.Damaged($"TIFF tag {tag} (a size) is {One(tag, 0)}; expected 1 to {int.MaxValue}");

        private long Same(int tag, long missing, string what)
        {
            var all = Many(tag);
            return Array.TrueForAll(all, v => v == all[0])
                ? all.Length > 0 ? all[0] : missing
                : throw Source.Unsupported($"its {what} differ between channels ({string.Join(", ", all.Take(8))})", "save it with one type for all channels");
        }

        private byte[] Raw(int tag, out int size)
        {
            size = 1;
            if (!tags.TryGetValue(tag, out var entry))
            {
                return [];
            }

            size = entry.Type switch { 1 or 2 or 6 or 7 => 1, 3 or 8 => 2, 4 or 9 or 11 or 13 => 4, 5 or 10 or 12 or 16 or 17 or 18 => 8, _ => 0 };
            if (size == 0)
            {
                throw Source.Damaged($"TIFF tag {tag} has type {entry.Type}, which does not exist");
            }

            if (entry.Count > (ulong)Source.Length)
            {
                throw Source.Damaged($"TIFF tag {tag} claims {entry.Count} values; the file has {Source.Length} bytes");
            }

            var length = (long)entry.Count * size;
            return length <= entry.Field.Length
                ? entry.Field[..(int)length]
                : Source.ReadExactly((long)walker.Number(entry.Field, entry.Field.Length), length, $"TIFF tag {tag}");
        }

        private long[] Many(int tag)
        {
            var raw = Raw(tag, out var size);
            var values = new long[raw.Length / size];
            for (var i = 0; i < values.Length; i++)
            {
                var value = walker.Number(raw.AsSpan(i * size), size);
                values[i] = value <= long.MaxValue ? (long)value : throw Source.Damaged($"TIFF tag {tag} holds {value}");
            }

            return values;
        }

        private byte[] Bytes(int tag) => Raw(tag, out _);

        private double Rational(int tag)
        {
            var raw = Raw(tag, out var size);
            return size == 8 && raw.Length >= 8 ? walker.Number(raw, 4) / (double)walker.Number(raw.AsSpan(4), 4) : 0;
        }

        // Source: OME-XML; lengths without a unit are micrometres. The plane counts where only it is stated.
        private static Triple? OmeSpacing(string text)
        {
            double? Length(char axis)
            {
                var size = Regex.Match(text, $"\\sPhysicalSize{axis}=\"([^\"]{{1,40}})\"", RegexOptions.None, TimeSpan.FromSeconds(1));
                var unit = Regex.Match(text, $"\\sPhysicalSize{axis}Unit=\"([^\"]{{1,10}})\"", RegexOptions.None, TimeSpan.FromSeconds(1));
                double? factor = (unit.Success ? unit.Groups[1].Value : "µm") switch { "m" => 1000, "cm" => 10, "mm" => 1, "µm" or "μm" or "um" or "&#181;m" => 1e-3, "nm" => 1e-6, "pm" => 1e-9, _ => null };
                return size.Success && double.TryParse(size.Groups[1].Value, CultureInfo.InvariantCulture, out var v) && v > 0 && double.IsFinite(v) ? v * factor : null;
            }

            return Length('X') is { } x && Length('Y') is { } y ? new Triple(x, y, Length('Z') ?? 1) : null;
        }

        // Spacing in millimetres, where the file states it as a length; the number of images of an ImageJ stack.
        private (Triple? Spacing, int Images) Describe()
        {
            var text = tags.TryGetValue(270, out var entry) && entry.Type == 2 && entry.Count < 1 << 20 ? Encoding.UTF8.GetString(Bytes(270)).TrimEnd('\0') : "";
            if (text.Contains("<OME", StringComparison.Ordinal))
            {
                return (OmeSpacing(text), 1);
            }

            var imageJ = text.StartsWith("ImageJ=", StringComparison.Ordinal)
                ? text.Split('\n').Select(l => l.Split('=', 2)).Where(p => p.Length == 2).GroupBy(p => p[0]).ToDictionary(g => g.Key, g => g.First()[1].Trim())
                : [];
            double? unit = imageJ.GetValueOrDefault("unit") switch
            {
                "mm" => 1,
                "cm" => 10,
                "m" => 1000,
                "inch" => 25.4,
                "um" or "µm" or "\\u00B5m" or "micron" or "microns" or "micrometer" => 1e-3,
                "nm" => 1e-6,
                _ => One(296, 2) == 3 && imageJ.Count == 0 ? 10 : null,
            };
            var (x, y) = (Rational(282), Rational(283));
            var z = double.TryParse(imageJ.GetValueOrDefault("spacing"), CultureInfo.InvariantCulture, out var s) && double.IsFinite(s) && s > 0 ? s : double.NaN;
            Triple? spacing = unit is { } u && x > 0 && y > 0 && double.IsFinite(x) && double.IsFinite(y)
                ? new Triple(u / x, u / y, double.IsNaN(z) ? 1 : z * u)
                : null;
            return (spacing, int.TryParse(imageJ.GetValueOrDefault("images"), CultureInfo.InvariantCulture, out var n) && n > 0 ? n : 1);
        }
    }
}

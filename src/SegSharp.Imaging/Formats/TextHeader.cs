using System.Globalization;
using System.Text;

namespace SegSharp.Imaging.Formats;

// Lines of text at the start of a file, before the voxels.
internal sealed class TextHeader
{
    private const int Longest = 1 << 20;

    private readonly ByteSource _source;
    private readonly byte[] _bytes;

    public TextHeader(ByteSource source)
    {
        _source = source;
        _bytes = new byte[Math.Min(source.Length, Longest)];
        _bytes = _bytes[..source.ReadUpTo(0, _bytes)];
    }

    // Where the next line begins.
    public int Position { get; private set; }

    // The next line without its end; null when the file is over.
    public string? Next()
    {
        if (Position >= _bytes.Length)
        {
            return _bytes.Length < Longest ? null : throw _source.Damaged($"its header does not end within {Longest} bytes");
        }

        var rest = _bytes.AsSpan(Position);
        var length = rest.IndexOf((byte)'\n');
        Position += length < 0 ? rest.Length : length + 1;
        return Encoding.UTF8.GetString(length < 0 ? rest : rest[..length]).TrimEnd('\r');
    }

    public double[] Numbers(string key, string text, int? count = null)
    {
        var parts = text.Split((char[])[' ', '\t', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        if (count is { } n && parts.Length != n)
        {
            throw _source.Damaged($"'{key}' holds {parts.Length} numbers; expected {n}");
        }

        return Array.ConvertAll(parts, p => p.ToLowerInvariant() switch
        {
            "nan" or "+nan" or "-nan" => double.NaN,
            "inf" or "+inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.TryParse(p, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? v : throw _source.Damaged($"'{key}' holds '{Short(p)}'; expected numbers"),
        });
    }

    public long[] Whole(string key, string text)
    {
        var parts = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return Array.ConvertAll(parts, p =>
            long.TryParse(p, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var v) ? v : throw _source.Damaged($"'{key}' holds '{Short(p)}'; expected whole numbers"));
    }

    // What a message shows of a text from a file.
    public static string Short(string text) => string.Concat(text.Take(40).Select(c => char.IsControl(c) ? '?' : c));

    // The file of voxels that a header names: beside it or below, so that no file leads elsewhere.
    public ByteSource OpenBeside(string name)
    {
        var folder = Path.GetDirectoryName(_source.Path) ?? "";
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(name) || name.Split('/', '\\').Contains(".."))
        {
            throw _source.Unsupported($"its voxels lie in '{Short(name)}'; only files in the folder of the header are opened", "put that file beside it and name it without a folder");
        }

        var path = Path.Combine(folder, name);
        return File.Exists(path)
            ? ByteSource.Open(path)
            : throw _source.Unsupported($"it is a header only; its voxels, '{Short(path)}', are not there", "put that file beside it");
    }
}

using System.Globalization;

namespace SegSharp.Foundation;

/// <summary>Sizes of memory and files as people write them. Units are powers of 1024: 4GB = 4 · 2³⁰ bytes.</summary>
public static class ByteSize
{
    private static readonly (string Unit, double Bytes)[] Units =
        [("TB", 1L << 40), ("GB", 1L << 30), ("MB", 1L << 20), ("KB", 1L << 10), ("B", 1)];

    /// <summary>Reads <c>800MB</c>, <c>1.5GB</c>, <c>4096</c> (bytes); null when it is not a size of at least one byte.</summary>
    public static long? TryParse(string text)
    {
        text = text.Trim();
        var (unit, factor) = Units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        var number = text.AsSpan(0, text.Length - unit.Length).TrimEnd();
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * factor is >= 1 and < 9e18
            ? (long)(value * factor)
            : null;
    }

    /// <summary>Writes a size with three digits: <c>1.50 GB</c>, <c>812 MB</c>, <c>5 B</c>.</summary>
    public static string Format(long bytes)
    {
        var (unit, factor) = Units.FirstOrDefault(u => Math.Abs((double)bytes) >= u.Bytes, ("B", 1));
        var value = bytes / factor;
        var format = factor == 1 || Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.0" : "0.00";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {unit}";
    }
}

namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>A term of a dictionary: (T-62000, SRT, "Liver").</summary>
/// <param name="Value">The code.</param>
/// <param name="Scheme">The dictionary: SCT, SRT, DCM.</param>
/// <param name="Meaning">In words.</param>
public sealed record DicomCode(string Value, string Scheme, string Meaning);

/// <summary>One structure of a segmentation.</summary>
/// <param name="Number">Its label, from 1.</param>
/// <param name="Name">What people call it.</param>
public sealed record DicomSegment(int Number, string Name)
{
    /// <summary>The colour it is shown in, or null.</summary>
    public (byte R, byte G, byte B)? Colour { get; init; }

    /// <summary>The family it belongs to, such as "Tissue"; null where the file states none.</summary>
    public DicomCode? Category { get; init; }

    /// <summary>What it is, such as "Liver"; null where the file states none.</summary>
    public DicomCode? Type { get; init; }

    // Source: DICOM PS3.3 C.10.7.1.1: L* 0 … 100 and a*, b* −128 … 127 over 0 … 65535. White point D65.
    internal static (byte R, byte G, byte B) FromLab(double l, double a, double b)
    {
        var (lightness, green, blue) = (l * 100 / 65535, (a * 255 / 65535) - 128, (b * 255 / 65535) - 128);
        static double Back(double t) => t > 6.0 / 29 ? t * t * t : 3 * 36.0 / 841 * (t - (4.0 / 29));
        var fy = (lightness + 16) / 116;
        var (x, y, z) = (0.950456 * Back(fy + (green / 500)), Back(fy), 1.088754 * Back(fy - (blue / 200)));
        static byte Gamma(double v) => (byte)Math.Clamp(Math.Round(255 * (v <= 0.0031308 ? 12.92 * v : (1.055 * Math.Pow(v, 1 / 2.4)) - 0.055)), 0, 255);
        return (
            Gamma((3.2404542 * x) - (1.5371385 * y) - (0.4985314 * z)),
            Gamma((-0.9692660 * x) + (1.8760108 * y) + (0.0415560 * z)),
            Gamma((0.0556434 * x) - (0.2040259 * y) + (1.0572252 * z)));
    }

    internal static (ushort L, ushort A, ushort B) ToLab((byte R, byte G, byte B) colour)
    {
        static double Linear(byte v) => v <= 10 ? v / 255.0 / 12.92 : Math.Pow(((v / 255.0) + 0.055) / 1.055, 2.4);
        static double Forth(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (841.0 / 108 * t) + (4.0 / 29);
        var (r, g, b) = (Linear(colour.R), Linear(colour.G), Linear(colour.B));
        var fx = Forth(((0.4124564 * r) + (0.3575761 * g) + (0.1804375 * b)) / 0.950456);
        var fy = Forth((0.2126729 * r) + (0.7151522 * g) + (0.0721750 * b));
        var fz = Forth(((0.0193339 * r) + (0.1191920 * g) + (0.9503041 * b)) / 1.088754);
        static ushort Stored(double v) => (ushort)Math.Clamp(Math.Round(v * 65535), 0, 65535);
        return (Stored(((116 * fy) - 16) / 100), Stored(((500 * (fx - fy)) + 128) / 255), Stored(((200 * (fy - fz)) + 128) / 255));
    }
}

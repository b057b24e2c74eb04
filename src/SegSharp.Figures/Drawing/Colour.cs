namespace SegSharp.Figures.Drawing;

/// <summary>A colour in sRGB, 8 bits a channel, alpha not multiplied in.</summary>
/// <param name="R">Red, 0…255.</param>
/// <param name="G">Green, 0…255.</param>
/// <param name="B">Blue, 0…255.</param>
/// <param name="A">Opacity, 255 = opaque.</param>
public readonly record struct Colour(byte R, byte G, byte B, byte A = 255)
{
    /// <summary>From 0xRRGGBB.</summary>
    public static Colour Hex(int rgb) => new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);

    /// <summary>The same colour with another opacity, 0…1.</summary>
    public Colour Fade(double opacity) => this with { A = (byte)Math.Round(255 * Math.Clamp(opacity, 0, 1)) };

    /// <summary>Mixed with <paramref name="other"/>: 0 keeps this colour, 1 gives the other. The result is opaque.</summary>
    public Colour Mix(Colour other, double share) => new(Between(R, other.R, share), Between(G, other.G, share), Between(B, other.B, share));

    /// <summary>#rrggbb, without the opacity.</summary>
    public string Html => $"#{R:x2}{G:x2}{B:x2}";

    private static byte Between(byte a, byte b, double share) => (byte)Math.Round(a + ((b - a) * share));
}

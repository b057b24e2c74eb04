namespace SegSharp.Imaging;

/// <summary>The colours and classes of PASCAL VOC.</summary>
/// <remarks>
/// Source: the VOC development kit's colour map: the bits of a class number are dealt to red, green and blue in turn, highest places
/// first, so that neighbours differ much. Class 255 is "void": (224, 224, 192).
/// </remarks>
public static class VocColours
{
    private static readonly Dictionary<(byte R, byte G, byte B), byte> Numbers = Enumerable.Range(0, 256).ToDictionary(i => Of(i), i => (byte)i);

    /// <summary>The 21 classes, background first.</summary>
    public static IReadOnlyList<string> Classes { get; } =
    [
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
        "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ];

    /// <summary>The number of pixels that belong to no class: borders, and what is too hard to tell.</summary>
    public const int Void = 255;

    /// <summary>The colour of a number.</summary>
    /// <param name="number">0 to 255.</param>
    public static (byte R, byte G, byte B) Of(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, byte.MaxValue);
        var (r, g, b) = (0, 0, 0);
        for (var bit = 7; number != 0; bit--, number >>= 3)
        {
            r |= (number & 1) << bit;
            g |= ((number >> 1) & 1) << bit;
            b |= ((number >> 2) & 1) << bit;
        }

        return ((byte)r, (byte)g, (byte)b);
    }

    /// <summary>The number of a colour; null where no number has it.</summary>
    public static byte? NumberOf(byte r, byte g, byte b) => Numbers.TryGetValue((r, g, b), out var number) ? number : null;
}

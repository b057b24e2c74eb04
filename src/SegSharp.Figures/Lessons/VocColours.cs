using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Lessons;

/// <summary>The 21 classes of Pascal VOC and their colours, by the rule that the challenge's own tool follows: the bits of the class's number, spread over red, green and blue.</summary>
/// <remarks>Source: Everingham et al. 2010, the development kit's VOClabelcolormap.</remarks>
public static class VocColours
{
    /// <summary>Names in the order of their numbers; 0 is the background.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
        "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ];

    /// <summary>The colour of a class.</summary>
    /// <param name="number">0…255.</param>
    public static Colour Of(int number)
    {
        var (r, g, b) = (0, 0, 0);
        for (var bit = 7; bit >= 0; bit--, number >>= 3)
        {
            r |= (number & 1) << bit;
            g |= ((number >> 1) & 1) << bit;
            b |= ((number >> 2) & 1) << bit;
        }

        return new((byte)r, (byte)g, (byte)b);
    }
}

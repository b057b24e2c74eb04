using SegSharp.Imaging;

namespace SegSharp.Figures.Drawing;

/// <summary>The colours of all figures. Lines and labels are told apart by people with every common colour-vision deficiency.</summary>
/// <remarks>Source: Okabe and Ito 2008, "Color Universal Design"; the yellow comes last, since thin yellow lines vanish on white.</remarks>
public static class Palette
{
    /// <summary>Text and axes. Follows the page in a report's dark mode, as do <see cref="Muted"/>, <see cref="Grid"/> and <see cref="Paper"/>.</summary>
    public static Colour Ink { get; } = Colour.Hex(0x1b1f24);

    /// <summary>Secondary text: tick labels, captions.</summary>
    public static Colour Muted { get; } = Colour.Hex(0x5c6670);

    /// <summary>Grid lines and thin frames.</summary>
    public static Colour Grid { get; } = Colour.Hex(0xe1e5ea);

    /// <summary>The ground of a figure.</summary>
    public static Colour Paper { get; } = Colour.Hex(0xffffff);

    /// <summary>Blue, vermilion, green, purple, orange, sky blue, black, yellow.</summary>
    public static IReadOnlyList<Colour> Lines { get; } =
    [
        Colour.Hex(0x0072b2), Colour.Hex(0xd55e00), Colour.Hex(0x009e73), Colour.Hex(0xcc79a7),
        Colour.Hex(0xe69f00), Colour.Hex(0x56b4e9), Colour.Hex(0x333333), Colour.Hex(0xf0e442),
    ];

    /// <summary>The colour of a label: 0 is black, the rest repeat after eight.</summary>
    public static Colour Label(int label) => label == 0 ? Colour.Hex(0x111111) : LabelColours[(label - 1) % LabelColours.Length];

    /// <summary>The colour of a label laid over a grey image, 1 and above: orange, sky blue, green, … seen on dark and on bright ground.</summary>
    /// <remarks>After eight they come again, lighter, then darker, and so on.</remarks>
    public static Colour Overlay(int label)
    {
        var (colour, round) = (OverlayColours[Math.Abs(label - 1) % OverlayColours.Length], Math.Abs(label - 1) / OverlayColours.Length);
        return round == 0 ? colour : colour.Mix(round % 2 == 1 ? Colour.Hex(0xffffff) : Colour.Hex(0), 0.45);
    }

    /// <summary>Foreground in both: as bright as a mask, since it is right.</summary>
    public static Colour TruePositive { get; } = Colour.Hex(0xf2f2f2);

    /// <summary>Predicted, but not there.</summary>
    public static Colour FalsePositive { get; } = Colour.Hex(0xe8590c);

    /// <summary>There, but not predicted.</summary>
    public static Colour FalseNegative { get; } = Colour.Hex(0x2f9be8);

    /// <summary>Background in both.</summary>
    public static Colour TrueNegative { get; } = Colour.Hex(0x161616);

    /// <summary>Foreground in both, but of another label.</summary>
    public static Colour WrongLabel { get; } = Colour.Hex(0xf0c419);

    /// <summary>The colour map of PASCAL VOC: bits of the label, the lowest three to the highest bits of red, green and blue, and so on.</summary>
    /// <remarks>Source: the VOC development kit's colour map. 0 black, 1 (128, 0, 0), 2 (0, 128, 0), …; 255 is (224, 224, 192), "void".</remarks>
    public static Colour Voc(int label)
    {
        var (r, g, b) = VocColours.Of(label);
        return new(r, g, b);
    }

    /// <summary>From dark violet over red to pale yellow, brighter at every step, so that it is read on grey paper too.</summary>
    /// <param name="share">0…1; beyond it the ends.</param>
    public static Colour Heat(double share)
    {
        var at = Math.Clamp(share, 0, 1) * (HeatColours.Length - 1);
        var low = Math.Min((int)at, HeatColours.Length - 2);
        return HeatColours[low].Mix(HeatColours[low + 1], at - low);
    }

    private static Colour[] HeatColours { get; } = [Colour.Hex(0x0d0829), Colour.Hex(0x5c126e), Colour.Hex(0xbb3754), Colour.Hex(0xf98c0a), Colour.Hex(0xfcffa4)];

    // On dark ground: bright, and far apart from one another.
    private static Colour[] LabelColours { get; } =
    [
        Colour.Hex(0xf2f2f2), Colour.Hex(0xe69f00), Colour.Hex(0x56b4e9), Colour.Hex(0x009e73),
        Colour.Hex(0xcc79a7), Colour.Hex(0xf0e442), Colour.Hex(0xd55e00), Colour.Hex(0x0072b2),
    ];

    private static Colour[] OverlayColours { get; } =
    [
        Colour.Hex(0xf08c00), Colour.Hex(0x35a7f0), Colour.Hex(0x00b386), Colour.Hex(0xe07fb5),
        Colour.Hex(0xf0e442), Colour.Hex(0xd9480f), Colour.Hex(0x0072b2), Colour.Hex(0xf2f2f2),
    ];
}

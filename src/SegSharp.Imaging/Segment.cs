namespace SegSharp.Imaging;

/// <summary>What a label means: a name and a colour.</summary>
/// <param name="Label">The number in the label map.</param>
/// <param name="Name">For people: "tumour core".</param>
/// <param name="Red">0 … 255.</param>
/// <param name="Green">0 … 255.</param>
/// <param name="Blue">0 … 255.</param>
public sealed record Segment(int Label, string Name, byte Red, byte Green, byte Blue)
{
    // The colours of ColorBrewer's "Set1" and "Set2", which can be told apart.
    private static readonly uint[] Colours =
    [
        0xE41A1C, 0x377EB8, 0x4DAF4A, 0x984EA3, 0xFF7F00, 0xFFFF33, 0xA65628, 0xF781BF,
        0x66C2A5, 0xFC8D62, 0x8DA0CB, 0xE78AC3, 0xA6D854, 0xFFD92F, 0xE5C494, 0xB3B3B3,
    ];

    /// <summary>A segment with a colour of our choice, always the same for a label.</summary>
    public static Segment Of(int label, string name)
    {
        var colour = Colours[(label + Colours.Length - 1) % Colours.Length];
        return new Segment(label, name, (byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
    }
}

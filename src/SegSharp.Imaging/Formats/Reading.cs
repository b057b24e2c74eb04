namespace SegSharp.Imaging.Formats;

/// <summary>What a reader makes of palettes and of samples with fewer than eight bits.</summary>
public enum Reading
{
    /// <summary>An image to look at: palettes become colours, one to four bits are spread over 0 … 255.</summary>
    Colours,

    /// <summary>A label image: palettes give indices, samples stay as they are stored.</summary>
    Indices,
}

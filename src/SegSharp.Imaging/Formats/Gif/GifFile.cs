namespace SegSharp.Imaging.Formats.Gif;

// The structure of a file, before any pixel is decoded.
internal sealed record GifFile(Extent Extent, IReadOnlyList<GifFrame> Frames)
{
    public int Bits => Frames.Max(f => f.PaletteBits);

    public bool IsGrey => Frames.All(f => f.PaletteIsGrey);
}

internal sealed record GifFrame(int X, int Y, int Width, int Height, bool Interlaced, byte[] Palette, int? Transparent, int Disposal, int CodeSize, byte[] Data)
{
    public int PaletteBits => int.Log2(Palette.Length / 3);

    public bool PaletteIsGrey
    {
        get
        {
            for (var i = 0; i < Palette.Length; i += 3)
            {
                if (Palette[i] != Palette[i + 1] || Palette[i] != Palette[i + 2])
                {
                    return false;
                }
            }

            return true;
        }
    }
}

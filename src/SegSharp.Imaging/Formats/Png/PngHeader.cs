using System.Buffers.Binary;

namespace SegSharp.Imaging.Formats.Png;

// Everything that stands before the pixels.
internal sealed class PngHeader
{
    public const string ChunkImage = "IHDR", ChunkPalette = "PLTE", ChunkTransparency = "tRNS", ChunkData = "IDAT", ChunkEnd = "IEND";

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Bits { get; init; }

    // 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA
    public required int ColourType { get; init; }

    public required bool Interlaced { get; init; }

    public byte[] Palette { get; set; } = [];

    public byte[] Transparency { get; set; } = [];

    public Extent Extent => new(Width, Height);

    public bool HasPalette => ColourType == 3;

    // Samples per pixel as stored.
    public int Samples => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public VoxelType VoxelType => Bits == 16 ? VoxelType.UInt16 : VoxelType.UInt8;

    public bool PaletteIsGrey
    {
        get
        {
            for (var i = 0; i + 2 < Palette.Length; i += 3)
            {
                if (Palette[i] != Palette[i + 1] || Palette[i] != Palette[i + 2])
                {
                    return false;
                }
            }

            return true;
        }
    }

    public int Channels(Reading reading)
    {
        if (reading == Reading.Indices && ColourType is 0 or 3)
        {
            return 1;
        }

        var alpha = ColourType is 4 or 6 || Transparency.Length > 0;
        var colours = ColourType is 2 or 6 || (HasPalette && !PaletteIsGrey) ? 3 : 1;
        return colours + (alpha ? 1 : 0);
    }

    public long RowBytes(int width) => (((long)width * Samples * Bits) + 7) / 8;

    public static PngHeader Parse(ReadOnlySpan<byte> chunk, ByteSource source)
    {
        if (chunk.Length != 13)
        {
            throw source.Damaged($"its IHDR chunk has {chunk.Length} bytes; expected 13");
        }

        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(chunk), BinaryPrimitives.ReadUInt32BigEndian(chunk[4..]));
        var (bits, colour, compression, filter, interlace) = (chunk[8], chunk[9], chunk[10], chunk[11], chunk[12]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
        {
            throw source.Damaged($"its size is {width}x{height}; every side must be from 1 to {int.MaxValue}");
        }

        var good = colour switch
        {
            0 => bits is 1 or 2 or 4 or 8 or 16,
            3 => bits is 1 or 2 or 4 or 8,
            2 or 4 or 6 => bits is 8 or 16,
            _ => false,
        };
        if (!good)
        {
            throw source.Damaged($"it has colour type {colour} with {bits} bits; expected type 0, 2, 3, 4 or 6 with a depth that fits");
        }

        return compression == 0 && filter == 0 && interlace <= 1
            ? new PngHeader { Width = (int)width, Height = (int)height, Bits = bits, ColourType = colour, Interlaced = interlace == 1 }
            : throw source.Damaged($"its compression, filter and interlace methods are {compression}, {filter}, {interlace}; expected 0, 0 and 0 or 1");
    }
}

namespace SegSharp.Imaging.Formats.Tiff;

// One directory, checked: what a decoder needs and nothing else.
internal sealed record TiffPage
{
    public const int None = 1, Lzw = 5, Jpeg = 7, AdobeDeflate = 8, PackBits = 32773, OldDeflate = 32946;

    public const int WhiteIsZero = 0, BlackIsZero = 1, Rgb = 2, Palette = 3, YCbCr = 6;

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Bits { get; init; }

    public required int Samples { get; init; }

    // 1 unsigned, 2 signed, 3 float
    public required int SampleFormat { get; init; }

    public required int Compression { get; init; }

    public required int Photometric { get; init; }

    public required int Predictor { get; init; }

    public required bool Planar { get; init; }

    public required bool ReversedBits { get; init; }

    public required bool BigEndian { get; init; }

    // Strips are tiles as wide as the page.
    public required bool Tiled { get; init; }

    public required int TileWidth { get; init; }

    public required int TileHeight { get; init; }

    public required long[] Offsets { get; init; }

    public required long[] Counts { get; init; }

    public required int[] ColourMap { get; init; }

    public required byte[] JpegTables { get; init; }

    public Triple? Spacing { get; init; }

    // An ImageJ stack above 4 GB has one directory for all pages.
    public int ImageJPages { get; init; } = 1;

    public bool HasPalette => Photometric == Palette;

    public int TilesAcross => ((Width - 1) / TileWidth) + 1;

    public int TilesDown => ((Height - 1) / TileHeight) + 1;

    public int SamplesPerTilePixel => Planar ? 1 : Samples;

    public long TileRowBytes => (((long)TileWidth * SamplesPerTilePixel * Bits) + 7) / 8;

    // Predictors belong to these compressions only; elsewhere the tag is passed over.
    public bool HasPredictor => Predictor != 1 && (Compression is Lzw or AdobeDeflate or OldDeflate);

    // Bytes of all strips or tiles after decompression.
    public long StoredBytes => (Planar ? Samples : 1) * TilesAcross * TileRowBytes * (Tiled ? (long)TilesDown * TileHeight : Height);

    // The best that the compression can do.
    public int BestRatio => Compression switch { None => 1, PackBits => 64, Lzw => 2731, _ => 1032 };

    public string Storage
    {
        get
        {
            var compression = Compression switch { None => "uncompressed", Lzw => "LZW", Jpeg => "JPEG", PackBits => "PackBits", _ => "deflate" };
            return $"{compression}, {(Tiled ? "tiles" : "strips")}{(Planar && Samples > 1 ? ", plane by plane" : "")}{(BigEndian ? ", big-endian" : "")}";
        }
    }

    private bool PaletteIsGrey
    {
        get
        {
            var n = ColourMap.Length / 3;
            for (var i = 0; i < n; i++)
            {
                if (ColourMap[i] != ColourMap[n + i] || ColourMap[i] != ColourMap[(2 * n) + i])
                {
                    return false;
                }
            }

            return true;
        }
    }

    public int Channels(Reading reading) => !HasPalette ? Samples : reading == Reading.Indices || PaletteIsGrey ? Samples : 3;

    public VoxelType VoxelType(Reading reading) => (SampleFormat, Bits) switch
    {
        _ when HasPalette && reading == Reading.Colours => Imaging.VoxelType.UInt8,
        (1, <= 8) => Imaging.VoxelType.UInt8,
        (1, <= 16) => Imaging.VoxelType.UInt16,
        (1, 64) => Imaging.VoxelType.UInt64,
        (1, _) => Imaging.VoxelType.UInt32,
        (2, 8) => Imaging.VoxelType.Int8,
        (2, 16) => Imaging.VoxelType.Int16,
        (2, 64) => Imaging.VoxelType.Int64,
        (2, _) => Imaging.VoxelType.Int32,
        (3, 64) => Imaging.VoxelType.Float64,
        _ => Imaging.VoxelType.Float32,
    };

    // The type of decoded samples, before a palette is looked up.
    public VoxelType StoredType => VoxelType(Reading.Indices);

    public void Check(ByteSource source)
    {
        var goodType = SampleFormat switch
        {
            1 => Bits is (>= 1 and <= 16) or 32 || (Bits == 64 && Photometric == BlackIsZero),
            2 => Bits is 8 or 16 or 32 or 64,
            3 => Bits is 16 or 32 or 64,
            _ => false,
        };
        if (!goodType)
        {
            var kind = SampleFormat switch { 1 => "unsigned", 2 => "signed", 3 => "float", 5 or 6 => "complex", _ => $"format {SampleFormat}" };
            throw source.Unsupported($"its samples are {kind} with {Bits} bits; 1 to 16, 32 and 64 bits unsigned, 8, 16, 32 and 64 signed, 16, 32 and 64 float are read", "save it with one of these types");
        }

        if (Compression is not (None or Lzw or Jpeg or AdobeDeflate or PackBits or OldDeflate))
        {
            var name = Compression switch
            {
                2 or 3 or 4 => "CCITT fax",
                6 => "old-style JPEG",
                34712 or 33003 or 33005 => "JPEG 2000",
                34887 => "LERC",
                34925 => "LZMA",
                50000 => "ZSTD",
                50001 => "WebP",
                _ => "unknown",
            };
            throw source.Unsupported($"its compression is {Compression} ({name}); none, LZW, Deflate, PackBits and JPEG are read", "save it with LZW or Deflate compression");
        }

        if (Photometric is not (WhiteIsZero or BlackIsZero or Rgb or Palette or 4) && !(Photometric == YCbCr && Compression == Jpeg))
        {
            var name = Photometric switch { 5 => "CMYK", YCbCr => "YCbCr without JPEG", 8 or 9 or 10 => "CIE L*a*b*", 32803 => "camera raw", _ => "unknown" };
            throw source.Unsupported($"its colours are of kind {Photometric} ({name}); grey, palette and RGB are read", "save it as grey or RGB");
        }

        var goodPredictor = Predictor switch
        {
            1 => true,
            2 => Bits is 8 or 16 or 32 && SampleFormat != 3,
            3 => SampleFormat == 3,
            _ => false,
        };
        if (!goodPredictor && HasPredictor)
        {
            throw source.Unsupported($"it has predictor {Predictor} with {Bits} bits of format {SampleFormat}, which is not read", "save it without a predictor");
        }

        if (HasPalette && (Samples != 1 || SampleFormat != 1 || ColourMap.Length != 3 << Bits))
        {
            throw source.Damaged($"its palette has {ColourMap.Length} numbers for {Samples} samples of {Bits} bits; expected {3 << Math.Min(Bits, 16)} for one unsigned sample");
        }

        if (Compression == Jpeg && (Bits != 8 || SampleFormat != 1))
        {
            throw source.Unsupported($"it is JPEG-compressed with {Bits} bits; 8 bits are read", "save it with LZW or Deflate compression");
        }

        if (SampleFormat == 1 && Bits is not (1 or 2 or 4 or 8 or 16 or 32) && ReversedBits)
        {
            throw source.Unsupported($"it has {Bits} bits in reversed order", "save it with 8 or 16 bits");
        }
    }

    // The same page with its pixels elsewhere, in one uncompressed strip.
    public TiffPage MovedTo(long offset, long count) => this with { TileHeight = Height, Offsets = [offset], Counts = [count] };

    // Every tile has its place; those of an uncompressed page lie within the file.
    public TiffPage WithCheckedTiles(ByteSource source)
    {
        var expected = (long)TilesAcross * TilesDown * (Planar ? Samples : 1);
        var counts = Counts;
        if (Offsets.Length < expected)
        {
            throw source.Damaged($"it has places for {Offsets.Length} strips or tiles; {Width}x{Height} needs {expected}");
        }

        if (counts.Length < expected)
        {
            // Some old writers leave the lengths of an uncompressed page out.
            counts = counts.Length == 0 && Compression == None && !Tiled
                ? Array.ConvertAll(Offsets, _ => TileRowBytes * TileHeight)
                : throw source.Damaged($"it has lengths for {counts.Length} strips or tiles; {Width}x{Height} needs {expected}");
            counts[^1] = TileRowBytes * (Height - ((TilesDown - 1) * TileHeight));
        }

        Limits.CheckRatio(
            source,
            StoredBytes,
            Math.Min(source.Length, counts.Take((int)expected).Aggregate(0L, (sum, c) => sum + Math.Min(c, source.Length))),
            BestRatio);
        return this with { Counts = counts };
    }
}

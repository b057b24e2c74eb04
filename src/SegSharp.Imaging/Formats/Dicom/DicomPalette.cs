using System.Buffers.Binary;

namespace SegSharp.Imaging.Formats.Dicom;

// The three lookup tables of PALETTE COLOR. Source: DICOM PS3.3 C.7.6.3.1.5 and 6.
internal sealed class DicomPalette
{
    private readonly ushort[][] _tables;
    private readonly int[] _first;
    private readonly bool _isWide;

    private DicomPalette(ushort[][] tables, int[] first, bool isWide) => (_tables, _first, _isWide) = (tables, first, isWide);

    public static DicomPalette Of(DicomFile file)
    {
        if (file.Data.Has(DicomTag.SegmentedRedPalette) && !file.Data.Has(DicomTag.RedPalette))
        {
            throw file.Source.Unsupported("its palette is segmented, which is not read here", "gdcmconv --raw IN OUT, or read it as labels");
        }

        var tables = new ushort[3][];
        var first = new int[3];
        var isWide = false;
        for (var c = 0; c < 3; c++)
        {
            var tag = DicomTag.RedPaletteShape + (uint)c;
            if (file.Data.Numbers(tag) is not [var entries, var from, var bits] || bits is not (8 or 16) || file.Data.Find(DicomTag.RedPalette + (uint)c) is not { Value.Length: > 0 } table)
            {
                throw file.Source.Damaged("its pixels are palette indices, but it has no whole palette");
            }

            var count = entries == 0 ? 65536 : (int)entries;
            first[c] = file.Data.Find(tag)!.Type == "SS" || from < 32768 ? (int)from : (int)from - 65536;
            isWide |= bits == 16;
            tables[c] = Entries(file, table.Value.Span, count, (int)bits);
        }

        return new DicomPalette(tables, first, isWide);
    }

    public DicomPlanes Apply(DicomRaw raw, VoxelType type)
    {
        var page = raw.Width * raw.Height;
        var size = _isWide ? 2 : 1;
        var bytes = new byte[page * 3L * raw.Frames * size];
        var indices = new Volume("", Geometry.Pixels(new Extent(raw.Width, raw.Height, raw.Frames)), 1, type, raw.Bytes).ToFloats();
        for (var i = 0; i < indices.Length; i++)
        {
            for (var c = 0; c < 3; c++)
            {
                var table = _tables[c];
                var value = table[Math.Clamp((int)indices[i] - _first[c], 0, table.Length - 1)];
                var at = (((i / page * 3) + c) * (long)page) + (i % page);
                if (_isWide)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan((int)(at * 2)), value);
                }
                else
                {
                    bytes[at] = (byte)value;
                }
            }
        }

        return new DicomPlanes(new Extent(raw.Width, raw.Height), raw.Frames, 3, _isWide ? VoxelType.UInt16 : VoxelType.UInt8, bytes);
    }

    // Entries of eight bits lie one to a byte or one to a word.
    private static ushort[] Entries(DicomFile file, ReadOnlySpan<byte> stored, int count, int bits)
    {
        var isNarrow = bits == 8 && stored.Length < 2 * count;
        if (stored.Length < (isNarrow ? count : 2 * count))
        {
            throw file.Source.Damaged($"its palette should have {count} entries of {bits} bits and has {stored.Length} bytes");
        }

        var entries = new ushort[count];
        for (var i = 0; i < count; i++)
        {
            entries[i] = isNarrow ? stored[file.Data.IsBigEndian && (i ^ 1) < stored.Length ? i ^ 1 : i]
                : file.Data.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(stored[(2 * i)..])
                : BinaryPrimitives.ReadUInt16LittleEndian(stored[(2 * i)..]);
        }

        return entries;
    }
}

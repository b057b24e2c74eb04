using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Formats.Tiff;

// From directories to planar voxels.
internal static class TiffReader
{
    public static Volume Read(ByteSource source, Reading reading)
    {
        var pages = TiffDirectories.Read(source);
        RequireEqual(source, pages);
        var first = pages[0];
        var (channels, type) = (first.Channels(reading), first.VoxelType(reading));
        var extent = new Extent(first.Width, first.Height, pages.Count);
        Limits.CheckSize(source.Path, extent, channels, type);
        Limits.CheckRatio(source, pages.Sum(p => p.StoredBytes), source.Length, pages.Max(p => p.BestRatio));
        var geometry = new Geometry { Extent = extent, Spacing = first.Spacing ?? Triple.One };
        var volume = Volume.Zeros(source.Name, geometry, channels, type);
        var plane = (int)extent.PageCount * type.Size();
        for (var z = 0; z < pages.Count; z++)
        {
            ReadPage(source, pages[z], reading, volume.Bytes.AsSpan(z * plane), plane * pages.Count);
        }

        return new Volume(source.Name, geometry, channels, type, volume.Bytes, source.Path);
    }

    public static IReadOnlyList<Volume> ReadPages(ByteSource source, Reading reading)
    {
        var pages = TiffDirectories.Read(source);
        Limits.CheckRatio(source, pages.Sum(p => p.StoredBytes), source.Length, pages.Max(p => p.BestRatio));
        var volumes = new List<Volume>(pages.Count);
        foreach (var page in pages)
        {
            var (channels, type, extent) = (page.Channels(reading), page.VoxelType(reading), new Extent(page.Width, page.Height));
            Limits.CheckSize(source.Path, extent, channels, type);
            var bytes = new byte[extent.Count * channels * type.Size()];
            ReadPage(source, page, reading, bytes, (int)extent.Count * type.Size());
            var geometry = new Geometry { Extent = extent, Spacing = page.Spacing ?? Triple.One };
            volumes.Add(new Volume(Volume.PageName(source.Name, volumes.Count, pages.Count), geometry, channels, type, bytes, source.Path));
        }

        return volumes;
    }

    public static void RequireEqual(ByteSource source, IReadOnlyList<TiffPage> pages)
    {
        var first = pages[0];
        for (var z = 1; z < pages.Count; z++)
        {
            var page = pages[z];
            if (page.Width != first.Width || page.Height != first.Height || page.VoxelType(Reading.Colours) != first.VoxelType(Reading.Colours)
                || page.Samples != first.Samples || page.Channels(Reading.Colours) != first.Channels(Reading.Colours) || page.HasPalette != first.HasPalette)
            {
                throw source.Unsupported(
                    $"page {z + 1} is {Describe(page)}, page 1 is {Describe(first)}; the pages of a stack must be alike",
                    "split it into one file per page");
            }
        }
    }

    private static string Describe(TiffPage page) => $"{page.Width}x{page.Height} {page.VoxelType(Reading.Colours).Text()} with {page.Channels(Reading.Colours)} channels";

    // Fills the channels of one page; channel c begins at c * stride.
    private static void ReadPage(ByteSource source, TiffPage page, Reading reading, Span<byte> target, int stride)
    {
        var size = page.StoredType.Size();
        var lookUp = page.HasPalette && reading == Reading.Colours;
        var plane = page.Width * page.Height * size;
        var samples = lookUp ? new byte[plane] : target;
        var perTile = page.TilesAcross * page.TilesDown;
        for (var i = 0; i < perTile * (page.Planar ? page.Samples : 1); i++)
        {
            var (firstChannel, tile) = page.Planar ? (i / perTile, i % perTile) : (0, i);
            var (left, top) = (tile % page.TilesAcross * page.TileWidth, tile / page.TilesAcross * page.TileHeight);
            var rows = page.Tiled ? page.TileHeight : Math.Min(page.TileHeight, page.Height - top);
            var decoded = TiffTile.Decode(source, page, i, rows);
            var (columns, used) = (Math.Min(page.TileWidth, page.Width - left), Math.Min(rows, page.Height - top));
            for (var c = 0; c < page.SamplesPerTilePixel; c++)
            {
                var channel = samples[((firstChannel + c) * stride)..];
                for (var y = 0; y < used; y++)
                {
                    var from = decoded.AsSpan(((y * page.TileWidth * page.SamplesPerTilePixel) + c) * size);
                    var to = channel.Slice((((top + y) * page.Width) + left) * size, columns * size);
                    Gather(from, to, page.SamplesPerTilePixel, size);
                }
            }
        }

        if (lookUp)
        {
            LookUp(page, samples, target, stride);
            return;
        }

        for (var c = 0; c < page.Samples; c++)
        {
            Level(page, samples.Slice(c * stride, plane), reading);
        }
    }

    private static void Gather(ReadOnlySpan<byte> from, Span<byte> to, int step, int size)
    {
        if (step == 1)
        {
            from[..to.Length].CopyTo(to);
            return;
        }

        switch (size)
        {
            case 1: Gather<byte>(from, to, step); break;
            case 2: Gather<ushort>(from, to, step); break;
            case 4: Gather<uint>(from, to, step); break;
            default: Gather<ulong>(from, to, step); break;
        }
    }

    private static void Gather<T>(ReadOnlySpan<byte> from, Span<byte> to, int step)
        where T : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, T>(from);
        var target = MemoryMarshal.Cast<byte, T>(to);
        for (int i = 0, k = 0; i < target.Length; i++, k += step)
        {
            target[i] = source[k];
        }
    }

    // Turns white-is-zero round and spreads 1, 2 and 4 bits of grey over 0 … 255.
    private static void Level(TiffPage page, Span<byte> plane, Reading reading)
    {
        if (page.SampleFormat != 1 || page.Photometric is not (TiffPage.WhiteIsZero or TiffPage.BlackIsZero))
        {
            return;
        }

        var highest = page.Bits == 32 ? uint.MaxValue : (1u << page.Bits) - 1;
        var factor = page.Bits is 1 or 2 or 4 && reading == Reading.Colours ? 255 / highest : 1;
        var invert = page.Photometric == TiffPage.WhiteIsZero;
        if (!invert && factor == 1)
        {
            return;
        }

        switch (page.StoredType.Size())
        {
            case 1: Level<byte>(plane, invert, highest, factor); break;
            case 2: Level<ushort>(plane, invert, highest, factor); break;
            default: Level<uint>(plane, invert, highest, factor); break;
        }
    }

    private static void Level<T>(Span<byte> plane, bool invert, uint highest, uint factor)
        where T : unmanaged, IBinaryInteger<T>
    {
        foreach (ref var v in MemoryMarshal.Cast<byte, T>(plane))
        {
            v = T.CreateTruncating((invert ? highest - uint.CreateTruncating(v) : uint.CreateTruncating(v)) * factor);
        }
    }

    private static void LookUp(TiffPage page, ReadOnlySpan<byte> samples, Span<byte> target, int stride)
    {
        var entries = page.ColourMap.Length / 3;
        // The map holds 16 bits; some writers put 8 there.
        var shift = page.ColourMap.Any(v => v > byte.MaxValue) ? 8 : 0;
        var wide = page.StoredType.Size() == 2;
        for (var i = 0; i < page.Width * page.Height; i++)
        {
            var index = wide ? BinaryPrimitives.ReadUInt16LittleEndian(samples[(2 * i)..]) : samples[i];
            for (var c = 0; c < page.Channels(Reading.Colours); c++)
            {
                target[(c * stride) + i] = (byte)(page.ColourMap[(c * entries) + index] >> shift);
            }
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging.Formats;

namespace SegSharp.Imaging;

/// <summary>What an image file is: what its header says and, on request, what its pixels are like.</summary>
public sealed record ImageInfo
{
    private const int MostLabels = 256;

    /// <summary>The path as it was given.</summary>
    public required string Path { get; init; }

    /// <summary>The format's name, told from the content: "PNG".</summary>
    public required string Format { get; init; }

    /// <summary>How the pixels are stored: "deflate, strips".</summary>
    public required string Storage { get; init; }

    /// <summary>Bytes in the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>Voxels per axis; Depth counts the pages.</summary>
    public required Extent Extent { get; init; }

    /// <summary>Pages of a stack, 1 for a single picture.</summary>
    public int Pages => Extent.Depth;

    /// <summary>Numbers per voxel.</summary>
    public required int Channels { get; init; }

    /// <summary>The type of the voxels in memory.</summary>
    public required VoxelType VoxelType { get; init; }

    /// <summary>Bits per sample in the file.</summary>
    public required int Bits { get; init; }

    /// <summary>True when pixels are numbers of palette entries.</summary>
    public required bool HasPalette { get; init; }

    /// <summary>Millimetres per voxel; null where the file states none.</summary>
    public Triple? Spacing { get; init; }

    /// <summary>The grid and its place in the world; null where the format does not state one.</summary>
    public Geometry? Geometry { get; init; }

    /// <summary>What else the header says, for people: name and text, such as ("sform", "1 (scanner)").</summary>
    public IReadOnlyList<(string Name, string Text)> Facts { get; init; } = [];

    /// <summary>Names and colours of labels, where the file has them.</summary>
    public IReadOnlyList<Segment> Segments { get; init; } = [];

    /// <summary>The smallest value over all channels; null when only the header was read.</summary>
    public double? Low { get; init; }

    /// <summary>The largest value over all channels; null when only the header was read.</summary>
    public double? High { get; init; }

    /// <summary>
    /// Every label with its voxels, for files that may be label images: a palette, or one channel of whole numbers with at most
    /// 256 different values of which most voxels have a neighbour of the same. Null for others and when only the header was read.
    /// </summary>
    public IReadOnlyList<LabelCount>? Labels { get; init; }

    /// <summary>Reads the header only; no pixel is decoded.</summary>
    /// <exception cref="InputException">Missing, truncated, damaged or of a kind that cannot be read.</exception>
    public static ImageInfo ReadHeader(string path)
    {
        using var source = ByteSource.Open(path);
        return FromHeader(source, Catalogue.Recognise(source));
    }

    /// <summary>Reads header and pixels.</summary>
    /// <inheritdoc cref="ReadHeader"/>
    public static ImageInfo Read(string path)
    {
        using var source = ByteSource.Open(path);
        var format = Catalogue.Recognise(source);
        var info = FromHeader(source, format);
        var volume = format.Read(source, info.HasPalette ? Reading.Indices : Reading.Colours);
        var labels = LabelsOf(volume, info.HasPalette);
        var (low, high) = (info.HasPalette ? format.Read(source, Reading.Colours) : volume).ValueRange();
        return info with { Low = low, High = high, Labels = labels };
    }

    private static ImageInfo FromHeader(ByteSource source, ImageFormat format)
    {
        var header = format.ReadHeader(source);
        return new ImageInfo
        {
            Path = source.Path,
            Format = format.Name,
            Storage = header.Storage,
            Bytes = source.Length,
            Extent = header.Extent,
            Channels = header.Channels,
            VoxelType = header.VoxelType,
            Bits = header.Bits,
            HasPalette = header.HasPalette,
            Spacing = header.Spacing,
            Geometry = header.Geometry,
            Facts = header.Facts,
            Segments = header.Segments,
        };
    }

    private static IReadOnlyList<LabelCount>? LabelsOf(Volume volume, bool hasPalette)
    {
        if (volume.Channels != 1 || volume.VoxelType is not (VoxelType.UInt8 or VoxelType.UInt16))
        {
            return null;
        }

        var map = LabelMap.From(volume);
        var labels = map.Histogram();
        return hasPalette || (labels.Count <= MostLabels && IsFlat(map)) ? labels : null;
    }

    // A label image is made of areas: most voxels equal the one before in their row. An image with noise is not.
    private static bool IsFlat(LabelMap map)
    {
        var equal = 0L;
        for (var i = 1; i < map.Labels.Length; i++)
        {
            equal += map.Labels[i] == map.Labels[i - 1] ? 1 : 0;
        }

        return equal >= 0.8 * (map.Labels.Length - 1);
    }
}

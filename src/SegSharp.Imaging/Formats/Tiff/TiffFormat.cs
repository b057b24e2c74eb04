using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Tiff;

/// <summary>Tagged Image File Format with any number of pages.</summary>
public sealed class TiffFormat : ImageFormat
{
    /// <inheritdoc/>
    public override string Name => "TIFF";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".tif", ".tiff"];

    /// <inheritdoc/>
    public override string? MaskEnding => ".tif";

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head) =>
        head.StartsWith("II\x2a\0"u8) || head.StartsWith("MM\0\x2a"u8) || head.StartsWith("II\x2b\0"u8) || head.StartsWith("MM\0\x2b"u8);

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var pages = TiffDirectories.Read(source);
        TiffReader.RequireEqual(source, pages);
        var page = pages[0];
        return new ImageHeader
        {
            Extent = new Extent(page.Width, page.Height, pages.Count),
            Channels = page.Channels(Reading.Colours),
            VoxelType = page.VoxelType(Reading.Colours),
            Bits = page.Bits,
            HasPalette = page.HasPalette,
            Spacing = page.Spacing,
            Storage = page.Storage,
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading) => TiffReader.Read(source, reading);

    /// <summary>Reads every page as a picture of its own; their sizes and types may differ.</summary>
    /// <exception cref="InputException">Damaged, truncated or of a kind that is not supported.</exception>
    public static IReadOnlyList<Volume> ReadPages(ByteSource source, Reading reading) => TiffReader.ReadPages(source, reading);

    /// <inheritdoc/>
    public override void CheckWritable(Volume volume, string path)
    {
        if (volume.Channels > ushort.MaxValue)
        {
            throw new UsageException($"TIFF holds up to {ushort.MaxValue} channels; '{path}' would be {volume.Describe()}");
        }
    }

    /// <inheritdoc/>
    public override void Write(Stream stream, Volume volume) => TiffWriter.Write(stream, volume);
}

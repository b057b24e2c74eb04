using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Png;

/// <summary>Portable Network Graphics: all depths and colour types read, 8 and 16 bits written.</summary>
public sealed class PngFormat : ImageFormat
{
    internal static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <inheritdoc/>
    public override string Name => "PNG";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".png"];

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head) => head.StartsWith(Signature);

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var header = PngReader.ReadHeader(source);
        return new ImageHeader
        {
            Extent = header.Extent,
            Channels = header.Channels(Reading.Colours),
            VoxelType = header.VoxelType,
            Bits = header.Bits,
            HasPalette = header.HasPalette,
            Storage = header.Interlaced ? "deflate, interlaced" : "deflate",
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading) => PngReader.Read(source, reading);

    /// <inheritdoc/>
    public override void CheckWritable(Volume volume, string path)
    {
        if (volume.Extent.Depth != 1 || volume.Channels > 4 || volume.VoxelType is not (VoxelType.UInt8 or VoxelType.UInt16))
        {
            throw new UsageException(
                $"PNG holds one page of uint8 or uint16 with 1 to 4 channels; '{path}' would be {volume.Describe()}",
                "write it as .tif, or convert it to uint8 or uint16 first");
        }
    }

    /// <inheritdoc/>
    public override void Write(Stream stream, Volume volume) => PngWriter.Write(stream, volume);
}

namespace SegSharp.Imaging.Formats.Gif;

/// <summary>Graphics Interchange Format; frames become pages. Read only.</summary>
public sealed class GifFormat : ImageFormat
{
    /// <inheritdoc/>
    public override string Name => "GIF";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".gif"];

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head) => head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8);

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var file = GifReader.Parse(source);
        return new ImageHeader
        {
            Extent = file.Extent,
            Channels = file.IsGrey ? 1 : 3,
            VoxelType = VoxelType.UInt8,
            Bits = file.Bits,
            HasPalette = true,
            Storage = "LZW",
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading) => GifReader.Read(source, reading);
}

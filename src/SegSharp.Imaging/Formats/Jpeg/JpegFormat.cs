namespace SegSharp.Imaging.Formats.Jpeg;

/// <summary>JPEG pictures. Read only, through libjpeg-turbo.</summary>
public sealed class JpegFormat : ImageFormat
{
    /// <summary>Whether libjpeg-turbo was found; without it headers are read, pixels are not.</summary>
    public static bool LibraryIsPresent => TurboJpeg.IsPresent;

    /// <inheritdoc/>
    public override string Name => "JPEG";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".jpg", ".jpeg"];

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var frame = JpegFrame.Read(source);
        return new ImageHeader
        {
            Extent = new Extent(frame.Width, frame.Height),
            Channels = frame.Components,
            VoxelType = VoxelType.UInt8,
            Bits = frame.Bits,
            Storage = frame.Progressive ? "progressive" : "baseline",
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading) => JpegReader.Read(source);
}

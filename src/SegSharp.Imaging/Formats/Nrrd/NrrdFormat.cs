using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Nrrd;

/// <summary>NRRD, attached and detached, and 3D Slicer's segmentations; attached gzip files are written. See the README beside this file.</summary>
public sealed class NrrdFormat : ImageFormat
{
    /// <summary>The ending by which 3D Slicer tells a segmentation.</summary>
    public const string SegmentationEnding = ".seg.nrrd";

    /// <inheritdoc/>
    public override string Name => "NRRD";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".nrrd", SegmentationEnding, ".nhdr"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> WritableEndings { get; } = [".nrrd", SegmentationEnding];

    /// <inheritdoc/>
    public override string? MaskEnding => ".nrrd";

    /// <inheritdoc/>
    public override bool KnowsWorld => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head) => head.StartsWith("NRRD000"u8);

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var header = new NrrdHeader(source);
        var geometry = header.Geometry();
        return new ImageHeader
        {
            Extent = geometry.Extent,
            Channels = header.Image.Channels,
            VoxelType = header.Type,
            Bits = header.Type.Size() * 8,
            Spacing = geometry.Spacing,
            Geometry = geometry,
            Facts = header.Facts(),
            Segments = header.Segments,
            Storage = $"{header.Encoding.ToString().ToLowerInvariant()}{(header.DataFile is null ? "" : ", voxels in a file of their own")}{(header.Image.BigEndian ? ", big-endian" : "")}",
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading) => NrrdReader.Read(source);

    /// <inheritdoc/>
    public override void CheckWritable(Volume volume, string path)
    {
        if (IsSegmentation(path) && (volume.Channels != 1 || volume.VoxelType is not (VoxelType.UInt8 or VoxelType.UInt16)))
        {
            throw new UsageException($"{SegmentationEnding} holds labels of uint8 or uint16 with one channel; '{path}' would be {volume.Describe()}", "write it as .nrrd, or convert it to uint8 or uint16 first");
        }
    }

    /// <inheritdoc/>
    public override void Write(string path, Volume volume)
    {
        var segments = IsSegmentation(path) ? Segmentation.Of(LabelMap.From(volume)).Segments : [];
        AtomicFile.Write(path, stream => NrrdWriter.Write(stream, volume, segments));
    }

    /// <inheritdoc/>
    public override void Write(Stream stream, Volume volume) => NrrdWriter.Write(stream, volume, []);

    private static bool IsSegmentation(string path) => path.EndsWith(SegmentationEnding, StringComparison.OrdinalIgnoreCase);
}

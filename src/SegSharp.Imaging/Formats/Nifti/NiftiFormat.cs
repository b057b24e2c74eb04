using System.IO.Compression;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Nifti;

/// <summary>NIfTI-1 and NIfTI-2, single files and pairs, and Analyze 7.5; one file, plain or gzip, is written. See the README beside this file.</summary>
public sealed class NiftiFormat : ImageFormat
{
    /// <inheritdoc/>
    public override string Name => "NIfTI";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".nii.gz", ".nii", ".hdr", ".hdr.gz"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> WritableEndings { get; } = [".nii.gz", ".nii"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> PartEndings { get; } = [".img", ".img.gz"];

    /// <inheritdoc/>
    public override string? MaskEnding => ".nii.gz";

    /// <inheritdoc/>
    public override bool MayBePacked => true;

    /// <inheritdoc/>
    public override bool KnowsWorld => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head) => NiftiHeader.Recognises(head);

    /// <inheritdoc/>
    public override bool RecognisesName(string path) => NiftiFiles.IsVoxels(path) && NiftiFiles.HeaderBeside(path) is not null;

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var header = NiftiReader.ReadHeader(source);
        var geometry = header.GeometryOf(source);
        return new ImageHeader
        {
            Extent = header.Extent,
            Channels = header.Channels,
            VoxelType = header.VoxelType,
            Bits = header.Type.Stored.Size() * 8,
            Spacing = geometry.Spacing,
            Geometry = geometry,
            Facts = header.Facts(),
            Storage = Packed.IsGzip(source) ? "gzip" : "uncompressed",
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading) => NiftiReader.Read(source);

    /// <inheritdoc/>
    public override void Write(string path, Volume volume)
    {
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            AtomicFile.Write(path, stream =>
            {
                using var packed = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
                Write(packed, volume);
            });
        }
        else
        {
            base.Write(path, volume);
        }
    }

    /// <inheritdoc/>
    public override void Write(Stream stream, Volume volume) => NiftiWriter.Write(stream, volume);
}

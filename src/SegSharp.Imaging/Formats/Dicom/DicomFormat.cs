using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>DICOM files one by one: a picture, a multi-frame object, a segmentation. Series lie in folders: <see cref="DicomFolder"/>.</summary>
public sealed class DicomFormat : ImageFormat
{
    /// <inheritdoc/>
    public override string Name => "DICOM";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".dcm"];

    /// <inheritdoc/>
    public override string? MaskEnding => ".nii.gz";

    /// <inheritdoc/>
    public override bool KnowsWorld => true;

    /// <inheritdoc/>
    public override bool MayBePacked => true;

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head) => DicomReader.HasPreamble(head) || DicomReader.LooksBare(head);

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var (image, file) = Open(source);
        if (image.Kind == DicomKind.Segmentation)
        {
            var (grid, _) = DicomSegmentation.Grid(image);
            var segments = DicomSegmentation.SegmentsOf(file.Data);
            return new ImageHeader
            {
                Extent = grid.Extent,
                Channels = 1,
                VoxelType = VoxelType.UInt16,
                Bits = image.BitsStored,
                Spacing = grid.Spacing,
                Geometry = grid,
                Storage = $"{image.SyntaxName}, segmentation",
                Segments = [.. segments.Select(s => s.Colour is { } c ? new Segment(s.Number, s.Name, c.R, c.G, c.B) : Segment.Of(s.Number, s.Name))],
            };
        }

        var series = SeriesOf(source, image);
        return new ImageHeader
        {
            Extent = series.Geometry.Extent,
            Channels = series.Channels,
            VoxelType = series.VoxelType,
            Bits = image.BitsStored,
            HasPalette = image.Photometric == "PALETTE COLOR",
            Spacing = image.Frames[0].SpacingX is null ? null : series.Geometry.Spacing,
            Geometry = image.Frames[0].Position is null ? null : series.Geometry,
            Storage = $"{image.SyntaxName}, {(series.Modality is { } m ? m + " " : "")}{series.Kind}",
            Facts = [.. series.Findings.Select(f => ("finding", f.ToString()))],
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading)
    {
        var (image, _) = Open(source);
        if (image.Kind == DicomKind.Segmentation)
        {
            var map = DicomSegmentation.Read(source).ToLabelMap();
            return Volume.Of<ushort>(source.Name, map.Geometry, 1, map.Labels);
        }

        var volume = SeriesOf(source, image).ReadAs(reading, new DicomReading(), source: source);
        return new Volume(source.Name, volume.Geometry, volume.Channels, volume.VoxelType, volume.Bytes, source.Path);
    }

    private static (DicomImage Image, DicomFile File) Open(ByteSource source)
    {
        var file = DicomReader.Read(source);
        return (DicomImage.Of(file), file);
    }

    private static DicomSeries SeriesOf(ByteSource source, DicomImage image)
    {
        var parts = DicomFolder.Group([image]);
        return parts is [var one] ? one : throw source.Unsupported($"its frames are of {parts.Count} orientations or spacings", "put it in a folder of its own and choose one of them: FOLDER#1");
    }
}

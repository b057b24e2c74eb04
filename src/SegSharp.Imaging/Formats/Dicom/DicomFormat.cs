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
    public override bool Recognises(ReadOnlySpan<byte> head) => DicomReader.HasPreamble(head) || DicomReader.LooksBare(head);

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var series = SeriesOf(source);
        return new ImageHeader
        {
            Extent = series.Geometry.Extent,
            Channels = series.Channels,
            VoxelType = series.VoxelType,
            Bits = series.First.BitsStored,
            HasPalette = series.First.Photometric == "PALETTE COLOR",
            Spacing = series.First.Frames[0].SpacingX is null ? null : series.Geometry.Spacing,
            Storage = $"{series.Storage}, {(series.Modality is { } m ? m + " " : "")}{series.Kind}",
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading)
    {
        var series = SeriesOf(source);
        if (series.IsSegmentation)
        {
            var map = DicomSegmentation.Read(source.Path).ToLabelMap();
            return new Volume(source.Name, map.Geometry, 1, VoxelType.UInt16, map.ToVolume().Convert(VoxelType.UInt16).Bytes, source.Path);
        }

        var volume = series.ReadAs(reading, new DicomReading());
        return new Volume(source.Name, volume.Geometry, volume.Channels, volume.VoxelType, volume.Bytes, source.Path);
    }

    private static DicomSeries SeriesOf(ByteSource source)
    {
        var parts = DicomFolder.Group([DicomImage.Of(DicomReader.Read(source))]);
        return parts is [var one] ? one : throw source.Unsupported($"its frames are of {parts.Count} orientations or sizes", "put it in a folder of its own and choose one with FOLDER#1");
    }
}

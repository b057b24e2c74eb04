using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace SegSharp.Imaging.Formats.MetaImage;

/// <summary>MetaImage: .mha, and .mhd with its .raw or .zraw; one .mha file is written. See the README beside this file.</summary>
public sealed class MetaImageFormat : ImageFormat
{
    /// <inheritdoc/>
    public override string Name => "MetaImage";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Endings { get; } = [".mha", ".mhd"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> WritableEndings { get; } = [".mha"];

    /// <inheritdoc/>
    public override string? MaskEnding => ".mha";

    /// <inheritdoc/>
    public override bool KnowsWorld => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool Recognises(ReadOnlySpan<byte> head)
    {
        var equals = head.IndexOf((byte)'=');
        return equals is > 4 and < 40 && Encoding.Latin1.GetString(head[..equals]).Trim().ToUpperInvariant() is "OBJECTTYPE" or "NDIMS";
    }

    /// <inheritdoc/>
    public override ImageHeader ReadHeader(ByteSource source)
    {
        var header = new MetaImageHeader(source);
        var geometry = header.Geometry();
        return new ImageHeader
        {
            Extent = geometry.Extent,
            Channels = header.Image.Channels,
            VoxelType = header.Image.Type,
            Bits = header.Image.Type.Size() * 8,
            Spacing = geometry.Spacing,
            Geometry = geometry,
            Facts = header.Facts(),
            Storage = $"{(header.IsCompressed ? "zlib" : "uncompressed")}{(header.IsLocal ? "" : ", voxels in a file of their own")}{(header.Image.BigEndian ? ", big-endian" : "")}",
        };
    }

    /// <inheritdoc/>
    public override Volume Read(ByteSource source, Reading reading)
    {
        var header = new MetaImageHeader(source);
        var geometry = header.Geometry();
        if (header.IsLocal)
        {
            return header.Image.ToVolume(source, geometry, Voxels(source, header.Lines.Position, header));
        }

        var name = header.DataFile!;
        if (name.StartsWith("LIST", StringComparison.OrdinalIgnoreCase) || name.Contains('%', StringComparison.Ordinal))
        {
            throw source.Unsupported($"its voxels lie in several files ('ElementDataFile = {TextHeader.Short(name)}'); one file is read", "save it as one .mha file");
        }

        using var voxels = header.Lines.OpenBeside(name);
        var start = header.HeaderSize >= 0 ? header.HeaderSize : voxels.Length - header.Image.Bytes;
        return header.Image.ToVolume(source, geometry, Voxels(voxels, start, header));
    }

    /// <inheritdoc/>
    public override void Write(Stream stream, Volume volume)
    {
        var (extent, geometry) = (volume.Extent, volume.Geometry);
        var d = geometry.Direction.TurnLps();
        var text = new StringBuilder();
        void Line(string key, string value) => text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
        Line("ObjectType", "Image");
        Line("NDims", "3");
        Line("BinaryData", "True");
        Line("BinaryDataByteOrderMSB", BitConverter.IsLittleEndian ? "False" : "True");
        Line("CompressedData", "True");
        var place = text.Length + "CompressedDataSize = ".Length;
        Line("CompressedDataSize", "0000000000");
        Line("TransformMatrix", $"{Text(d.AlongX)} {Text(d.AlongY)} {Text(d.AlongZ)}");
        Line("Offset", Text(geometry.Origin.TurnLps()));
        Line("CenterOfRotation", "0 0 0");
        Line("AnatomicalOrientation", Orientation(geometry));
        Line("ElementSpacing", Text(geometry.Spacing));
        Line("DimSize", $"{extent.Width} {extent.Height} {extent.Depth}");
        if (volume.Channels > 1)
        {
            Line("ElementNumberOfChannels", $"{volume.Channels}");
        }

        Line("ElementType", volume.VoxelType switch
        {
            VoxelType.UInt8 => "MET_UCHAR",
            VoxelType.Int8 => "MET_CHAR",
            VoxelType.UInt16 => "MET_USHORT",
            VoxelType.Int16 => "MET_SHORT",
            VoxelType.UInt32 => "MET_UINT",
            VoxelType.Int32 => "MET_INT",
            VoxelType.UInt64 => "MET_ULONG_LONG",
            VoxelType.Int64 => "MET_LONG_LONG",
            VoxelType.Float32 => "MET_FLOAT",
            _ => "MET_DOUBLE",
        });
        Line("ElementDataFile", "LOCAL");
        var from = stream.Position;
        stream.Write(Encoding.ASCII.GetBytes(text.ToString()));
        var start = stream.Position;
        using (var packed = new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true))
        {
            packed.Write(RawVoxels.ToInterleaved(volume.Bytes, volume.Channels, volume.VoxelType.Size()));
        }

        var end = stream.Position;
        stream.Position = from + place;
        stream.Write(Encoding.ASCII.GetBytes((end - start).ToString("D10", CultureInfo.InvariantCulture)));
        stream.Position = end;
    }

    // MetaIO names the side that an axis comes from.
    private static string Orientation(Geometry geometry) =>
        string.Concat(geometry.Orientation.ToString().Select(c => c switch { 'R' => 'L', 'L' => 'R', 'A' => 'P', 'P' => 'A', 'S' => 'I', _ => 'S' }));

    private static string Text(Triple t)
    {
        // Adding 0 makes −0 plain.
        t += Triple.Zero;
        return string.Create(CultureInfo.InvariantCulture, $"{t.X:R} {t.Y:R} {t.Z:R}");
    }

    private static byte[] Voxels(ByteSource source, long start, MetaImageHeader header)
    {
        var image = header.Image;
        var what = $"{image.Extent} voxels of {image.Type.Text()}{(image.Channels > 1 ? $" with {image.Channels} channels" : "")}";
        return header.IsCompressed
            ? Packed.Unpack(source, start, Math.Max(0, source.Length - start), gzip: false, 0, image.Bytes, what)
            : source.ReadExactly(start, image.Bytes, what);
    }
}

using System.Globalization;
using System.Text;
using SegSharp.Foundation;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Nrrd;

namespace SegSharp.Imaging;

/// <summary>A label map whose labels have names and colours, as 3D Slicer keeps it in a <c>.seg.nrrd</c> file.</summary>
/// <param name="Map">The labels.</param>
/// <param name="Segments">What they mean; may leave labels out, and may name labels without a voxel.</param>
public sealed record Segmentation(LabelMap Map, IReadOnlyList<Segment> Segments)
{
    /// <summary>A label map whose every label but 0 is called <c>Segment_N</c>.</summary>
    public static Segmentation Of(LabelMap map) =>
        new(map, [.. map.Histogram().Where(c => c.Label > 0).Select(c => Segment.Of(c.Label, $"Segment_{c.Label}"))]);

    /// <summary>Reads a label image of any format; the names come from a <c>.seg.nrrd</c>, elsewhere they are <c>Segment_N</c>.</summary>
    /// <exception cref="InputException">Unreadable, no label image, or segments that overlap.</exception>
    public static Segmentation Read(string path)
    {
        var map = LabelMap.Read(path);
        using var source = ByteSource.Open(path);
        var segments = Catalogue.Recognise(source).ReadHeader(source).Segments;
        return segments.Count > 0 ? new Segmentation(map, segments) : Of(map);
    }

    /// <summary>Writes a <c>.seg.nrrd</c>.</summary>
    /// <param name="path">Ends in <c>.seg.nrrd</c>; 3D Slicer tells a segmentation by that.</param>
    /// <exception cref="UsageException">Another ending.</exception>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public void Write(string path)
    {
        if (!path.EndsWith(NrrdFormat.SegmentationEnding, StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"a segmentation with names is written as {NrrdFormat.SegmentationEnding}; '{path}' ends otherwise", $"end the name in {NrrdFormat.SegmentationEnding}");
        }

        AtomicFile.Write(path, stream => NrrdWriter.Write(stream, Map.ToVolume(), Segments));
    }

    /// <summary>Writes names and colours as a colour table of 3D Slicer (<c>.ctbl</c>), to be laid over a label map of any format.</summary>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public static void WriteColourTable(string path, IReadOnlyList<Segment> segments)
    {
        var text = new StringBuilder("# label name red green blue opacity\n");
        foreach (var s in segments.Any(s => s.Label == 0) ? segments : segments.Prepend(new Segment(0, "background", 0, 0, 0)))
        {
            // A space would end the name.
            var name = string.Concat(s.Name.Select(c => char.IsWhiteSpace(c) ? '_' : c));
            text.Append(CultureInfo.InvariantCulture, $"{s.Label} {(name.Length > 0 ? name : "_")} {s.Red} {s.Green} {s.Blue} {(s.Label == 0 ? 0 : 255)}\n");
        }

        AtomicFile.WriteText(path, text.ToString());
    }
}

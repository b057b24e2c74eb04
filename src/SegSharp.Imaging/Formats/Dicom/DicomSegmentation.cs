using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>A DICOM SEG object: structures on the grid of a series, binary, fractional or as a label map. Frames without a structure are not stored.</summary>
/// <remarks>Source: DICOM PS3.3 A.51 and C.8.20. Checked with dcmqi's files and their NRRD label maps.</remarks>
public sealed class DicomSegmentation
{
    private readonly DicomPlanes _planes;
    private readonly (int Segment, int Z)[] _frames;                   // segment 0 in a label map: the voxels say
    private readonly int _full;
    private readonly int _padding;

    private DicomSegmentation(string path, string type, Geometry geometry, IReadOnlyList<DicomSegment> segments, DicomPlanes planes, (int Segment, int Z)[] frames, int full, int padding) =>
        (Path, Type, Geometry, Segments, _planes, _frames, _full, _padding) = (path, type, geometry, segments, planes, frames, full, padding);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>BINARY, FRACTIONAL or LABELMAP.</summary>
    public string Type { get; }

    /// <summary>The grid of the stored frames: from the first to the last that holds something.</summary>
    public Geometry Geometry { get; }

    /// <summary>The structures by their number.</summary>
    public IReadOnlyList<DicomSegment> Segments { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">No DICOM SEG, damaged, or frames that do not lie on one grid.</exception>
    public static DicomSegmentation Read(string path)
    {
        using var source = ByteSource.Open(path);
        return Read(source);
    }

    internal static DicomSegmentation Read(ByteSource source)
    {
        var file = DicomReader.Read(source);
        var image = DicomImage.Of(file);
        if (image.Kind != DicomKind.Segmentation)
        {
            throw source.Unsupported($"it is a DICOM {image.Kind.Name}, not a segmentation", "read it as an image");
        }

        var type = file.Data.Code(DicomTag.SegmentationType) ?? "BINARY";
        if (type is not ("BINARY" or "FRACTIONAL" or "LABELMAP") || image.Samples != 1 || (type != "LABELMAP" && image.BitsAllocated > 8))
        {
            throw source.Unsupported("its segmentation is none of BINARY, FRACTIONAL and LABELMAP with pixels of fitting size", "convert it with the software it comes from");
        }

        var (geometry, places) = Grid(image);
        var groups = file.Data.Items(DicomTag.PerFrameGroups);
        var shared = file.Data.Inner(DicomTag.SharedGroups)?.Inner(DicomTag.SegmentIdentificationSequence)?.Whole(DicomTag.ReferencedSegment);
        var frames = new (int Segment, int Z)[image.FrameCount];
        for (var i = 0; i < frames.Length; i++)
        {
            var segment = type == "LABELMAP" ? 0
                : (i < groups.Count ? groups[i].Inner(DicomTag.SegmentIdentificationSequence)?.Whole(DicomTag.ReferencedSegment) : null) ?? shared
                ?? throw source.Damaged($"frame {i + 1} does not say which segment it shows");
            frames[i] = (segment, places[i]);
        }

        using var decoder = new DicomDecoder();
        var planes = DicomPixels.Read(source, Reading.Indices, decoder);
        return new DicomSegmentation(source.Path, type, geometry, SegmentsOf(file.Data), planes, frames, Math.Max(1, file.Data.Whole(DicomTag.MaximumFractional) ?? 255), type == "LABELMAP" ? file.Data.Whole(DicomTag.PixelPadding) ?? 0 : 0);
    }

    /// <summary>All structures as one label map: a voxel has the number of its structure, 0 is none. Fractions count from one half.</summary>
    /// <exception cref="InputException">Structures overlap; the message names two.</exception>
    public LabelMap ToLabelMap()
    {
        var labels = new ushort[Geometry.Extent.Count];
        var page = (int)Geometry.Extent.PageCount;

        // A label map may say what the frames hold that are left out.
        labels.AsSpan().Fill((ushort)_padding);
        for (var f = 0; f < _frames.Length; f++)
        {
            var (segment, z) = _frames[f];
            var target = labels.AsSpan(z * page, page);
            if (Type == "LABELMAP")
            {
                Values(f, target);
                continue;
            }

            var plane = _planes.Plane(f, 0);
            for (var i = 0; i < page; i++)
            {
                if (!IsIn(plane[i]))
                {
                    continue;
                }

                if (target[i] != 0 && target[i] != segment)
                {
                    throw new InputException(
                        $"'{Path}' is not one label map: its segments {target[i]} ({NameOf(target[i])}) and {segment} ({NameOf(segment)}) overlap",
                        "read its segments one by one, or export them without overlap");
                }

                target[i] = (ushort)segment;
            }
        }

        return new LabelMap(System.IO.Path.GetFileNameWithoutExtension(Path), Geometry, labels, Path);
    }

    /// <summary>One structure alone: 1 inside, 0 outside. Works for structures that overlap others.</summary>
    /// <exception cref="InputException">No such number; the message lists what there is.</exception>
    public LabelMap Of(int number)
    {
        if (!Segments.Any(s => s.Number == number))
        {
            throw new InputException($"'{Path}' has no segment {number}; it has {string.Join(", ", Segments.Select(s => $"{s.Number} ({s.Name})"))}", null);
        }

        var labels = new ushort[Geometry.Extent.Count];
        var page = (int)Geometry.Extent.PageCount;
        var values = new ushort[page];
        for (var f = 0; f < _frames.Length; f++)
        {
            var (segment, z) = _frames[f];
            if (Type == "LABELMAP")
            {
                Values(f, values);
                for (var i = 0; i < page; i++)
                {
                    labels[(z * page) + i] |= (ushort)(values[i] == number ? 1 : 0);
                }
            }
            else if (segment == number)
            {
                var plane = _planes.Plane(f, 0);
                for (var i = 0; i < page; i++)
                {
                    labels[(z * page) + i] |= (ushort)(IsIn(plane[i]) ? 1 : 0);
                }
            }
        }

        return new LabelMap(NameOf(number), Geometry, labels, Path);
    }

    /// <summary>All structures on another grid of the same spacing and directions, such as that of the whole series.</summary>
    /// <param name="grid">Where the labels shall lie.</param>
    /// <exception cref="InputException">The voxels of the two grids are not the same, or structures overlap.</exception>
    public LabelMap On(Geometry grid) => GridCopy.Labels(ToLabelMap(), grid);

    // Segments by number, from the header of a file.
    internal static IReadOnlyList<DicomSegment> SegmentsOf(DicomItem data)
    {
        var set = data.Code(DicomTag.CharacterSet);
        return [.. data.Items(DicomTag.SegmentSequence).Select((item, i) => Described(item, item.Whole(DicomTag.SegmentNumber) ?? i + 1, set)).Where(s => s.Number > 0).OrderBy(s => s.Number)];
    }

    // The grid of a segmentation's frames, and which slice each frame is.
    internal static (Geometry Geometry, int[] Places) Grid(DicomImage image)
    {
        InputException Refused(string why, string fix) => new($"'{image.Path}' cannot be read: {why}", fix);
        var head = image.Frames[0];
        if (image.Frames.Any(f => f is not { Position: not null, Along: not null, Down: not null }) || head.SpacingX is null)
        {
            throw Refused("its frames have no position, orientation or spacing", "write the mask as NIfTI");
        }

        if (image.Frames.Any(f => (f.Along!.Value - head.Along!.Value).Length > 1e-3 || (f.Down!.Value - head.Down!.Value).Length > 1e-3))
        {
            throw Refused("its frames have several orientations", "export each orientation to a file of its own");
        }

        var normal = head.Along!.Value.Cross(head.Down!.Value);
        normal *= 1 / normal.Length;
        var along = image.Frames.Select(f => f.Position!.Value.Dot(normal)).ToArray();
        var (low, high) = (Array.IndexOf(along, along.Min()), Array.IndexOf(along, along.Max()));
        var sorted = along.Order().ToArray();
        var gaps = sorted.Zip(sorted.Skip(1), (a, b) => b - a).Where(g => g > 1e-3).ToArray();

        // Frames may be left out, so the distance is the stated one where that explains all, else the smallest.
        var smallest = gaps.Length > 0 ? gaps.Min() : head.SliceSpacing ?? head.Thickness ?? 1;
        var spacing = smallest;
        foreach (var stated in (double?[])[head.SliceSpacing, head.Thickness])
        {
            if (stated is > 0 and var s && gaps.All(g => Math.Abs(g - (Math.Round(g / s) * s)) < 0.02 * s && Math.Round(g / s) >= 1))
            {
                spacing = s;
                break;
            }
        }

        var steps = along.Select(a => (a - along[low]) / spacing).ToArray();
        if (steps.Any(s => Math.Abs(s - Math.Round(s)) > 0.1 || s > 65535))
        {
            throw Refused("its frames do not lie at equal distances", "write the mask as NIfTI");
        }

        var last = (int)Math.Round(steps[high]);
        var first = image.Frames[low].Position!.Value;
        var step = last > 0 ? (image.Frames[high].Position!.Value - first) * (1.0 / last) : normal * spacing;
        var extent = new Extent(image.Width, image.Height, last + 1);
        Limits.CheckSize(image.Path, extent, 1, VoxelType.UInt16);
        var geometry = new Geometry
        {
            Extent = extent,
            Spacing = new Triple(head.SpacingX.Value, head.SpacingY!.Value, step.Length),
            Origin = first.TurnLps(),
            Direction = new Direction(head.Along.Value, head.Down.Value, step * (1 / step.Length)).TurnLps(),
        };
        return (geometry, [.. steps.Select(s => (int)Math.Round(s))]);
    }

    private static DicomSegment Described(DicomItem item, int number, string? set)
    {
        DicomCode? Code(uint sequence) => item.Inner(sequence) is { } code && code.Code(DicomTag.CodeValue) is { } value
            ? new DicomCode(value, code.Code(DicomTag.CodeScheme) ?? "", code.Text(DicomTag.CodeMeaning, set) ?? "")
            : null;
        return new DicomSegment(number, item.Text(DicomTag.SegmentLabel, set) ?? $"segment {number}")
        {
            Colour = item.Numbers(DicomTag.SegmentColour) is [var l, var a, var b] ? DicomSegment.FromLab(l, a, b) : null,
            Category = Code(DicomTag.SegmentCategorySequence),
            Type = Code(DicomTag.SegmentTypeSequence),
        };
    }

    private bool IsIn(byte value) => Type == "FRACTIONAL" ? value * 2 >= _full : value != 0;

    private void Values(int frame, Span<ushort> target)
    {
        var plane = _planes.Plane(frame, 0);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = _planes.Type.Size() == 1 ? plane[i] : BitConverter.ToUInt16(plane[(2 * i)..]);
        }
    }

    private string NameOf(int number) => Segments.FirstOrDefault(s => s.Number == number)?.Name ?? "unnamed";
}

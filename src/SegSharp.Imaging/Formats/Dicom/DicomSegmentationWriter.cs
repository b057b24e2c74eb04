using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>Writes label maps as DICOM SEG beside the series that they were made from.</summary>
/// <remarks>
/// Binary, one frame for every structure and slice that holds some of it, with the patient, study, frame of reference and slices of
/// the series. The same labels over the same series give the same world-wide number. Source: DICOM PS3.3 A.51, C.8.20, C.7.6.16,
/// C.7.6.17; checked with dciodvfy and pydicom.
/// </remarks>
public static class DicomSegmentationWriter
{
    private const string SegmentationClass = "1.2.840.10008.5.1.4.1.1.66.4";

    private static readonly DicomCode Tissue = new("85756007", "SCT", "Tissue"), Structure = new("91723000", "SCT", "Anatomical Structure");

    private static readonly (byte, byte, byte)[] Colours = [(230, 75, 53), (77, 187, 213), (0, 160, 135), (60, 84, 136), (243, 155, 127), (132, 145, 180), (145, 209, 194), (220, 0, 0), (126, 97, 72)];

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="mask">The labels; on the voxels of the series, in any order of axes. Structures may lie in a part of it.</param>
    /// <param name="series">The series that the labels belong to.</param>
    /// <param name="segments">Names, colours and codes by label; labels without one are called "label 3".</param>
    /// <param name="time">The clock for the file's date; null = the system's.</param>
    /// <exception cref="InputException">Another grid, nothing labelled, a series without position or frame of reference.</exception>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public static void Write(string path, LabelMap mask, DicomSeries series, IReadOnlyList<DicomSegment>? segments = null, TimeProvider? time = null)
    {
        var bytes = ToBytes(mask, series, segments, time);
        AtomicFile.WriteBytes(path, bytes);
    }

    /// <summary>Refuses a series that no segmentation can point at.</summary>
    /// <param name="series">The series that the labels would belong to.</param>
    /// <exception cref="InputException">A segmentation itself, or without position, study, series or frame of reference.</exception>
    public static void RequireCarrier(DicomSeries series)
    {
        var first = series.First;
        if (series.IsSegmentation || first.Frames[0].Position is null || first.Study is null || first.Series is null || first.FrameOfReference is null)
        {
            throw new InputException(
                $"the series of '{first.Path}' cannot carry a segmentation: it is a segmentation itself, or states no position, study, series or frame of reference", "write the mask as NIfTI");
        }
    }

    internal static byte[] ToBytes(LabelMap mask, DicomSeries series, IReadOnlyList<DicomSegment>? segments = null, TimeProvider? time = null)
    {
        RequireCarrier(series);
        var first = series.First;
        var labels = GridCopy.Labels(mask, series.Geometry);
        var found = labels.Histogram().Where(l => l.Label != 0).Select(l => (int)l.Label).ToList();
        if (found.Count == 0)
        {
            throw new InputException($"label map '{mask.Path ?? mask.Name}' labels nothing, and a segmentation needs a frame", "write the mask as NIfTI");
        }

        var frames = Frames(labels, found);
        var uid = DicomBuilder.UidOf($"{first.Series}/{string.Join(',', series.Stacked[0].Select(s => s?.Image.SopInstance))}/{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<ushort>(labels.Labels)))}/{string.Join(',', (segments ?? []).Select(s => s.ToString()))}");
        var now = (time ?? TimeProvider.System).GetLocalNow();
        using var source = ByteSource.Open(first.Path);
        var reference = DicomReader.Read(source).Data;
        var data = Copied(reference);
        Describe(data, uid, first, now);
        var letters = reference.Code(DicomTag.CharacterSet) is "ISO_IR 192" ? Encoding.UTF8 : Encoding.ASCII;
        _ = data
            .Items(DicomTag.SegmentSequence, found.Select((label, i) => Segment(i + 1, segments?.FirstOrDefault(s => s.Number == label) ?? new DicomSegment(label, $"label {label}"), i, letters)))
            .Numbers(DicomTag.Samples, (ushort)1)
            .Text(DicomTag.Photometric, "CS", "MONOCHROME2")
            .Text(DicomTag.Frames, "IS", $"{frames.Count}")
            .Numbers(DicomTag.Rows, (ushort)labels.Extent.Height)
            .Numbers(DicomTag.Columns, (ushort)labels.Extent.Width)
            .Numbers(DicomTag.BitsAllocated, (ushort)1)
            .Numbers(DicomTag.BitsStored, (ushort)1)
            .Numbers(DicomTag.HighBit, (ushort)0)
            .Numbers(DicomTag.PixelRepresentation, (ushort)0)
            .Bytes(DicomTag.Pixels, "OB", Pack(labels, frames, found));
        Place(data, uid, series, frames);
        return DicomBuilder.File(data, SegmentationClass, uid);
    }

    // (index of the structure, slice), structure by structure.
    private static List<(int Segment, int Z)> Frames(LabelMap labels, List<int> found)
    {
        var page = (int)labels.Extent.PageCount;
        var seen = new HashSet<(int, int)>();
        for (var z = 0; z < labels.Extent.Depth; z++)
        {
            foreach (var label in labels.Labels.AsSpan(z * page, page))
            {
                if (label != 0)
                {
                    _ = seen.Add((label, z));
                }
            }
        }

        return [.. seen.Select(s => (Segment: found.IndexOf(s.Item1), Z: s.Item2)).OrderBy(s => s.Segment).ThenBy(s => s.Z)];
    }

    // One bit for every pixel, the first in the lowest, frames without a gap.
    private static byte[] Pack(LabelMap labels, List<(int Segment, int Z)> frames, List<int> found)
    {
        var page = (int)labels.Extent.PageCount;
        var bits = (long)page * frames.Count;
        if (bits / 8 > Limits.MaxBytes)
        {
            throw new InputException($"label map '{labels.Path ?? labels.Name}' would take {frames.Count} frames, more than 2 GB", "write the mask as NIfTI");
        }

        var packed = new byte[(bits + 7) / 8];
        var at = 0L;
        foreach (var (segment, z) in frames)
        {
            foreach (var label in labels.Labels.AsSpan(z * page, page))
            {
                if (label == found[segment])
                {
                    packed[at >> 3] |= (byte)(1 << (int)(at & 7));
                }

                at++;
            }
        }

        return packed;
    }

    // Patient and study as they stand in the series, letter by letter.
    private static DicomBuilder Copied(DicomItem reference)
    {
        var data = new DicomBuilder();
        foreach (var (tag, type, isNeeded) in ((uint, string, bool)[])[
            (DicomTag.CharacterSet, "CS", false), (DicomTag.PatientName, "PN", true), (DicomTag.PatientId, "LO", true), (DicomTag.PatientBirthDate, "DA", true),
            (DicomTag.PatientSex, "CS", true), (DicomTag.StudyInstance, "UI", true), (DicomTag.StudyDate, "DA", true), (DicomTag.StudyTime, "TM", true),
            (DicomTag.ReferringPhysician, "PN", true), (DicomTag.StudyId, "SH", true), (DicomTag.AccessionNumber, "SH", true), (DicomTag.StudyDescription, "LO", false),
            (DicomTag.FrameOfReference, "UI", true), (0x0020_1040, "LO", true)])
        {
            if (reference.Find(tag) is { Value.Length: > 0 } element)
            {
                _ = data.Bytes(tag, type, element.Value.ToArray());
            }
            else if (isNeeded)
            {
                _ = data.Bytes(tag, type, []);
            }
        }

        return data;
    }

    private static void Describe(DicomBuilder data, string uid, DicomImage first, DateTimeOffset now) => _ = data
        .Text(DicomTag.ImageType, "CS", @"DERIVED\PRIMARY")
        .Text(DicomTag.SopClass, "UI", SegmentationClass)
        .Text(DicomTag.SopInstance, "UI", uid)
        .Text(0x0008_0023, "DA", now.ToString("yyyyMMdd"))
        .Text(DicomTag.ContentTime, "TM", now.ToString("HHmmss"))
        .Text(DicomTag.SeriesDate, "DA", now.ToString("yyyyMMdd"))
        .Text(0x0008_0031, "TM", now.ToString("HHmmss"))
        .Text(DicomTag.Modality, "CS", "SEG")
        .Text(DicomTag.Manufacturer, "LO", "SegSharp")
        .Text(DicomTag.SeriesDescription, "LO", "Segmentation")
        .Text(0x0008_1090, "LO", "SegSharp")
        .Text(0x0018_1000, "LO", "0")
        .Text(0x0018_1020, "LO", typeof(DicomSegmentationWriter).Assembly.GetName().Version?.ToString(3))
        .Text(DicomTag.SeriesInstance, "UI", DicomBuilder.UidOf(uid + "/series"))
        .Text(DicomTag.SeriesNumber, "IS", $"{((first.SeriesNumber ?? 0) % 100_000) + 1000}")
        .Text(DicomTag.InstanceNumber, "IS", "1")
        .Text(0x0028_2110, "CS", "00")
        .Text(0x0070_0080, "CS", "SEGMENTATION")
        .Text(0x0070_0081, "LO", "Segmentation")
        .Text(0x0070_0084, "PN", "SegSharp")
        .Text(DicomTag.SegmentationType, "CS", "BINARY");

    private static DicomBuilder Segment(int number, DicomSegment segment, int index, Encoding letters)
    {
        var (l, a, b) = DicomSegment.ToLab(segment.Colour ?? Colours[index % Colours.Length]);
        return new DicomBuilder()
            .Numbers(DicomTag.SegmentNumber, (ushort)number)
            .Text(DicomTag.SegmentLabel, "LO", segment.Name.Length > 64 ? segment.Name[..64] : segment.Name, letters)
            .Text(0x0062_0008, "CS", "AUTOMATIC")
            .Text(0x0062_0009, "LO", "SegSharp")
            .Numbers(DicomTag.SegmentColour, l, a, b)
            .Items(DicomTag.SegmentCategorySequence, Code(segment.Category ?? Tissue, letters))
            .Items(DicomTag.SegmentTypeSequence, Code(segment.Type ?? Structure, letters));
    }

    private static DicomBuilder Code(DicomCode code, Encoding letters) => new DicomBuilder()
        .Text(DicomTag.CodeValue, "SH", code.Value)
        .Text(DicomTag.CodeScheme, "SH", code.Scheme)
        .Text(DicomTag.CodeMeaning, "LO", code.Meaning, letters);

    // Where every frame lies, what it shows and what it was made from.
    private static void Place(DicomBuilder data, string uid, DicomSeries series, List<(int Segment, int Z)> frames)
    {
        var geometry = series.Geometry;
        var direction = geometry.Direction.TurnLps();
        var normal = direction.AlongX.Cross(direction.AlongY);
        var toWorld = geometry.ToWorld;
        var thickness = series.First.Frames[0].Thickness;
        var apart = Math.Abs(normal.Dot(direction.AlongZ)) * geometry.Spacing.Z;
        var dimension = DicomBuilder.UidOf(uid + "/dimension");
        var slices = frames.Select(f => f.Z).Distinct().Order().ToList();
        DicomBuilder Index(uint tag, uint sequence, string name) => new DicomBuilder()
            .Text(0x0020_9164, "UI", dimension)
            .Bytes(0x0020_9165, "AT", Tag(tag))
            .Bytes(0x0020_9167, "AT", Tag(sequence))
            .Text(0x0020_9421, "LO", name);

        // The file that a slice came from, with its frame where it has several; the first time point stands for all.
        (string Class, string Instance, int? Frame)? From(int z) => series.Stacked[0][z] is { } slice && slice.Image is { SopInstance: { } instance, SopClass: { } kind }
            ? (kind, instance, slice.Image.FrameCount > 1 ? slice.Frame.Index + 1 : null)
            : null;
        static DicomBuilder Reference((string Class, string Instance, int? Frame) from)
        {
            var reference = new DicomBuilder().Text(DicomTag.ReferencedSopClass, "UI", from.Class).Text(DicomTag.ReferencedSopInstance, "UI", from.Instance);
            return from.Frame is { } frame ? reference.Text(DicomTag.ReferencedFrame, "IS", $"{frame}") : reference;
        }

        _ = data
            .Items(0x0020_9221, new DicomBuilder().Text(0x0020_9164, "UI", dimension))
            .Items(0x0020_9222, Index(DicomTag.ReferencedSegment, DicomTag.SegmentIdentificationSequence, "Segment"), Index(DicomTag.Position, DicomTag.PlanePositionSequence, "Position"))
            .Items(DicomTag.SharedGroups, new DicomBuilder()
                .Items(DicomTag.PlaneOrientationSequence, new DicomBuilder().Decimals(DicomTag.Orientation, Numbers(direction.AlongX).Concat(Numbers(direction.AlongY))))
                .Items(DicomTag.PixelMeasuresSequence, new DicomBuilder()
                    .Decimals(DicomTag.SliceThickness, thickness ?? apart)
                    .Decimals(DicomTag.SpacingBetweenSlices, apart)
                    .Decimals(DicomTag.PixelSpacing, geometry.Spacing.Y, geometry.Spacing.X)))
            .Items(DicomTag.PerFrameGroups, frames.Select(f =>
            {
                var group = new DicomBuilder()
                    .Items(DicomTag.FrameContentSequence, new DicomBuilder().Numbers(0x0020_9157, (uint)(f.Segment + 1), (uint)(slices.IndexOf(f.Z) + 1)))
                    .Items(DicomTag.PlanePositionSequence, new DicomBuilder().Decimals(DicomTag.Position, Numbers(toWorld.Apply(new Triple(0, 0, f.Z)).TurnLps())))
                    .Items(DicomTag.SegmentIdentificationSequence, new DicomBuilder().Numbers(DicomTag.ReferencedSegment, (ushort)(f.Segment + 1)));
                return From(f.Z) is { } from
                    ? group.Items(DicomTag.DerivationImageSequence, new DicomBuilder()
                        .Items(DicomTag.SourceImageSequence, Reference(from).Items(0x0040_A170, Code(new DicomCode("121322", "DCM", "Source image for image processing operation"), Encoding.ASCII)))
                        .Items(0x0008_9215, Code(new DicomCode("113076", "DCM", "Segmentation"), Encoding.ASCII)))
                    : group.Items(DicomTag.DerivationImageSequence);
            }))
            .Items(DicomTag.ReferencedSeriesSequence, new DicomBuilder()
                .Text(DicomTag.SeriesInstance, "UI", series.First.Series)
                .Items(0x0008_114A, series.Stacked[0].Select((_, z) => From(z)).OfType<(string Class, string Instance, int? Frame)>().DistinctBy(f => f.Instance).Select(f => Reference(f with { Frame = null }))));
    }

    private static byte[] Tag(uint tag) => [(byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8)];

    private static double[] Numbers(Triple t) => [t.X, t.Y, t.Z];
}

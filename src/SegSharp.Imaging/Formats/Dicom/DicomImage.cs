using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// Where one frame lies, in DICOM's own world (LPS+), and what tells it from others at the same place.
internal sealed record DicomFrame(int Index)
{
    public Triple? Position { get; init; }

    public Triple? Along { get; init; }                                // the way of one step along a row

    public Triple? Down { get; init; }                                 // the way of one step down a column

    public double? SpacingX { get; init; }

    public double? SpacingY { get; init; }

    public double? Thickness { get; init; }

    public double? SliceSpacing { get; init; }

    public double Slope { get; init; } = 1;

    public double Intercept { get; init; }

    public int? Temporal { get; init; }

    public int? Acquisition { get; init; }

    public int? Instance { get; init; }

    public double? Echo { get; init; }

    public double? Time { get; init; }
}

// The header of one file with pixels. Holds nothing of the patient but the opaque numbers that group files.
internal sealed class DicomImage
{
    private DicomImage(string path) => Path = path;

    public string Path { get; }

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public required long Bytes { get; init; }

    public required DicomKind Kind { get; init; }

    public required string SyntaxUid { get; init; }

    public string SyntaxName => DicomSyntax.NameOf(SyntaxUid);

    public required bool IsCompressed { get; init; }

    public bool IsPacked { get; private init; }

    public string? SopInstance { get; private init; }

    public string? SopClass { get; private init; }

    public string? Study { get; private init; }

    public string? Series { get; private init; }

    public string? FrameOfReference { get; private init; }

    public string? Modality { get; private init; }

    public int? SeriesNumber { get; private init; }

    public string? Description { get; private init; }                  // null where it might name the patient

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Samples { get; init; }

    public required int BitsAllocated { get; init; }

    public required int BitsStored { get; init; }

    public required int HighBit { get; init; }

    public required bool IsSigned { get; init; }

    public required bool IsFloat { get; init; }

    public required string Photometric { get; init; }

    public required int Planar { get; init; }

    public required IReadOnlyList<DicomFrame> Frames { get; init; }

    public int FrameCount => Frames.Count;

    public bool HasModalityTable { get; private init; }

    public double? GantryTilt { get; private init; }

    public int Channels => Photometric == "PALETTE COLOR" ? 3 : Samples;

    public static DicomImage Open(string path)
    {
        using var source = ByteSource.Open(path);
        return Of(DicomReader.Read(source));
    }

    // The header of a file that has pixels; files without are answered by what they are.
    public static DicomImage Of(DicomFile file)
    {
        var (source, data) = (file.Source, file.Data);
        var kind = DicomKind.Of(file);
        if (file.Pixels is not { } pixels)
        {
            throw kind.NoPixels(source);
        }

        if (file.Syntax is null)
        {
            throw source.Unsupported($"its pixels are stored as {DicomSyntax.NameOf(file.SyntaxUid)}, which is not decoded here", "convert it with the software it comes from, or with gdcmconv or dcmconv");
        }

        int Required(uint tag, string what) => data.Whole(tag) is { } n and >= 1 ? n : throw source.Damaged($"it states no {what} {DicomTag.Text(tag)}");
        var (height, width) = (Required(DicomTag.Rows, "rows"), Required(DicomTag.Columns, "columns"));
        var isFloat = pixels.Tag != DicomTag.Pixels;
        var allocated = data.Whole(DicomTag.BitsAllocated) ?? (pixels.Tag == DicomTag.FloatPixels ? 32 : pixels.Tag == DicomTag.DoublePixels ? 64 : 0);
        if (isFloat ? allocated != (pixels.Tag == DicomTag.FloatPixels ? 32 : 64) : allocated is not (1 or 8 or 16 or 32))
        {
            throw source.Unsupported($"its pixels take {allocated} bits; expected 1, 8, 16 or 32", "convert it with gdcmconv");
        }

        var samples = data.Whole(DicomTag.Samples) ?? 1;
        if (samples is not (1 or 3))
        {
            throw source.Unsupported($"its pixels have {samples} samples; expected 1 or 3", "convert it with gdcmconv");
        }

        if (data.Has(DicomTag.Frames) && data.Find(DicomTag.Frames)!.Length > 0 && data.Whole(DicomTag.Frames) is not > 0)
        {
            throw source.Damaged($"its number of frames {DicomTag.Text(DicomTag.Frames)} is no whole number from 1");
        }

        var frames = data.Whole(DicomTag.Frames) ?? 1;
        var stored = data.Whole(DicomTag.BitsStored) ?? allocated;
        stored = stored < 1 || stored > allocated ? allocated : stored;
        var high = data.Whole(DicomTag.HighBit) ?? stored - 1;
        high = high < stored - 1 || high >= allocated ? stored - 1 : high;
        CheckClaim(file, pixels, (long)width * height * samples * allocated, frames);
        var letters = data.Code(DicomTag.CharacterSet);
        return new DicomImage(source.Path)
        {
            Bytes = source.Length,
            Kind = kind,
            SyntaxUid = file.SyntaxUid,
            IsCompressed = file.Syntax.IsCompressed || pixels.Length == DicomElement.Undefined,
            IsPacked = file.IsPacked,
            SopInstance = data.Code(DicomTag.SopInstance),
            SopClass = data.Code(DicomTag.SopClass),
            Study = data.Code(DicomTag.StudyInstance),
            Series = data.Code(DicomTag.SeriesInstance),
            FrameOfReference = data.Code(DicomTag.FrameOfReference),
            Modality = data.Code(DicomTag.Modality),
            SeriesNumber = data.Whole(DicomTag.SeriesNumber),
            Description = DicomIdentifiers.WithoutPatient(data.Text(DicomTag.SeriesDescription, letters), data),
            Width = width,
            Height = height,
            Samples = samples,
            BitsAllocated = allocated,
            BitsStored = stored,
            HighBit = high,
            IsSigned = data.Whole(DicomTag.PixelRepresentation) == 1 && allocated > 1,
            IsFloat = isFloat,
            Photometric = data.Code(DicomTag.Photometric) ?? (samples == 3 ? "RGB" : "MONOCHROME2"),
            Planar = data.Whole(DicomTag.Planar) ?? 0,
            Frames = FramesOf(data, frames, kind),
            HasModalityTable = data.Items(DicomTag.ModalityLutSequence).Count > 0 && !data.Has(DicomTag.RescaleSlope),
            GantryTilt = data.Number(DicomTag.GantryTilt),
        };
    }

    // A header that claims more than the file can hold is found before anything is made for it.
    private static void CheckClaim(DicomFile file, DicomElement pixels, long bits, int frames)
    {
        var there = file.Source.Length - pixels.Offset;
        if (pixels.Length != DicomElement.Undefined && !file.Syntax!.IsCompressed)
        {
            // Subsampled colours are stored in two thirds; everything else is compared in full when it is read.
            if ((double)bits * frames / 8 > (there * 1.5) + 8)
            {
                throw new InputException(
                    $"'{file.Source.Path}' is truncated: its pixels need {Math.Ceiling((double)bits * frames / 8):0} bytes, the file has {Math.Max(0, there)} from there on", "copy or download the file again");
            }
        }
        else if (frames > there / 8)
        {
            throw file.Source.Damaged($"its header claims {frames} frames, more than its {Math.Max(0, there)} bytes of pixels can hold");
        }
    }

    private static IReadOnlyList<DicomFrame> FramesOf(DicomItem data, int count, DicomKind kind)
    {
        var shared = data.Inner(DicomTag.SharedGroups);
        var single = data.Items(DicomTag.PerFrameGroups);
        var offsets = data.Numbers(DicomTag.FrameOffsets);
        var common = Described(new DicomFrame(0), data, data, kind);
        common = shared is null ? common : Described(common, data, shared, kind);
        var frames = new DicomFrame[count];
        for (var i = 0; i < count; i++)
        {
            var frame = common with { Index = i };
            if (i < single.Count)
            {
                frame = Described(frame, data, single[i], kind);
            }
            else if (count > 1 && offsets is not null && i < offsets.Length && common is { Position: { } p, Along: { } along, Down: { } down })
            {
                // Dose grids: the distance of each plane from the first (PS3.3 C.8.8.3.2).
                frame = frame with { Position = p + (along.Cross(down) * (offsets[i] - offsets[0])) };
            }
            else if (count > 1 && single.Count == 0)
            {
                // One position for many frames says nothing of the others.
                frame = i == 0 || offsets is not null ? frame : frame with { Position = null };
            }

            frames[i] = frame;
        }

        return frames;
    }

    // What a functional group, or the data set itself, says of a frame.
    private static DicomFrame Described(DicomFrame frame, DicomItem data, DicomItem group, DicomKind kind)
    {
        var isPlain = ReferenceEquals(group, data);
        DicomItem? Of(uint sequence) => isPlain ? data : group.Inner(sequence);
        if (Of(DicomTag.PlanePositionSequence)?.Vector(DicomTag.Position) is { } position)
        {
            frame = frame with { Position = position };
        }

        if (Of(DicomTag.PlaneOrientationSequence)?.Numbers(DicomTag.Orientation) is [var a, var b, var c, var d, var e, var f]
            && new Triple(a, b, c) is var along && new Triple(d, e, f) is var down && along.Length > 0.5 && down.Length > 0.5 && along.Cross(down).Length > 0.1)
        {
            frame = frame with { Along = along * (1 / along.Length), Down = down * (1 / down.Length) };
        }

        if (Of(DicomTag.PixelMeasuresSequence) is { } measures)
        {
            var spacing = measures.Numbers(DicomTag.PixelSpacing) ?? (isPlain ? data.Numbers(DicomTag.ImagerPixelSpacing) : null);
            if (spacing is [> 0 and var rows, > 0 and var columns])
            {
                frame = frame with { SpacingX = columns, SpacingY = rows };
            }

            frame = frame with
            {
                Thickness = measures.Number(DicomTag.SliceThickness) is > 0 and var t ? t : frame.Thickness,
                SliceSpacing = measures.Number(DicomTag.SpacingBetweenSlices) is { } s and not 0 ? Math.Abs(s) : frame.SliceSpacing,
            };
        }

        if (Of(DicomTag.PixelTransformationSequence) is { } transformation && transformation.Number(DicomTag.RescaleSlope) is { } slope and not 0)
        {
            frame = frame with { Slope = slope, Intercept = transformation.Number(DicomTag.RescaleIntercept) ?? 0 };
        }

        if (isPlain && kind == DicomKind.Dose && data.Number(DicomTag.DoseScaling) is { } scaling and > 0)
        {
            frame = frame with { Slope = scaling, Intercept = 0 };
        }

        if (isPlain)
        {
            return frame with
            {
                Temporal = data.Whole(DicomTag.TemporalPosition),
                Acquisition = data.Whole(DicomTag.AcquisitionNumber),
                Instance = data.Whole(DicomTag.InstanceNumber),
                Echo = data.Number(DicomTag.EchoTime),
                Time = data.Number(DicomTag.TriggerTime) ?? TimeOf(data.Code(DicomTag.AcquisitionTime)),
            };
        }

        if (group.Inner(DicomTag.FrameContentSequence) is { } content)
        {
            frame = frame with { Temporal = content.Whole(DicomTag.TemporalPositionIndex) ?? frame.Temporal, Acquisition = null, Time = null };
        }

        return group.Inner(DicomTag.EchoSequence)?.Number(DicomTag.EffectiveEchoTime) is { } echo ? frame with { Echo = echo } : frame;
    }

    private static double? TimeOf(string? text) =>
        double.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var time) ? time : null;
}

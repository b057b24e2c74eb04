using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// One frame of one file.
internal readonly record struct DicomSlice(DicomImage Image, DicomFrame Frame);

// Slices of one orientation and size put in order: along the normal, and at each place by time. Says all that is odd about them.
internal sealed class DicomStacking
{
    private const double SamePlace = 1e-3;                             // mm: positions this close are one
    private const double SpacingTolerance = 0.01;                      // of the usual distance; decimal strings round away less
    private const double TiltDegrees = 0.05;

    private readonly List<DicomFinding> _findings = [];

    public required Geometry Geometry { get; init; }

    // [time][place]; null where a slice is missing.
    public required IReadOnlyList<DicomSlice?[]> Times { get; init; }

    public IReadOnlyList<DicomFinding> Findings => _findings;

    public double TiltAngle { get; private init; }

    public static DicomStacking Of(IReadOnlyList<DicomSlice> slices)
    {
        var findings = new List<DicomFinding>();
        if (slices[0].Image.Kind == DicomKind.Segmentation)
        {
            return Segmentation(slices, findings);
        }

        slices = WithoutCopies(slices, findings);
        var first = slices[0];
        var page = new Extent(first.Image.Width, first.Image.Height);
        if (slices.Any(s => s.Image.Photometric == "MONOCHROME1"))
        {
            findings.Add(new DicomFinding(DicomFindingKind.Inverted, DicomSeverity.Note, "low values are bright (MONOCHROME1); values are kept as stored"));
        }

        if (slices.Any(s => s.Frame.Slope != first.Frame.Slope || s.Frame.Intercept != first.Frame.Intercept))
        {
            findings.Add(new DicomFinding(DicomFindingKind.UnequalScale, DicomSeverity.Note, "slope and intercept differ from slice to slice; each is applied, values are float32"));
        }

        return slices.All(s => s.Frame is { Position: not null, Along: not null, Down: not null })
            ? Placed(slices, page, findings)
            : Unplaced(slices, page, findings);
    }

    // Frames without a structure are left out there, and several structures lie at one place.
    private static DicomStacking Segmentation(IReadOnlyList<DicomSlice> slices, List<DicomFinding> findings)
    {
        var image = slices[0].Image;
        try
        {
            return new DicomStacking { Geometry = DicomSegmentation.Grid(image).Geometry, Times = [[]] }.With(findings);
        }
        catch (InputException e)
        {
            findings.Add(new DicomFinding(DicomFindingKind.NoGeometry, DicomSeverity.Error, e.Message, e.Fix));
            return new DicomStacking { Geometry = Geometry.Pixels(new Extent(image.Width, image.Height)), Times = [[]] }.With(findings);
        }
    }

    // The same object twice (a folder copied into itself) counts once.
    private static List<DicomSlice> WithoutCopies(IReadOnlyList<DicomSlice> slices, List<DicomFinding> findings)
    {
        var seen = new HashSet<(string, int)>();
        var kept = new List<DicomSlice>(slices.Count);
        var copies = new List<string>();
        foreach (var slice in slices)
        {
            if (slice.Image.SopInstance is not { } uid || seen.Add((uid, slice.Frame.Index)))
            {
                kept.Add(slice);
            }
            else
            {
                copies.Add(slice.Image.Path);
            }
        }

        if (copies.Count > 0)
        {
            findings.Add(new DicomFinding(
                DicomFindingKind.Duplicate, DicomSeverity.Warning,
                $"{copies.Count} image(s) are copies of others and were left out: {Some(copies)}", "remove the copies"));
        }

        return kept;
    }

    private static DicomStacking Unplaced(IReadOnlyList<DicomSlice> slices, Extent page, List<DicomFinding> findings)
    {
        var frame = slices[0].Frame;
        if (slices.Count > 1)
        {
            findings.Add(new DicomFinding(
                DicomFindingKind.NoGeometry, DicomSeverity.Warning,
                $"no position and orientation is stated for its {slices.Count} images: they are pages in the order of their numbers, on a grid of pixels"));
        }

        var ordered = slices.OrderBy(s => s.Frame.Instance ?? int.MaxValue).ThenBy(s => s.Image.Path, NaturalOrder.Instance).ThenBy(s => s.Frame.Index).ToArray();
        var geometry = new Geometry
        {
            Extent = page with { Depth = ordered.Length },
            Spacing = new Triple(frame.SpacingX ?? 1, frame.SpacingY ?? 1, frame.SliceSpacing ?? frame.Thickness ?? 1),
        };
        return new DicomStacking { Geometry = geometry, Times = [[.. ordered.Select(s => (DicomSlice?)s)]] }.With(findings);
    }

    private static DicomStacking Placed(IReadOnlyList<DicomSlice> slices, Extent page, List<DicomFinding> findings)
    {
        var head = slices[0].Frame;
        var normal = head.Along!.Value.Cross(head.Down!.Value);
        normal *= 1 / normal.Length;
        var places = new List<List<DicomSlice>>();
        var last = double.NaN;
        foreach (var slice in slices.OrderBy(s => s.Frame.Position!.Value.Dot(normal)).ThenBy(s => s.Image.Path, NaturalOrder.Instance).ThenBy(s => s.Frame.Index))
        {
            var along = slice.Frame.Position!.Value.Dot(normal);
            if (!(along - last <= SamePlace))
            {
                places.Add([]);
                last = along;
            }

            places[^1].Add(slice);
        }

        var times = Timed(places, findings);
        var at = places.ConvertAll(p => p[0].Frame.Position!.Value);
        var (spacingX, spacingY) = (head.SpacingX ?? 1, head.SpacingY ?? 1);
        if (head.SpacingX is null)
        {
            findings.Add(new DicomFinding(DicomFindingKind.NoGeometry, DicomSeverity.Warning, "no pixel spacing is stated: it is taken as 1 mm"));
        }

        var step = normal * (head.SliceSpacing ?? head.Thickness ?? 1);
        var angle = 0.0;
        var slots = Enumerable.Range(0, places.Count).ToArray();
        if (places.Count > 1)
        {
            slots = Slots(at, normal, slices.Count, findings);
            step = (at[^1] - at[0]) * (1.0 / slots[^1]);
            angle = Math.Atan2(step.Cross(normal).Length, step.Dot(normal)) * 180 / Math.PI;
            var off = 0.0;
            for (var i = 0; i < at.Count; i++)
            {
                var apart = at[i] - (at[0] + (step * slots[i]));
                off = Math.Max(off, (apart - (normal * apart.Dot(normal))).Length);
            }

            if (angle > TiltDegrees)
            {
                var stated = slices[0].Image.GantryTilt is { } tilt and not 0 ? $"; the scanner states {tilt:0.##}" : "";
                findings.Add(new DicomFinding(
                    DicomFindingKind.GantryTilt, DicomSeverity.Warning,
                    $"the slices are stacked {angle:0.##} degrees off their normal (gantry tilt{stated}); the grid is sheared, which its direction says",
                    "tools that know rotated boxes only need it resampled to a straight grid"));
            }

            if (off > Math.Max(0.01, 0.05 * Math.Min(spacingX, spacingY)))
            {
                findings.Add(new DicomFinding(
                    DicomFindingKind.UnequalSpacing, DicomSeverity.Error, $"the slices are not stacked on a line: they lie up to {off:0.##} mm beside it",
                    "check whether the folder mixes two scans; segsharp convert FOLDER OUT.nii.gz --anyway reads it on the mean line"));
            }
        }

        var depth = slots[^1] + 1;
        var stacked = times.ConvertAll(t =>
        {
            var all = new DicomSlice?[depth];
            for (var i = 0; i < t.Length; i++)
            {
                all[slots[i]] = t[i];
            }

            return all;
        });
        var geometry = new Geometry
        {
            Extent = page with { Depth = depth },
            Spacing = new Triple(spacingX, spacingY, step.Length),
            Origin = at[0].TurnLps(),
            Direction = new Direction(head.Along.Value, head.Down.Value, step * (1 / step.Length)).TurnLps(),
        };
        return new DicomStacking { Geometry = geometry, Times = stacked, TiltAngle = angle }.With(findings);
    }

    // Which slot each place takes: one after the other, unless distances are whole multiples of the usual one.
    private static int[] Slots(List<Triple> at, Triple normal, int slices, List<DicomFinding> findings)
    {
        var gaps = at.Zip(at.Skip(1), (a, b) => (b - a).Dot(normal)).ToArray();
        var usual = gaps.Order().ElementAt((gaps.Length - 1) / 2);
        var tolerance = Math.Max(SpacingTolerance * usual, 5e-3);
        var slots = new int[at.Count];
        var missing = new List<int>();
        var isWhole = true;
        for (var i = 0; i < gaps.Length; i++)
        {
            var steps = Math.Max(1, (int)Math.Min(100_000, Math.Round(gaps[i] / usual)));
            isWhole &= Math.Abs(gaps[i] - (steps * usual)) <= tolerance * steps;
            missing.AddRange(Enumerable.Range(slots[i] + 1, Math.Min(steps - 1, 4096)));
            slots[i + 1] = slots[i] + steps;
        }

        if (gaps.Length == 1 && slices == 2)
        {
            findings.Add(new DicomFinding(
                DicomFindingKind.TooFewSlices, DicomSeverity.Error, $"it has only 2 slices, {gaps[0]:0.###} mm apart: nothing says whether slices between them are missing",
                "check whether the folder is whole; segsharp convert FOLDER OUT.nii.gz --anyway reads the two"));
        }

        if (isWhole && missing.Count == 0)
        {
            return slots;
        }

        if (isWhole && missing.Count <= at.Count)
        {
            findings.Add(new DicomFinding(
                DicomFindingKind.MissingSlices, DicomSeverity.Error,
                $"{missing.Count} slice(s) are missing: {at.Count} images lie {usual:0.###} mm apart, but not at slice {string.Join(", ", missing.Take(8).Select(m => m + 1))}{(missing.Count > 8 ? ", …" : "")} of {slots[^1] + 1}",
                "copy or export the series again; segsharp convert FOLDER OUT.nii.gz --anyway fills them with the lowest value"));
            return slots;
        }

        findings.Add(new DicomFinding(
            DicomFindingKind.UnequalSpacing, DicomSeverity.Error, $"the distances between slices differ: {gaps.Min():0.###} to {gaps.Max():0.###} mm",
            "check whether the folder mixes two scans or misses slices; segsharp convert FOLDER OUT.nii.gz --anyway reads it with the mean distance"));
        return [.. Enumerable.Range(0, at.Count)];
    }

    // Several slices at a place are time points (or echoes) when every place has as many.
    private static List<DicomSlice[]> Timed(List<List<DicomSlice>> places, List<DicomFinding> findings)
    {
        for (var i = 0; i < places.Count; i++)
        {
            places[i] = [.. places[i]
                .OrderBy(s => s.Frame.Temporal ?? 0).ThenBy(s => s.Frame.Acquisition ?? 0).ThenBy(s => s.Frame.Echo ?? 0)
                .ThenBy(s => s.Frame.Instance ?? int.MaxValue).ThenBy(s => s.Frame.Time ?? 0).ThenBy(s => s.Image.Path, NaturalOrder.Instance).ThenBy(s => s.Frame.Index)];
        }

        var (least, most) = (places.Min(p => p.Count), places.Max(p => p.Count));
        if (most > 1 && least == most)
        {
            findings.Add(new DicomFinding(
                DicomFindingKind.Times, DicomSeverity.Note, $"{most} images at each of {places.Count} places: time points or echoes, which become {most} channels"));
        }
        else if (most > 1)
        {
            findings.Add(new DicomFinding(
                DicomFindingKind.IncompleteTimes, DicomSeverity.Error, $"the number of images at a place differs: {least} to {most} at {places.Count} places",
                $"remove what does not belong; segsharp convert FOLDER OUT.nii.gz --anyway reads the first {least} at each"));
        }

        return [.. Enumerable.Range(0, least).Select(t => places.Select(p => p[t]).ToArray())];
    }

    private static string Some(IReadOnlyList<string> paths) =>
        string.Join(", ", paths.Take(3).Select(p => $"'{p}'")) + (paths.Count > 3 ? $" and {paths.Count - 3} more" : "");

    private DicomStacking With(List<DicomFinding> findings)
    {
        _findings.AddRange(findings);
        return this;
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Doctor;

/// <summary>Which ways the doctor sends every label map to prove that it comes back.</summary>
public sealed record DoctorOptions
{
    /// <summary>The steps of the way: a crop, a spacing or a size; 1.5 times the file's own spacing where neither is given. Null = none of them.</summary>
    public PreparationOptions? Preparation { get; init; }

    /// <summary>Whether label maps are sent there and back at all; without it only headers and values are looked at.</summary>
    public bool RoundTrips { get; init; } = true;
}

/// <summary>What the doctor found about one file.</summary>
/// <param name="File">The file.</param>
/// <param name="Image">The image that it was held against; null where it stands alone.</param>
/// <param name="Text">What was found, for people.</param>
/// <param name="IsFault">Whether it must be mended; a remark otherwise.</param>
/// <param name="Grid">The difference of the grids; null where the finding is of another kind.</param>
/// <param name="Fix">The command that mends it; null where none does.</param>
public sealed record FileFinding(string File, string? Image, string Text, bool IsFault, GridFinding? Grid = null, string? Fix = null);

/// <summary>What the doctor says about one case.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Geometry">The grid of its image; null where that cannot be read.</param>
/// <param name="Findings">Faults and remarks; empty when all is well.</param>
/// <param name="RoundTrips">The proofs of the way back; empty where there is no label map, or none that can be trusted.</param>
public sealed record CaseReport(string Case, Geometry? Geometry, IReadOnlyList<FileFinding> Findings, IReadOnlyList<RoundTrip> RoundTrips)
{
    /// <summary>Whether no finding is a fault and every way back led to the very grid.</summary>
    public bool IsHealthy => !Findings.Any(f => f.IsFault) && RoundTrips.All(r => r.SameGrid);
}

/// <summary>
/// Looks whether images and label maps lie on one grid, names what is wrong with those that do not, mends copies of them, and proves
/// that a mask returns from the network's grid to the file's own.
/// </summary>
public static class GeometryDoctor
{
    // Shear below this angle comes from rounding in headers.
    private const double ShearNoise = 0.01;

    /// <summary>Looks at every case of a data set.</summary>
    /// <param name="data">The data set; files that cannot be read are findings, not errors.</param>
    /// <param name="options">Which ways are proven.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two cases.</param>
    public static IReadOnlyList<CaseReport> Check(DataSet data, DoctorOptions options, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var cases = data.Cases.Concat(data.TestCases).ToList();
        var reports = new List<CaseReport>();
        foreach (var @case in cases)
        {
            cancel.ThrowIfCancellationRequested();
            reports.Add(Check(@case, data.Labels, options, data.ChannelCount));
            on?.Invoke(new Progressed("check", reports.Count, cases.Count, @case.Id));
        }

        return reports;
    }

    /// <summary>Looks at one case.</summary>
    /// <param name="case">Its files.</param>
    /// <param name="list">The labels that its map may hold; null lets it hold any.</param>
    /// <param name="options">Which ways are proven.</param>
    /// <param name="channels">How many channels an image shall have; null = any number.</param>
    public static CaseReport Check(Case @case, LabelList? list, DoctorOptions options, int? channels = null)
    {
        var findings = new List<FileFinding>();
        var image = Read(@case.Channels[0], Volume.Read, findings);
        if (image is null)
        {
            return new CaseReport(@case.Id, null, findings, []);
        }

        LookAt(image, @case.Channels[0], findings);
        if (@case.Channels.Count == 1 && image.Channels != 1 && LoadedCase.KnowsWorld(@case.Channels[0], @case.Channels[0]))
        {
            var isFault = channels is { } expected && expected != image.Channels;
            findings.Add(new FileFinding(
                @case.Channels[0], null, $"it holds {image.Channels} volumes (4D, or channels){(isFault ? $", and {channels} {(channels == 1 ? "is" : "are")} expected" : "")}", isFault,
                Fix: isFault && channels == 1 ? CommandText.OfChannel(@case.Channels[0]) : null));
        }

        foreach (var path in @case.Channels.Skip(1))
        {
            if (Read(path, Volume.Read, findings) is { } channel)
            {
                LookAt(channel, path, findings);
                Compare(@case.Channels[0], image.Geometry, path, channel.Geometry, isChannel: true, findings);
            }
        }

        if (@case.Label is not { } label || Read(label, LabelMap.Read, findings) is not { } map)
        {
            return new CaseReport(@case.Id, image.Geometry, findings, []);
        }

        Compare(@case.Channels[0], image.Geometry, label, map.Geometry, isChannel: false, findings);
        LookAt(map, label, list, findings);
        var trusted = options.RoundTrips && !findings.Exists(f => f.Grid is { IsGood: false });
        return new CaseReport(@case.Id, image.Geometry, findings, trusted ? Ways(map, image, options) : []);
    }

    /// <summary>A copy of a label map, mended: it lies on the image's grid.</summary>
    /// <param name="map">The map.</param>
    /// <param name="image">The grid of its image.</param>
    /// <param name="finding">What was found about the two.</param>
    public static LabelMap Mend(LabelMap map, Geometry image, GridFinding finding) => finding switch
    {
        { Fault: GridFault.FlippedAxis or GridFault.PermutedAxes } => new LabelMap(map.Name, image, map.Reoriented(image.Orientation).Labels, map.Path),
        { Mend: GridMend.Resample } => Resample.ToGeometry(map, image, Interpolation.Nearest),
        _ => new LabelMap(map.Name, image, map.Labels, map.Path),
    };

    /// <summary>A copy of a channel, mended: it lies on the first channel's grid.</summary>
    /// <inheritdoc cref="Mend(LabelMap, Geometry, GridFinding)"/>
    public static Volume Mend(Volume volume, Geometry image, GridFinding finding) => finding switch
    {
        { Fault: GridFault.FlippedAxis or GridFault.PermutedAxes } => volume.Reoriented(image.Orientation).Placed(image),
        { Mend: GridMend.Resample } => Resample.ToGeometry(volume, image, Interpolation.Linear),
        _ => volume.Placed(image),
    };

    /// <summary>Writes a mended copy of one file; the original is never touched.</summary>
    /// <param name="imagePath">The image whose grid counts.</param>
    /// <param name="path">The file to mend.</param>
    /// <param name="target">Where the copy goes; not <paramref name="path"/>.</param>
    /// <param name="labels">Whether it is a label map.</param>
    /// <returns>What was wrong.</returns>
    /// <exception cref="UsageException">The copy would replace the original.</exception>
    public static GridFinding WriteMended(string imagePath, string path, string target, bool labels)
    {
        if (Path.GetFullPath(path) == Path.GetFullPath(target) || Path.GetFullPath(imagePath) == Path.GetFullPath(target))
        {
            throw new UsageException($"'{target}' is the original itself, which is never written over", "give another place for the mended copy");
        }

        var image = Volume.Read(imagePath).Geometry;
        if (labels)
        {
            var map = LabelMap.Read(path);
            var finding = GridFinding.Of(image, map.Geometry);
            Mend(map, image, finding).Write(target);
            return finding;
        }

        var volume = Volume.Read(path);
        var found = GridFinding.Of(image, volume.Geometry);
        Mend(volume, image, found).Write(target);
        return found;
    }

    /// <summary>Writes a whole mended data set: files that are in order are copied, the others mended.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="reports">What <see cref="Check(DataSet, DoctorOptions, Action{RunEvent}?, CancellationToken)"/> found.</param>
    /// <param name="folder">The new folder.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>How many files were mended.</returns>
    public static int WriteMended(
        DataSet data, IReadOnlyList<CaseReport> reports, string folder, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        using var copy = new DataSetCopy(data, folder, overwrite);
        var faulty = reports.SelectMany(r => r.Findings).Where(f => f.Grid is { IsGood: false }).ToDictionary(f => Path.GetFullPath(f.File), f => f, StringComparer.Ordinal);
        var cases = data.Cases.Concat(data.TestCases).ToList();
        for (var i = 0; i < cases.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var file in cases[i].Channels.Append(cases[i].Label).OfType<string>())
            {
                if (faulty.TryGetValue(Path.GetFullPath(file), out var finding))
                {
                    WriteMended(finding.Image!, file, copy.PlaceOf(file), labels: file == cases[i].Label);
                }
                else
                {
                    copy.Keep(file);
                }
            }

            on?.Invoke(new Progressed("mend", i + 1, cases.Count, cases[i].Id));
        }

        copy.Complete(on);
        return faulty.Count;
    }

    private static T? Read<T>(string path, Func<string, T> read, List<FileFinding> findings)
        where T : class
    {
        try
        {
            return read(path);
        }
        catch (InputException e)
        {
            findings.Add(new FileFinding(path, null, e.Message, IsFault: true, Fix: e.Fix));
            return null;
        }
    }

    private static void Compare(string imagePath, Geometry image, string path, Geometry other, bool isChannel, List<FileFinding> findings)
    {
        var finding = GridFinding.Of(image, other);
        if (finding.Fault != GridFault.Same && (finding.Fault == GridFault.DifferentSize || LoadedCase.KnowsWorld(imagePath, path)))
        {
            findings.Add(new FileFinding(
                path, imagePath, finding.Text, !finding.IsGood, finding,
                finding.IsGood ? null : CommandText.OfMend(imagePath, path, isChannel)));
        }
    }

    private static void LookAt(Volume image, string path, List<FileFinding> findings)
    {
        if (image.Geometry.Direction.ShearDegrees() is > ShearNoise and var degrees)
        {
            findings.Add(new FileFinding(path, null, FormattableString.Invariant($"its axes are not at right angles: the nearest rotation is {degrees:0.##} degrees away (a tilted gantry?)"), IsFault: false));
        }

        var spacing = image.Geometry.Spacing;
        if (Enumerable.Range(0, 3).Any(a => spacing[a] is < 1e-4 or > 1e3))
        {
            findings.Add(new FileFinding(path, null, $"its spacing is {spacing} mm, which no scanner has", IsFault: true, Fix: "segsharp convert FILE OUT --spacing XxYxZ writes a copy with the true one"));
        }

        if (image.VoxelType.IsFloat() && NotFinite(image) is > 0 and var count)
        {
            findings.Add(new FileFinding(path, null, $"{count} of its voxels are no finite numbers (NaN or infinite)", IsFault: true, Fix: $"segsharp convert {CommandText.Word(path)} {CommandText.Word(CommandText.MendedPlace(path))} --replace-nan 0"));
        }
    }

    private static void LookAt(LabelMap map, string path, LabelList? list, List<FileFinding> findings)
    {
        var labels = map.Histogram();
        if (labels is [{ Label: 0 }])
        {
            findings.Add(new FileFinding(path, null, "it holds background only", IsFault: false));
        }

        if (list is not null && labels.Where(l => !list.Contains((ushort)l.Label)).ToList() is { Count: > 0 } strangers)
        {
            findings.Add(new FileFinding(
                path, null, $"it holds {string.Join(", ", strangers.Select(s => $"label {s.Label} ({s.Voxels} voxels)"))}, outside the list: {list.Describe()}", IsFault: true,
                Fix: $"add it to \"labels\" in {DataSetDescription.FileName}, or mend the label map"));
        }
    }

    private static long NotFinite(Volume image)
    {
        var count = 0L;
        foreach (var v in image.ToFloats())
        {
            count += float.IsFinite(v) ? 0 : 1;
        }

        return count;
    }

    private static List<RoundTrip> Ways(LabelMap map, Volume image, DoctorOptions options)
    {
        var asked = options.Preparation ?? new PreparationOptions();
        var given = asked.Size is null && asked.Spacing is null ? asked with { Spacing = (map.Geometry.Spacing * 1.5).ToString() } : asked;
        var turned = Turned(map.Geometry);
        return
        [
            RoundTrip.Of("other axes", map, new PreparationOptions { Orientation = map.Geometry.Orientation.ToString() == "SPL" ? "RAS" : "SPL" }),
            RoundTrip.Of(given.Size is { } size ? $"size {size}" : asked.Spacing is { } spacing ? $"spacing {spacing}" : "1.5 x spacing", map, given, image),
            RoundTrip.Of("rotated copy", new LabelMap(map.Name, turned, map.Labels), given with { Orientation = "RAS" }, isMoved: true),
        ];
    }

    // The same voxels in a head that was tilted: 20 degrees about one axis, then 10 about another.
    private static Geometry Turned(Geometry geometry)
    {
        static Triple Turn(Triple t)
        {
            var ((s1, c1), (s2, c2)) = (Math.SinCos(Math.PI / 9), Math.SinCos(Math.PI / 18));
            var a = new Triple((c1 * t.X) - (s1 * t.Y), (s1 * t.X) + (c1 * t.Y), t.Z);
            return new Triple(a.X, (c2 * a.Y) - (s2 * a.Z), (s2 * a.Y) + (c2 * a.Z));
        }

        return geometry with
        {
            Origin = Turn(geometry.Origin),
            Direction = new Direction(Turn(geometry.Direction.AlongX), Turn(geometry.Direction.AlongY), Turn(geometry.Direction.AlongZ)),
        };
    }
}

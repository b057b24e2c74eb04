using System.Text.RegularExpressions;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>How a BIDS folder is understood.</summary>
public sealed record BidsImportOptions
{
    /// <summary>The images that become channels, in order, by the end of their name: T1w, FLAIR, or acq-hires_T1w where a session has several.</summary>
    public IReadOnlyList<string> Suffixes { get; init; } = ["T1w"];

    /// <summary>The folder below <c>derivatives</c> that holds the label maps; null = the only one that has any.</summary>
    public string? Derivative { get; init; }

    /// <summary>Names of the labels; null = those of <c>*_dseg.tsv</c>, of the masks' <c>label-</c>, or made up.</summary>
    public LabelList? Labels { get; init; }

    /// <summary>Every fault, with the option that has it.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Suffixes.Count == 0 || Suffixes.Any(s => s.Length == 0 || s.Contains('/', StringComparison.Ordinal)))
        {
            yield return Fault.At("suffixes", $"are '{string.Join(",", Suffixes)}'; they must be ends of names such as T1w,FLAIR");
        }
    }
}

/// <summary>Imports BIDS: <c>sub-*/[ses-*/]anat/*_T1w.nii.gz</c> with label maps below <c>derivatives</c>, <c>*_dseg</c> or one <c>*_label-NAME_mask</c> each.</summary>
/// <remarks>
/// Source: Gorgolewski et al. 2016; the BIDS specification 1.9, imaging derivatives. A session is a case, named <c>sub-01_ses-02</c>; one
/// without a label map becomes a test case. Masks of a session are laid over each other in the order of their names.
/// </remarks>
public static partial class BidsImporter
{
    private static readonly string[] Endings = [".nii.gz", ".nii"];

    /// <summary>Imports the folder.</summary>
    /// <param name="source">Folder with <c>dataset_description.json</c> and <c>sub-*</c>.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="options">Channels and label maps.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two sessions and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">No BIDS, a session with several files for a channel, no label map at all, grids that differ.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static DataSet Import(
        string source, string target, BidsImportOptions options, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        DataSetWriter.CheckPlace(target, overwrite);
        if (!File.Exists(Path.Combine(source, "dataset_description.json")))
        {
            throw new InputException(
                Directory.Exists(source) ? $"'{source}' has no dataset_description.json, so it is no BIDS" : $"'{source}' does not exist; expected a folder in BIDS",
                "name the folder that holds dataset_description.json and sub-…");
        }

        var sessions = SessionsOf(source, options, on);
        var derivative = DerivativeOf(source, options, sessions);
        var drawn = sessions.Select(s => (Session: s, Labels: LabelsOf(s, derivative))).ToList();
        var names = drawn.SelectMany(d => d.Labels.Masks.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var labels = options.Labels ?? ListOf(derivative, names, drawn.Select(d => d.Labels.Whole).OfType<string>(), cancel);
        var description = new DataSetDescription { ChannelNames = options.Suffixes, Labels = labels, FileEnding = ".nii.gz" };
        using var writer = new DataSetWriter(target, description, overwrite);
        for (var i = 0; i < drawn.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var (session, found) = drawn[i];
            if (found.Whole is null && found.Masks.Count > 0)
            {
                writer.AddFiles(session.Id, session.Images, Laid(session.Id, found.Masks, names, on));
            }
            else
            {
                writer.AddFiles(session.Id, session.Images, found.Whole, test: found.Whole is null);
            }

            on?.Invoke(new Progressed("import", i + 1, drawn.Count, session.Id));
        }

        writer.Complete(on);
        on?.Invoke(new Noted($"label maps are those of '{derivative}'"));
        return DataSet.Open(target);
    }

    private static List<Session> SessionsOf(string source, BidsImportOptions options, Action<RunEvent>? on)
    {
        var (sessions, left) = (new List<Session>(), new List<string>());
        foreach (var subject in Folders(source, "sub-*"))
        {
            foreach (var session in Folders(subject, "ses-*").DefaultIfEmpty(subject))
            {
                var id = session == subject ? Path.GetFileName(subject) : $"{Path.GetFileName(subject)}_{Path.GetFileName(session)}";
                var images = options.Suffixes.Select(s => ImageOf(Path.Combine(session, "anat"), id, s)).ToList();
                if (images.TrueForAll(i => i is not null))
                {
                    sessions.Add(new Session(id, Path.GetRelativePath(source, session), [.. images.Select(i => i!)]));
                }
                else
                {
                    left.Add($"{id} (no {string.Join(", ", options.Suffixes.Where((_, i) => images[i] is null))})");
                }
            }
        }

        if (sessions.Count == 0)
        {
            throw new InputException(
                $"'{source}' has 0 sessions with {string.Join(" and ", options.Suffixes)}: no file sub-…/anat/…_{options.Suffixes[0]}.nii.gz{(left.Count == 0 ? "" : $"; left out: {string.Join(", ", left.Take(4))}")}",
                "name the images that are there: --suffixes T1w,FLAIR");
        }

        if (left.Count > 0)
        {
            on?.Invoke(new Warned($"{left.Count} session(s) without every image were left out: {string.Join(", ", left.Take(6))}{(left.Count > 6 ? ", …" : "")}"));
        }

        CompareParticipants(source, on);
        return sessions;
    }

    private static void CompareParticipants(string source, Action<RunEvent>? on)
    {
        var table = Path.Combine(source, "participants.tsv");
        if (!File.Exists(table))
        {
            return;
        }

        var listed = File.ReadLines(table).Skip(1).Select(l => l.Split('\t')[0].Trim()).Where(n => n.Length > 0).ToHashSet(StringComparer.Ordinal);
        var there = Folders(source, "sub-*").Select(f => Path.GetFileName(f)!).ToHashSet(StringComparer.Ordinal);
        if (listed.Except(there).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } missing)
        {
            on?.Invoke(new Warned($"participants.tsv lists {missing.Count} without a folder: {string.Join(", ", missing.Take(6))}"));
        }

        if (there.Except(listed).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } unlisted)
        {
            on?.Invoke(new Warned($"participants.tsv does not list {unlisted.Count} that have a folder: {string.Join(", ", unlisted.Take(6))}"));
        }
    }

    private static string? ImageOf(string folder, string id, string suffix)
    {
        var files = Files(folder).Where(f => Stem(f) is var stem && stem.StartsWith(id + "_", StringComparison.Ordinal) && stem.EndsWith("_" + suffix, StringComparison.Ordinal)).ToList();
        return files.Count < 2
            ? files.FirstOrDefault()
            : throw new InputException(
                $"'{id}' has {files.Count} images of {suffix}: {string.Join(", ", files.Take(4).Select(f => Path.GetFileName(f)))}",
                $"name more of the one that counts: --suffixes {Stem(files[0])[(id.Length + 1)..]}");
    }

    private static string DerivativeOf(string source, BidsImportOptions options, List<Session> sessions)
    {
        var root = Path.Combine(source, "derivatives");
        if (options.Derivative is { } named)
        {
            return Directory.Exists(Path.Combine(root, named))
                ? Path.Combine(root, named)
                : throw new InputException($"'{root}' has no folder '{named}'; it has {string.Join(", ", Folders(root, "*").Select(f => Path.GetFileName(f)).DefaultIfEmpty("none"))}", null);
        }

        var with = Folders(root, "*").Prepend(root).Where(d => sessions.Exists(s => LabelsOf(s, d) is { IsNone: false })).ToList();
        return with.Count switch
        {
            1 => with[0],
            0 => throw new InputException($"'{root}' has no label map for a session: no file such as {sessions[0].Id}_dseg.nii.gz or {sessions[0].Id}_label-lesion_mask.nii.gz", "put the label maps below derivatives/NAME/sub-…/anat"),
            _ => throw new InputException($"label maps lie in {with.Count} folders: {string.Join(", ", with.Select(d => Path.GetRelativePath(source, d)))}", $"choose one: --derivative {Path.GetFileName(with[0])}"),
        };
    }

    private static Found LabelsOf(Session session, string derivative)
    {
        var folder = Path.Combine(derivative, session.Folder);
        var files = Files(Path.Combine(folder, "anat")).Concat(Files(folder)).Where(f => Stem(f).StartsWith(session.Id + "_", StringComparison.Ordinal) && !OtherSpace().IsMatch(Stem(f))).ToList();
        var whole = files.Where(f => Stem(f).EndsWith("_dseg", StringComparison.Ordinal)).ToList();
        if (whole.Count > 1)
        {
            throw new InputException($"'{session.Id}' has {whole.Count} label maps: {string.Join(", ", whole.Take(4).Select(f => Path.GetFileName(f)))}", "keep one of them in the folder, or choose another with --derivative NAME");
        }

        var masks = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (MaskOf().Match(Stem(file)) is { Success: true } match && !masks.TryAdd(match.Groups[1].Value, file))
            {
                throw new InputException($"'{session.Id}' has two masks of '{match.Groups[1].Value}': {Path.GetFileName(masks[match.Groups[1].Value])}, {Path.GetFileName(file)}", "keep one of them in the folder");
            }
        }

        return new Found(whole.FirstOrDefault(), masks);
    }

    private static LabelList ListOf(string derivative, List<string> masks, IEnumerable<string> whole, CancellationToken cancel)
    {
        if (masks.Count > 0)
        {
            return new([new("background", [0]), .. masks.Select((n, i) => new NamedLabel(n, [(ushort)(i + 1)]))]);
        }

        var used = new SortedSet<ushort>();
        foreach (var file in whole)
        {
            cancel.ThrowIfCancellationRequested();
            used.UnionWith(LabelMap.Read(file).Histogram().Select(l => (ushort)l.Label));
        }

        var names = NamesOf(derivative);
        return new([new("background", [0]), .. used.Where(l => l != 0).Select(l => new NamedLabel(names.GetValueOrDefault(l, $"label {l}"), [l]))]);
    }

    // A table of "index" and "name", for all sessions.
    private static Dictionary<ushort, string> NamesOf(string derivative)
    {
        var table = Directory.EnumerateFiles(derivative, "*dseg.tsv").Order(StringComparer.Ordinal).FirstOrDefault();
        var names = new Dictionary<ushort, string>();
        if (table is null)
        {
            return names;
        }

        var lines = File.ReadLines(table).Select(l => l.Split('\t')).ToList();
        var (index, name) = lines.Count == 0 ? (-1, -1) : (Array.IndexOf(lines[0], "index"), Array.IndexOf(lines[0], "name"));
        foreach (var line in lines.Skip(1).Where(l => index >= 0 && name >= 0 && l.Length > Math.Max(index, name)))
        {
            if (ushort.TryParse(line[index], out var label))
            {
                names[label] = line[name].Trim();
            }
        }

        return names;
    }

    private static LabelMap Laid(string id, SortedDictionary<string, string> masks, List<string> names, Action<RunEvent>? on)
    {
        LabelMap? laid = null;
        var twice = 0L;
        foreach (var (name, file) in masks)
        {
            var mask = LabelMap.Read(file);
            if (laid is not null && GridFinding.Of(laid.Geometry, mask.Geometry) is { IsGood: false } finding)
            {
                throw new InputException($"mask '{file}' does not lie on '{masks.Values.First()}': {finding.Text}", CommandText.OfMend(masks.Values.First(), file));
            }

            laid ??= new LabelMap(id, mask.Geometry, new ushort[mask.Labels.Length], file);
            var label = (ushort)(names.IndexOf(name) + 1);
            for (var i = 0; i < mask.Labels.Length; i++)
            {
                if (mask.Labels[i] != 0)
                {
                    twice += laid.Labels[i] != 0 ? 1 : 0;
                    laid.Labels[i] = label;
                }
            }
        }

        if (twice > 0)
        {
            on?.Invoke(new Warned($"masks of '{id}' overlap in {twice} voxel(s); the later by name counts there ({string.Join(", ", masks.Keys)})"));
        }

        return laid!;
    }

    private static IEnumerable<string> Folders(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal) : [];

    private static IEnumerable<string> Files(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Where(f => Endings.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase))).Order(StringComparer.Ordinal) : [];

    private static string Stem(string file) => LabelSource.NameOf(file);

    [GeneratedRegex(@"_label-([A-Za-z0-9]+)(?:_.*)?_mask$")]
    private static partial Regex MaskOf();

    // Label maps in the space of an atlas do not lie on the session's own images.
    [GeneratedRegex(@"_space-(?!orig(?:_|$)|T1w(?:_|$)|T2w(?:_|$)|FLAIR(?:_|$)|scanner(?:_|$))")]
    private static partial Regex OtherSpace();

    private sealed record Session(string Id, string Folder, IReadOnlyList<string> Images);

    private sealed record Found(string? Whole, SortedDictionary<string, string> Masks)
    {
        public bool IsNone => Whole is null && Masks.Count == 0;
    }
}

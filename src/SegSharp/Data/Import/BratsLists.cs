using SegSharp.Foundation;

namespace SegSharp.Data.Import;

/// <summary>What a patient is for.</summary>
internal enum Part
{
    /// <summary>Goes to imagesTr.</summary>
    Training,

    /// <summary>Goes to imagesTr, and into the split's validation.</summary>
    Validation,

    /// <summary>Goes to imagesTs.</summary>
    Test,
}

/// <summary>Who trains, who validates, who is tested.</summary>
internal sealed class BratsLists
{
    /// <summary>The folder in which lists are looked for.</summary>
    public const string Folder = "datasets";

    private readonly Dictionary<string, Part> _parts;

    private BratsLists(Dictionary<string, Part> parts, Split? split) => (_parts, Split) = (parts, split);

    /// <summary>The lists as a split; null where no list says who validates.</summary>
    public Split? Split { get; }

    /// <summary>What a patient is for; null = in no list, left out.</summary>
    public Part? PartOf(BratsPatient patient) => _parts.TryGetValue(patient.Id, out var part) ? part : null;

    /// <summary>Reads the lists that were named, or those in <c>datasets/</c>; without any, whoever has labels trains.</summary>
    /// <exception cref="InputException">Names that do not exist or come in two lists; a patient to train on without labels.</exception>
    public static BratsLists Of(string source, string root, IReadOnlyList<BratsPatient> patients, BratsImportOptions options, Action<RunEvent>? on)
    {
        var lists = new Dictionary<Part, PatientList>();
        var found = options.Train is null && options.Validation is null && options.Test is null;
        void Add(Part part, string? path)
        {
            if (path is not null)
            {
                lists[part] = PatientList.Read(path);
            }
        }

        Add(Part.Training, options.Train ?? (found ? InFolder(source, "train") : null));
        Add(Part.Validation, options.Validation ?? (found ? InFolder(source, "val") : null));
        Add(Part.Test, options.Test ?? (found ? InFolder(source, "test") : null));
        if (found && lists.Count > 0)
        {
            on?.Invoke(new Noted($"lists of patients: {string.Join(", ", lists.OrderBy(l => l.Key).Select(l => $"'{l.Value.Path}' ({l.Value.Names.Count})"))}"));
        }

        var parts = Parts(lists, patients, root);
        var rest = patients.Where(p => !parts.ContainsKey(p.Id)).ToList();
        if (lists.ContainsKey(Part.Training))
        {
            Leave(rest, on);
        }
        else
        {
            Take(rest, parts, on);
        }

        foreach (var p in patients.Where(p => !p.HasLabels && parts.GetValueOrDefault(p.Id, Part.Test) != Part.Test))
        {
            throw new InputException(
                $"patient '{p.Id}' is in '{lists[parts[p.Id]].Path}', but has no label map in '{p.Folder}'",
                "restore the file, or move the patient to the list of --test");
        }

        RequireOnePlace(parts);
        string[] Names(Part part) => [.. patients.Select(p => p.Id).Where(id => parts.TryGetValue(id, out var its) && its == part)];
        return new BratsLists(parts, lists.ContainsKey(Part.Validation) ? new Split(Names(Part.Training), Names(Part.Validation)) : null);
    }

    private static Dictionary<string, Part> Parts(Dictionary<Part, PatientList> lists, IReadOnlyList<BratsPatient> patients, string root)
    {
        var known = patients.Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        var parts = new Dictionary<string, Part>(StringComparer.Ordinal);
        foreach (var (part, list) in lists)
        {
            foreach (var name in list.Names)
            {
                if (!known.Contains(name))
                {
                    throw new InputException(
                        $"list '{list.Path}' names patient '{name}', but '{root}' has no such folder; nearest: {string.Join(", ", Nearest.Sort(name, known).Take(3))}",
                        "restore the patient, or take the line out of the list");
                }

                if (!parts.TryAdd(name, part))
                {
                    throw new InputException($"patient '{name}' is in two lists: '{lists[parts[name]].Path}' and '{list.Path}'", "take the line out of one of them: whoever trains must not judge");
                }
            }
        }

        return parts;
    }

    private static void Leave(List<BratsPatient> rest, Action<RunEvent>? on)
    {
        if (rest.Count > 0)
        {
            on?.Invoke(new Warned($"{rest.Count} patient(s) are in no list and were left out: {string.Join(", ", rest.Take(6).Select(p => p.Id))}{(rest.Count > 6 ? ", …" : "")}"));
        }
    }

    private static void Take(List<BratsPatient> rest, Dictionary<string, Part> parts, Action<RunEvent>? on)
    {
        foreach (var p in rest)
        {
            parts[p.Id] = p.HasLabels ? Part.Training : Part.Test;
        }

        var unlabelled = rest.Where(p => !p.HasLabels).ToList();
        if (unlabelled.Count > 0)
        {
            on?.Invoke(new Noted($"{unlabelled.Count} patient(s) have no label map and became test cases: {string.Join(", ", unlabelled.Take(6).Select(p => p.Id))}{(unlabelled.Count > 6 ? ", …" : "")}"));
        }
    }

    // Another visit of the same person is as good as the same picture.
    private static void RequireOnePlace(Dictionary<string, Part> parts)
    {
        foreach (var person in parts.GroupBy(p => PatientRule.Usual.PatientOf(p.Key), StringComparer.Ordinal))
        {
            if (person.Select(p => p.Value).Distinct().Count() > 1)
            {
                var (a, b) = (person.First(), person.First(p => p.Value != person.First().Value));
                throw new InputException(
                    $"'{a.Key}' ({a.Value.ToString().ToLowerInvariant()}) and '{b.Key}' ({b.Value.ToString().ToLowerInvariant()}) are visits of one patient, '{person.Key}'",
                    "bring them into the same list");
            }
        }
    }

    private static string? InFolder(string source, string word)
    {
        var folder = Path.Combine(source, Folder);
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.txt").Order(StringComparer.Ordinal).FirstOrDefault(f => Path.GetFileName(f).Contains(word, StringComparison.OrdinalIgnoreCase))
            : null;
    }
}

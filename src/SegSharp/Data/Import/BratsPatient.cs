using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data.Import;

/// <summary>A patient's folder and what lies in it.</summary>
internal sealed class BratsPatient
{
    private BratsPatient(string folder, IReadOnlyDictionary<string, IReadOnlyList<BratsFile>> files) => (Folder, Files) = (folder, files);

    /// <summary>The folder's name.</summary>
    public string Id => Path.GetFileName(Folder);

    /// <summary>Where the files lie.</summary>
    public string Folder { get; }

    /// <summary>Files by modality, and those of the label; several of a kind are slices, in rising order.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<BratsFile>> Files { get; }

    /// <summary>Whether every slice is a file of its own.</summary>
    public bool IsSliced => Files.Values.Any(f => f.Count > 1);

    /// <summary>The modalities.</summary>
    public IEnumerable<string> Modalities => Files.Keys.Where(k => k != BratsFile.Label);

    /// <summary>Whether there is a label map.</summary>
    public bool HasLabels => Files.ContainsKey(BratsFile.Label);

    /// <summary>The file of the label map, or its first slice; null where there is none.</summary>
    public string? LabelFile => Files.TryGetValue(BratsFile.Label, out var files) ? files[0].Path : null;

    /// <summary>The ending of its files; ".nii.gz" where they differ.</summary>
    public string Ending => Files.Values.SelectMany(f => f).All(f => f.Path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase)) ? ".nii" : ".nii.gz";

    /// <summary>Every patient below a folder, by name.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="endings">Endings of volumes.</param>
    /// <param name="named">What files are called where that is not usual.</param>
    /// <exception cref="InputException">None, two of one name, two files of one kind, slices that are missing.</exception>
    public static IReadOnlyList<BratsPatient> Find(string root, IReadOnlyList<string> endings, IReadOnlyDictionary<string, string>? named)
    {
        string[] files = [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(f => endings.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase)) && !Path.GetFileName(f).StartsWith('.')).Order(NaturalOrder.Instance)];
        var patients = files.GroupBy(f => Path.GetDirectoryName(f)!, StringComparer.Ordinal)
            .SelectMany(g => g.Select(f => (Folder: FolderOf(g.Key, g, root, named), File: f)))
            .GroupBy(f => f.Folder, f => f.File, StringComparer.Ordinal)
            .Select(g => (Folder: g.Key, Files: g.Select(f => BratsFile.Of(f, Path.GetFileName(g.Key), named)).OfType<BratsFile>().ToList()))
            .Where(p => p.Files.Any(f => f.Kind != BratsFile.Label))
            .Select(p => new BratsPatient(p.Folder, ByKind(p.Folder, p.Files)))
            .OrderBy(p => p.Id, StringComparer.Ordinal).ToList();
        if (patients.Count == 0)
        {
            throw new InputException(
                $"'{root}' has no patient: "
                + (named is null ? "no volume is called as BraTS calls its modalities (_t1, _t1ce, _t2, _flair, -t1n, -t1c, -t2w, -t2f)" : $"no volume is called {string.Join(" or ", named.Values)}")
                + (files.Length == 0 ? $"; no file ends with {string.Join(", ", endings)}" : $"; found {string.Join(", ", files.Take(4).Select(f => Path.GetFileName(f)))}{(files.Length > 4 ? " …" : "")}"),
                files.Length == 0 ? null : "name the files: --map \"T1ce=NAME,FLAIR=NAME,label=NAME\"");
        }

        var twice = patients.GroupBy(p => p.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? patients
            : throw new InputException($"two folders are called '{twice.Key}': {string.Join(", ", twice.Select(p => $"'{p.Folder}'"))}", "rename one of them, or import the folders above them one by one");
    }

    /// <summary>The slices of a modality as one volume.</summary>
    /// <exception cref="InputException">Unreadable, or slices that differ.</exception>
    public Volume Stack(string kind)
    {
        Volume[] pages = [.. Files[kind].Select(f => Volume.Read(f.Path))];
        var stack = Volume.Stack(Id, pages);
        return new Volume(Id, Placed(stack.Geometry, pages[0].Geometry.Origin, pages[^1].Geometry.Origin), stack.Channels, stack.VoxelType, stack.Bytes, Files[kind][0].Path);
    }

    /// <summary>The label map; null where there is none.</summary>
    /// <exception cref="InputException">Unreadable, or no labels.</exception>
    public LabelMap? ReadLabels() =>
        !HasLabels ? null : IsSliced ? LabelMap.From(Stack(BratsFile.Label)) : LabelMap.Read(LabelFile!);

    // Slices that were cut out of a volume still say where they lay; slices that were saved as bare pictures all lie in one place.
    private static Geometry Placed(Geometry stack, Triple first, Triple last)
    {
        var way = last - first;
        return way.Length < 1e-3 || stack.Extent.Depth < 2
            ? stack
            : stack with
            {
                Spacing = stack.Spacing with { Z = way.Length / (stack.Extent.Depth - 1) },
                Direction = stack.Direction with { AlongZ = way * (1 / way.Length) },
            };
    }

    // Some releases put every modality into a folder of its own, which is called after it.
    private static string FolderOf(string folder, IEnumerable<string> files, string root, IReadOnlyDictionary<string, string>? named)
    {
        var own = BratsFile.Of(folder, "", named)?.Kind;
        return own is not null && Path.GetFullPath(folder) != Path.GetFullPath(root)
            && files.All(f => BratsFile.Of(f, Path.GetFileName(folder), named)?.Kind == own)
            ? Path.GetDirectoryName(folder)!
            : folder;
    }

    private static Dictionary<string, IReadOnlyList<BratsFile>> ByKind(string folder, List<BratsFile> files)
    {
        var kinds = files.GroupBy(f => f.Kind, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<BratsFile>)[.. g.OrderBy(f => f.Number ?? -1)], StringComparer.Ordinal);
        var (name, most) = (Path.GetFileName(folder), kinds.MaxBy(k => k.Value.Count));
        if (most.Value.Count == 1)
        {
            return kinds;
        }

        foreach (var (kind, slices) in kinds)
        {
            for (var i = 1; i < slices.Count; i++)
            {
                if (slices[i].Number is not { } number || slices[i - 1].Number is not { } before || number == before)
                {
                    throw new InputException(
                        $"patient '{name}' has two files for {kind}: '{slices[i - 1].Path}' and '{slices[i].Path}'",
                        "remove one of them, or say which one it is: --map \"" + kind + "=NAME\"");
                }

                if (number != before + 1)
                {
                    throw new InputException($"patient '{name}' has {kind} in slices, but none between number {before} ('{slices[i - 1].Path}') and {number}", "restore the missing slices");
                }
            }

            if (slices.Count != most.Value.Count || slices[0].Number != most.Value[0].Number)
            {
                throw new InputException(
                    $"patient '{name}' has {kind} in {slices.Count} slice(s) from number {slices[0].Number}, but {most.Key} in {most.Value.Count} from number {most.Value[0].Number}",
                    $"restore the missing slices in '{folder}'");
            }
        }

        return kinds;
    }
}

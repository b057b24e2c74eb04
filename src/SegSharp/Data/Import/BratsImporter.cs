using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>How folders of BraTS are understood.</summary>
public sealed record BratsImportOptions
{
    /// <summary>What the files are called where that is not usual: modality or <c>label</c> → a word of the file's name; null = the names of BraTS 2012 to 2023.</summary>
    public IReadOnlyDictionary<string, string>? Files { get; init; }

    /// <summary>What labels become; those that are not named stay.</summary>
    public IReadOnlyDictionary<ushort, ushort> Relabel { get; init; } = new Dictionary<ushort, ushort>();

    /// <summary>Names of the labels; null = those of BraTS.</summary>
    public LabelList? Labels { get; init; }

    /// <summary>Labels 1, 2, 3 as nnU-Net numbers them for BraTS: edema (2) becomes 1, necrosis (1) becomes 2, enhancing (4) becomes 3. Off: 1, 2 and 4 stay.</summary>
    public bool Consecutive { get; init; }

    /// <summary>List of the patients to train on; null = looked for in <c>datasets/</c>, else all that are in no other list.</summary>
    public string? Train { get; init; }

    /// <summary>List of the patients that validate; null = looked for in <c>datasets/</c>.</summary>
    public string? Validation { get; init; }

    /// <summary>List of the test patients; null = looked for in <c>datasets/</c>.</summary>
    public string? Test { get; init; }

    /// <summary>The same options with a map as on the command line: <c>T1ce=T1c_subtrMeanDivStd,label=OTMultiClass,3=1</c>. A number before the sign renames a label, a word names a file.</summary>
    /// <exception cref="UsageException">Not of that form.</exception>
    public BratsImportOptions WithMap(string text)
    {
        var files = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var labels = new Dictionary<ushort, ushort>(Relabel);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } left, { Length: > 0 } right]
                || (ushort.TryParse(left, out var from) && !ushort.TryParse(right, out _)))
            {
                throw new UsageException($"map has '{part}', expected MODALITY=NAME, label=NAME or NUMBER=NUMBER", "--map \"T1ce=T1c_subtrMeanDivStd,FLAIR=Flair_subtrMeanDivStd,label=OTMultiClass,3=1\"");
            }

            if (ushort.TryParse(left, out from))
            {
                labels[from] = ushort.Parse(right);
            }
            else
            {
                files[BratsFile.KindOf(left) ?? left] = right;
            }
        }

        return this with { Files = files.Count == 0 ? Files : files, Relabel = labels };
    }
}

/// <summary>
/// Imports brain tumours as BraTS hands them out: a folder per patient at any depth, a file per modality. Also TP3's form: a file per
/// modality and slice, which are stacked to volumes. Lists of patients become <c>splits_final.json</c> and <c>imagesTs</c>.
/// </summary>
/// <remarks>Files are copied as they are where nothing has to change. Source of names and labels: Menze et al. 2015; Bakas et al. 2018; the challenges' pages of 2012 to 2023.</remarks>
public static class BratsImporter
{
    private static readonly string[] Endings = [".nii.gz", ".nii", ".mha", ".mhd", ".nrrd"];

    /// <summary>The labels since 2017, as they are in the files.</summary>
    public static LabelList Labels => new([new("background", [0]), new("necrosis", [1]), new("edema", [2]), new("enhancing", [4])]);

    /// <summary>Imports the patients.</summary>
    /// <param name="source">Folder with a folder per patient at any depth; or one with <c>data</c> and <c>datasets</c>.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="options">Names, labels, lists.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two patients and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">No patient, a modality or slice is missing, grids differ, labels that need a word from a person, a patient in two lists.</exception>
    public static DataSet Import(
        string source, string target, BratsImportOptions options, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var root = Root(source, target, on);
        var patients = BratsPatient.Find(root, Endings, options.Files);
        var lists = BratsLists.Of(source, root, patients, options, on);
        patients = [.. patients.Where(p => lists.PartOf(p) is not null)];
        var channels = Channels(patients, on);
        var labels = BratsLabels.Of(patients, options, on, cancel);
        var description = new DataSetDescription { ChannelNames = channels, Labels = labels.List, FileEnding = patients.All(p => p.Ending == ".nii") ? ".nii" : ".nii.gz" };
        using var writer = new DataSetWriter(target, description, overwrite);
        for (var i = 0; i < patients.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Add(writer, patients[i], channels, labels.Change, lists.PartOf(patients[i]) == Part.Test);
            on?.Invoke(new Progressed("import", i + 1, patients.Count, patients[i].Id));
        }

        if (lists.Split is { } split)
        {
            writer.AddSplits([split]);
            on?.Invoke(new Noted($"{SplitsFile.Name} holds the lists: {split.Training.Count} patients train, {split.Validation.Count} validate (--validation fold:0)"));
        }

        writer.Complete(on);
        return DataSet.Open(target);
    }

    private static void Add(DataSetWriter writer, BratsPatient patient, IReadOnlyList<string> channels, Func<ushort, ushort>? change, bool test)
    {
        if (!patient.IsSliced)
        {
            writer.AddFiles(patient.Id, [.. channels.Select(c => patient.Files[c][0].Path)], patient.LabelFile, change, test);
            return;
        }

        var image = Join(patient.Id, [.. channels.Select(patient.Stack)]);
        var labels = patient.ReadLabels() is { } map ? (change is null ? map : map.Select(change)) : null;
        if (test)
        {
            writer.AddTest(patient.Id, image, labels);
        }
        else
        {
            writer.Add(patient.Id, image, labels!);
        }
    }

    private static Volume Join(string id, Volume[] channels)
    {
        var first = channels[0];
        foreach (var other in channels.Where(c => c.Extent != first.Extent))
        {
            throw new InputException($"patient '{id}': '{other.Path}' is {other.Extent} but '{first.Path}' is {first.Extent}", $"segsharp info {first.Path} {other.Path}");
        }

        var type = channels.All(c => c.VoxelType == first.VoxelType) ? first.VoxelType : VoxelType.Float32;
        return new Volume(id, first.Geometry, channels.Length, type, [.. channels.SelectMany(c => c.Convert(type).Bytes)], first.Path);
    }

    private static string Root(string source, string target, Action<RunEvent>? on)
    {
        if (!Directory.Exists(source))
        {
            throw new InputException($"'{source}' does not exist; expected a folder with a folder per patient", null);
        }

        var (data, origin) = (Path.Combine(source, "data"), Path.Combine(source, "origin_data"));
        if (!Directory.Exists(data) || !(Directory.Exists(origin) || Directory.Exists(Path.Combine(source, BratsLists.Folder))))
        {
            return source;
        }

        if (Directory.Exists(origin))
        {
            on?.Invoke(new Noted($"'{data}' is imported; the original volumes in '{origin}' are a data set of their own: segsharp data import brats {origin} {target}-original"));
        }

        return data;
    }

    private static string[] Channels(IReadOnlyList<BratsPatient> patients, Action<RunEvent>? on)
    {
        string[] all = [.. patients.SelectMany(p => p.Modalities).Distinct(StringComparer.Ordinal)
            .OrderBy(m => Array.IndexOf(BratsFile.Order, m) is var at && at < 0 ? int.MaxValue : at).ThenBy(m => m, StringComparer.Ordinal)];
        foreach (var patient in patients)
        {
            if (all.FirstOrDefault(m => !patient.Files.ContainsKey(m)) is { } missing)
            {
                throw new InputException(
                    $"patient '{patient.Id}' has no {missing} in '{patient.Folder}'; of {patients.Count} patient(s) {patients.Count(p => p.Files.ContainsKey(missing))} have it",
                    "restore the file, or leave the patient out of --train, --validation and --test, or name the modalities to import: --map \"FLAIR=NAME,label=NAME\"");
            }
        }

        string[] absent = [.. BratsFile.Order.Except(all)];
        if (absent.Length > 0)
        {
            on?.Invoke(new Noted($"the modalities are {string.Join(", ", all)}; there is no {string.Join(" and no ", absent)}"));
        }

        return all;
    }
}

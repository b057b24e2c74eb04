using System.Text.RegularExpressions;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>A data set on the disk in nnU-Net v2's raw layout: <c>dataset.json</c>, <c>imagesTr/CASE_0000.ext</c>, <c>labelsTr/CASE.ext</c>, <c>imagesTs</c>.</summary>
/// <remarks>Source: nnU-Net v2, documentation of the data set format. Cases are sorted by name, ordinal, as NumPy sorts them.</remarks>
public sealed partial class DataSet
{
    /// <summary>The folder beside the labels that holds the numbers of the objects, where a data set tells them apart.</summary>
    public const string ObjectsFolder = "instancesTr";

    private DataSet(string folder, DataSetDescription description, IReadOnlyList<Case> cases, IReadOnlyList<Case> testCases)
    {
        Folder = folder;
        Description = description;
        Cases = cases;
        TestCases = testCases;
    }

    /// <summary>The folder it lies in.</summary>
    public string Folder { get; }

    /// <summary>The folder's name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>What <c>dataset.json</c> says.</summary>
    public DataSetDescription Description { get; }

    /// <summary>The labels.</summary>
    public LabelList Labels => Description.Labels;

    /// <summary>Channels of an image.</summary>
    public int ChannelCount => Description.ChannelNames.Count;

    /// <summary>Cases with a label map, by name.</summary>
    public IReadOnlyList<Case> Cases { get; }

    /// <summary>Cases of <c>imagesTs</c>, by name; perhaps none. With a label map where <c>labelsTs</c> has one.</summary>
    public IReadOnlyList<Case> TestCases { get; }

    /// <summary>Names of the cases, sorted.</summary>
    public IReadOnlyList<string> Ids => [.. Cases.Select(c => c.Id)];

    /// <summary>Opens a data set; reads no image yet, but makes sure that every file is there.</summary>
    /// <param name="folder">The folder with <c>dataset.json</c>.</param>
    /// <exception cref="InputException">No such folder, no data set, no case, or a file is missing.</exception>
    public static DataSet Open(string folder)
    {
        var file = Path.Combine(folder, DataSetDescription.FileName);
        if (!Directory.Exists(folder))
        {
            throw new InputException($"data set '{folder}' does not exist", "import one: segsharp data import KIND SRC DST, or draw one: segsharp data make membranes DST");
        }

        if (!File.Exists(file))
        {
            throw new InputException(
                $"'{folder}' is no data set: it has no {DataSetDescription.FileName}",
                File.Exists(Path.Combine(folder, "train-volume.tif"))
                    ? $"segsharp data import isbi2012 {folder} DST"
                    : $"segsharp data import folder {folder} DST");
        }

        return Open(folder, DataSetDescription.Read(file));
    }

    /// <summary>Opens a folder whose <c>dataset.json</c> was read already.</summary>
    internal static DataSet Open(string folder, DataSetDescription description)
    {
        var file = Path.Combine(folder, DataSetDescription.FileName);
        var cases = description.ExplicitCases ?? InFolders(folder, "imagesTr", "labelsTr", description, labelsRequired: true);
        foreach (var c in cases)
        {
            CheckFiles(c, description);
        }

        if (cases.Count == 0)
        {
            throw new InputException(
                $"data set '{folder}' has 0 cases: no file CASE_0000{description.FileEnding} in '{Path.Combine(folder, "imagesTr")}'{OtherEndings(Path.Combine(folder, "imagesTr"), description.FileEnding)}",
                "import the data set again: segsharp data import folder SRC DST");
        }

        if (description.TrainingCases is { } expected && expected != cases.Count)
        {
            throw new InputException(
                $"'{file}' says numTraining {expected}, but imagesTr has {cases.Count} case(s)",
                $"restore the missing files, or set \"numTraining\": {cases.Count}");
        }

        return new DataSet(folder, description, cases, InFolders(folder, "imagesTs", "labelsTs", description, labelsRequired: false));
    }

    /// <summary>A case by its name.</summary>
    /// <exception cref="InputException">No such case; the message lists what exists, nearest first.</exception>
    public Case this[string id] =>
        Cases.Concat(TestCases).FirstOrDefault(c => c.Id == id)
        ?? throw new InputException($"data set '{Folder}' has no case '{id}'; known: {string.Join(", ", Nearest.Sort(id, Ids).Take(8))}", null);

    /// <summary>Divides the cases into training and validation.</summary>
    /// <exception cref="InputException">More is held back than there is, or a fold or name does not exist.</exception>
    public Split Split(Validation validation) => validation.Of(Ids, StoredSplits());

    /// <summary>The splits that lie beside the images in <c>splits_final.json</c>; null where there is none.</summary>
    /// <exception cref="InputException">The file is of another form.</exception>
    public IReadOnlyList<Split>? StoredSplits()
    {
        var file = Path.Combine(Folder, SplitsFile.Name);
        return File.Exists(file) ? SplitsFile.Read(file) : null;
    }

    /// <summary>Reads a case and proves that its parts fit together.</summary>
    /// <param name="case">One of this data set.</param>
    /// <exception cref="InputException">Unreadable; channels, sizes or labels that do not fit.</exception>
    public LoadedCase Read(Case @case)
    {
        var loaded = LoadedCase.Read(@case, Description);
        return Weigh is { } weigh && ObjectsOf(@case) is { } objects ? loaded with { Objects = LoadedCase.ReadObjects(objects, loaded), Weigh = weigh } : loaded;
    }

    /// <summary>The file that numbers a case's objects, in <see cref="ObjectsFolder"/>; null where the data set has none.</summary>
    public string? ObjectsOf(Case @case) =>
        Path.Combine(Folder, ObjectsFolder, @case.Id + Description.FileEnding) is var file && File.Exists(file) ? file : null;

    /// <summary>The same data set, whose cases weigh their voxels by their numbered objects; cases without such a file stay as they are.</summary>
    /// <param name="weigh">Makes a weight per voxel of the objects and the classes, both on the network's grid; called from several threads.</param>
    /// <param name="rule">Everything that the weights follow from, in words: a cache on the disk goes by it; null = weighted samples are not kept there.</param>
    public DataSet Weighted(Func<LabelMap, ushort[], float[]> weigh, string? rule = null) => new(Folder, Description, Cases, TestCases) { Weigh = weigh, WeighRule = rule };

    /// <summary>What the weights follow from: "" where voxels are not weighed, null where it is not known.</summary>
    internal string? WeighRule { get; private init; } = "";

    private Func<LabelMap, ushort[], float[]>? Weigh { get; init; }

    private static List<Case> InFolders(string folder, string images, string labels, DataSetDescription description, bool labelsRequired)
    {
        var imageFolder = Path.Combine(folder, images);
        if (!Directory.Exists(imageFolder))
        {
            return labelsRequired
                ? throw new InputException($"data set '{folder}' has no folder '{images}'", "import the data set again: segsharp data import folder SRC DST")
                : [];
        }

        var cases = new SortedDictionary<string, SortedDictionary<int, string>>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(imageFolder))
        {
            var name = Path.GetFileName(file);
            if (name.EndsWith(description.FileEnding, StringComparison.OrdinalIgnoreCase)
                && ChannelSuffix().Match(name[..^description.FileEnding.Length]) is { Success: true } match)
            {
                var id = match.Groups[1].Value;
                cases.TryAdd(id, []);
                cases[id][int.Parse(match.Groups[2].ValueSpan)] = file;
            }
        }

        return [.. cases.Select(c => WithChannels(c.Key, c.Value, Path.Combine(folder, labels), description, labelsRequired))];
    }

    private static Case WithChannels(string id, SortedDictionary<int, string> channels, string labelFolder, DataSetDescription description, bool labelsRequired)
    {
        // A colour picture holds several channels in one file; whether it does is seen when it is read.
        var expected = channels.Count == 1 && channels.ContainsKey(0) ? 1 : description.ChannelNames.Count;
        for (var i = 0; i < expected; i++)
        {
            if (!channels.ContainsKey(i))
            {
                var first = channels.Values.First();
                throw new InputException(
                    $"case '{id}' has no file for channel {i} ({description.ChannelNames.ElementAtOrDefault(i)}): '{Path.Combine(Path.GetDirectoryName(first)!, $"{id}_{i:D4}{description.FileEnding}")}' is missing",
                    "restore the file, or import the data set again");
            }
        }

        if (channels.Keys.Max() >= description.ChannelNames.Count)
        {
            throw new InputException(
                $"case '{id}' has channel {channels.Keys.Max()}, but {DataSetDescription.FileName} names {description.ChannelNames.Count} channel(s): {string.Join(", ", description.ChannelNames)}",
                $"name it in channel_names, or remove '{channels.Values.Last()}'");
        }

        var label = Path.Combine(labelFolder, id + description.FileEnding);
        return new Case(id, [.. channels.Values], labelsRequired || File.Exists(label) ? label : null);
    }

    private static void CheckFiles(Case @case, DataSetDescription description)
    {
        foreach (var file in @case.Channels)
        {
            if (!File.Exists(file))
            {
                throw new InputException($"case '{@case.Id}' has no image: '{file}' is missing", $"restore the file, or leave the case out of {DataSetDescription.FileName}");
            }
        }

        if (@case.Label is null)
        {
            throw new InputException(
                $"case '{@case.Id}' has no label map: its entry in {DataSetDescription.FileName} has no \"label\"",
                $"add \"label\": FILE, or leave the case out of {DataSetDescription.FileName}");
        }

        if (@case.Label is { } label && !File.Exists(label))
        {
            var folder = Path.GetDirectoryName(label)!;
            var other = Directory.Exists(folder)
                ? Directory.EnumerateFiles(folder, @case.Id + ".*").FirstOrDefault()
                : null;
            throw new InputException(
                $"case '{@case.Id}' has no label map: '{label}' is missing"
                + (other is null ? "" : $", but '{Path.GetFileName(other)}' is there and {DataSetDescription.FileName} says file_ending \"{description.FileEnding}\""),
                other is null ? $"restore the file, or remove '{@case.Channels[0]}'" : $"segsharp convert {other} {label}");
        }
    }

    private static string OtherEndings(string folder, string expected)
    {
        if (!Directory.Exists(folder))
        {
            return "";
        }

        var endings = Directory.EnumerateFiles(folder)
            .Select(Imaging.Formats.Catalogue.EndingOf)
            .Where(e => e.Length > 0 && !e.Equals(expected, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
        return endings.Count == 0 ? "" : $", but files that end with {string.Join(", ", endings)}";
    }

    [GeneratedRegex(@"^(.+)_(\d{4})$")]
    private static partial Regex ChannelSuffix();
}

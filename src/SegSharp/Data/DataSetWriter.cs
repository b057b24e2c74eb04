using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data;

/// <summary>Writes a data set folder that is never seen half-written: built aside, renamed at the end.</summary>
/// <remarks>Dispose without <see cref="Complete"/> leaves nothing behind.</remarks>
public sealed class DataSetWriter : IDisposable
{
    private readonly string _folder;
    private readonly string _aside;
    private readonly DataSetDescription _description;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private bool _completed;
    private int _training;

    /// <summary>Begins a data set.</summary>
    /// <param name="folder">Where it shall lie.</param>
    /// <param name="description">Channels, labels and ending.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <exception cref="InputException">Something lies there already, or <c>dataset.json</c> could not name the labels.</exception>
    /// <exception cref="SegSharpException">The folder cannot be made.</exception>
    public DataSetWriter(string folder, DataSetDescription description, bool overwrite = false)
    {
        _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        _description = description;
        _aside = Path.Combine(Path.GetDirectoryName(_folder) ?? _folder, $".{Path.GetFileName(_folder)}.tmp.{Environment.ProcessId}.{Guid.NewGuid():N}");
        CheckPlace(folder, overwrite);
        CheckNames(description.Labels);
        Guard(() => Directory.CreateDirectory(Path.Combine(_aside, "imagesTr")));
        Guard(() => Directory.CreateDirectory(Path.Combine(_aside, "labelsTr")));
    }

    /// <summary>Refuses a place that is taken; call it before long work.</summary>
    /// <exception cref="InputException">Something lies there that must not be replaced.</exception>
    public static void CheckPlace(string folder, bool overwrite)
    {
        if (File.Exists(folder))
        {
            throw new InputException($"'{folder}' is a file, expected a folder that does not exist yet", "choose another folder");
        }

        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return;
        }

        if (!overwrite)
        {
            throw new InputException($"'{folder}' exists already and is not empty", "add --overwrite to replace it, or choose another folder");
        }

        if (!File.Exists(Path.Combine(folder, DataSetDescription.FileName)))
        {
            throw new InputException($"'{folder}' is not empty and no data set, so it is not replaced", "choose another folder");
        }
    }

    // The names are keys of a JSON object, and "ignore" is no label there.
    private static void CheckNames(LabelList labels)
    {
        var twice = labels.Entries.GroupBy(e => e.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1 || g.Key == "ignore");
        if (twice is not null)
        {
            throw new InputException(
                $"labels are {labels.Describe()}, but {(twice.Key == "ignore" ? "'ignore' names what counts nowhere" : $"the name '{twice.Key}' comes {twice.Count()} times")}",
                "give each label a name of its own in the source, or with --labels 1=NAME,2=NAME where the import has it");
        }
    }

    /// <summary>Adds a training case.</summary>
    /// <param name="id">Its name; a name must not come twice.</param>
    /// <param name="image">All channels. Pictures keep them in one file (colour); in every other format each gets a file, <c>CASE_0000</c>, <c>CASE_0001</c> ….</param>
    /// <param name="labels">Its label map, with labels of the list.</param>
    /// <param name="objects">The number of the object at every voxel, for <c>instancesTr</c> (16 bits); null where objects are not told apart.</param>
    /// <exception cref="InputException">A name comes twice, grids differ, a label is not in the list.</exception>
    public void Add(string id, Volume image, LabelMap labels, LabelMap? objects = null)
    {
        WriteImage("imagesTr", id, image);
        WriteLabels("labelsTr", id, image, labels);
        if (objects is not null)
        {
            CheckGrid(image.Path ?? image.Name, image.Geometry, objects.Path ?? objects.Name, objects.Geometry, "map of objects");
            var place = Place(DataSet.ObjectsFolder, id);
            Guard(() => Volume.Of<ushort>(objects.Name, objects.Geometry, 1, objects.Labels).Write(place));
        }

        _training++;
    }

    /// <summary>Adds a case to <c>imagesTs</c>.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="image">All channels.</param>
    /// <param name="labels">Its label map, for <c>labelsTs</c>; null where there is none.</param>
    /// <exception cref="InputException">A name comes twice, grids differ, a label is not in the list.</exception>
    public void AddTest(string id, Volume image, LabelMap? labels = null)
    {
        WriteImage("imagesTs", id, image);
        if (labels is not null)
        {
            WriteLabels("labelsTs", id, image, labels);
        }
    }

    /// <summary>Adds a case from its files: one per channel, copied as they are where their ending fits and written anew where it does not.</summary>
    /// <param name="id">Its name; a name must not come twice.</param>
    /// <param name="channels">One file per channel, in order. Only their headers are read where they are copied.</param>
    /// <param name="label">File of the label map; null for a test case without one.</param>
    /// <param name="relabel">What becomes of a label; null = all stay, and the file is copied.</param>
    /// <param name="test">Whether it is a test case, for <c>imagesTs</c> and <c>labelsTs</c>.</param>
    /// <exception cref="InputException">A name comes twice, a file is unreadable, grids differ, a label is not in the list.</exception>
    public void AddFiles(string id, IReadOnlyList<string> channels, string? label, Func<ushort, ushort>? relabel = null, bool test = false)
    {
        var grid = AddChannels(id, channels, test);
        if (label is not null)
        {
            var map = LabelMap.Read(label);
            CheckGrid(channels[0], grid, label, map.Geometry, "label map");
            var labels = relabel is null ? map : map.Select(relabel);
            LoadedCase.CheckLabels(label, labels, _description.Labels);
            var place = Place(test ? "labelsTs" : "labelsTr", id);
            if (relabel is null)
            {
                Copy(label, place);
            }
            else
            {
                Guard(() => labels.Write(place));
            }
        }
        else if (!test)
        {
            throw new InputException($"case '{id}' has no label map, so it cannot be trained on", "add it as a test case");
        }

        _training += test ? 0 : 1;
    }

    /// <summary>Adds a training case from the files of its channels and a label map that was made.</summary>
    /// <param name="id">Its name; a name must not come twice.</param>
    /// <param name="channels">One file per channel, in order.</param>
    /// <param name="labels">On their grid.</param>
    /// <exception cref="InputException">A name comes twice, a file is unreadable, grids differ, a label is not in the list.</exception>
    public void AddFiles(string id, IReadOnlyList<string> channels, LabelMap labels)
    {
        var grid = AddChannels(id, channels, test: false);
        var name = labels.Path ?? labels.Name;
        CheckGrid(channels[0], grid, name, labels.Geometry, "label map");
        LoadedCase.CheckLabels(name, labels, _description.Labels);
        var place = Place("labelsTr", id);
        Guard(() => labels.Write(place));
        _training++;
    }

    /// <summary>Writes <c>splits_final.json</c> beside the images.</summary>
    /// <param name="splits">One per fold, with names of added cases.</param>
    public void AddSplits(IReadOnlyList<Split> splits) => SplitsFile.Write(Path.Combine(_aside, SplitsFile.Name), splits);

    /// <summary>Writes <c>dataset.json</c> and puts the folder in its place.</summary>
    /// <param name="on">Hears when a replaced data set could not be removed.</param>
    /// <exception cref="InputException">No training case was added.</exception>
    /// <exception cref="SegSharpException">The folder cannot be renamed; what lay there before lies there still.</exception>
    public void Complete(Action<RunEvent>? on = null)
    {
        if (_training == 0)
        {
            throw new InputException($"data set '{_folder}' would have 0 cases", "check that the source has images with label maps");
        }

        AtomicFile.WriteText(Path.Combine(_aside, DataSetDescription.FileName), _description.ToJson(_training));
        Guard(() => Replace(_folder, _aside, on));
        _completed = true;
    }

    /// <summary>Removes what was begun and not completed.</summary>
    public void Dispose()
    {
        if (_completed || !Directory.Exists(_aside))
        {
            return;
        }

        try
        {
            Directory.Delete(_aside, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }

    /// <summary>Puts a folder into a place; on an error the place keeps what it held.</summary>
    internal static void Replace(string place, string aside, Action<RunEvent>? on)
    {
        if (!Directory.Exists(place))
        {
            Directory.Move(aside, place);
            return;
        }

        var old = $"{aside}.old";
        Directory.Move(place, old);
        try
        {
            Directory.Move(aside, place);
        }
        catch
        {
            Directory.Move(old, place);
            throw;
        }

        try
        {
            Directory.Delete(old, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            on?.Invoke(new Warned($"the data set that was replaced could not be removed and lies in '{old}': {e.Message.TrimEnd('.')}"));
        }
    }

    // Pictures hold their channels as colours; scanners' formats hold one per file, as nnU-Net has it.
    private bool HoldsColours => _description.FileEnding is ".png" or ".tif" or ".tiff";

    private string Place(string folder, string name)
    {
        Guard(() => Directory.CreateDirectory(Path.Combine(_aside, folder)));
        return Path.Combine(_aside, folder, name + _description.FileEnding);
    }

    // A case of one name in imagesTr and in imagesTs could not be told apart either.
    private void Claim(string id)
    {
        if (!_ids.Add(id))
        {
            throw new InputException($"two images would get the name '{id}'", "rename one of the files");
        }
    }

    private void RequireChannels(string image, int channels)
    {
        if (channels != _description.ChannelNames.Count)
        {
            throw new InputException(
                $"image '{image}' has {channels} channel(s) but the data set has {_description.ChannelNames.Count}: {string.Join(", ", _description.ChannelNames)}",
                "bring all images to the same channels");
        }
    }

    private void WriteImage(string folder, string id, Volume image)
    {
        Claim(id);
        RequireChannels(image.Path ?? image.Name, image.Channels);
        if (image.Channels == 1 || HoldsColours)
        {
            var place = Place(folder, $"{id}_0000");
            Guard(() => image.Write(place));
            return;
        }

        var length = image.Bytes.Length / image.Channels;
        for (var c = 0; c < image.Channels; c++)
        {
            var channel = new Volume(image.Name, image.Geometry, 1, image.VoxelType, image.Bytes[(c * length)..((c + 1) * length)], image.Path);
            var place = Place(folder, $"{id}_{c:D4}");
            Guard(() => channel.Write(place));
        }
    }

    private void WriteLabels(string folder, string id, Volume image, LabelMap labels)
    {
        CheckGrid(image.Path ?? image.Name, image.Geometry, labels.Path ?? labels.Name, labels.Geometry, "label map");
        LoadedCase.CheckLabels(labels.Path ?? labels.Name, labels, _description.Labels);
        var place = Place(folder, id);
        Guard(() => labels.Write(place));
    }

    private Geometry AddChannels(string id, IReadOnlyList<string> channels, bool test)
    {
        ArgumentOutOfRangeException.ThrowIfZero(channels.Count);
        Claim(id);
        RequireChannels(channels[0], channels.Count);
        var grid = GridOf(channels[0]);
        for (var i = 0; i < channels.Count; i++)
        {
            CheckGrid(channels[0], grid, channels[i], i == 0 ? grid : GridOf(channels[i]), "channel");
            Copy(channels[i], Place(test ? "imagesTs" : "imagesTr", $"{id}_{i:D4}"));
        }

        return grid;
    }

    private void Copy(string file, string place)
    {
        if (file.EndsWith(_description.FileEnding, StringComparison.OrdinalIgnoreCase))
        {
            Guard(() => File.Copy(file, place));
        }
        else
        {
            Guard(() => Volume.Read(file).Write(place));
        }
    }

    private static Geometry GridOf(string file)
    {
        using var source = ByteSource.Open(file);
        var header = Catalogue.Recognise(source).ReadHeader(source);
        return header.Channels == 1
            ? header.Geometry ?? Geometry.Pixels(header.Extent)
            : throw new InputException($"'{file}' has {header.Channels} channels; a file of one channel is expected here", "write every channel to a file of its own");
    }

    private void CheckGrid(string image, Geometry expected, string other, Geometry found, string kind)
    {
        var finding = GridFinding.Of(expected, found);
        if (finding.Fault == GridFault.DifferentSize)
        {
            throw new InputException($"{kind} '{other}' is {found.Extent} but its image '{image}' is {expected.Extent}", $"segsharp info {image} {other}");
        }

        // Pictures know no place: a stack may state a spacing and its masks none.
        if (!finding.IsGood && !HoldsColours)
        {
            throw new InputException($"{kind} '{other}' does not lie on its image '{image}': {finding.Text}", CommandText.OfMend(image, other, isChannel: kind == "channel"));
        }
    }

    private static void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot write the data set: {e.Message.TrimEnd('.')}", "choose an output folder that you may write to, on a disk with space", e);
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;

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
    /// <exception cref="InputException">Something lies there already.</exception>
    /// <exception cref="SegSharpException">The folder cannot be made.</exception>
    public DataSetWriter(string folder, DataSetDescription description, bool overwrite = false)
    {
        _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        _description = description;
        _aside = Path.Combine(Path.GetDirectoryName(_folder) ?? _folder, $".{Path.GetFileName(_folder)}.tmp.{Environment.ProcessId}.{Guid.NewGuid():N}");
        CheckPlace(folder, overwrite);
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

    /// <summary>Adds a training case.</summary>
    /// <param name="id">Its name; a name must not come twice.</param>
    /// <param name="image">All channels. Several channels go into one file where the format can hold them (colour), else into one file each.</param>
    /// <param name="labels">Its label map, with labels of the list.</param>
    /// <exception cref="InputException">A name comes twice, sizes differ, a label is not in the list.</exception>
    public void Add(string id, Volume image, LabelMap labels)
    {
        if (labels.Extent != image.Extent)
        {
            throw new InputException($"label map '{labels.Path ?? labels.Name}' is {labels.Extent} but its image '{image.Path ?? image.Name}' is {image.Extent}", null);
        }

        LoadedCase.CheckLabels(labels.Path ?? labels.Name, labels, _description.Labels);
        WriteImage("imagesTr", id, image);
        Guard(() => labels.Write(Path.Combine(_aside, "labelsTr", id + _description.FileEnding)));
        _training++;
    }

    /// <summary>Adds a case without labels to <c>imagesTs</c>.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="image">All channels.</param>
    public void AddTest(string id, Volume image)
    {
        Guard(() => Directory.CreateDirectory(Path.Combine(_aside, "imagesTs")));
        WriteImage("imagesTs", id, image);
    }

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

    private void WriteImage(string folder, string id, Volume image)
    {
        if (!_ids.Add($"{folder}/{id}"))
        {
            throw new InputException($"two images would get the name '{id}'", "rename one of the files");
        }

        if (image.Channels != _description.ChannelNames.Count)
        {
            throw new InputException(
                $"image '{image.Path ?? image.Name}' has {image.Channels} channel(s) but the data set has {_description.ChannelNames.Count}: {string.Join(", ", _description.ChannelNames)}",
                "bring all images to the same channels");
        }

        Guard(() => image.Write(Path.Combine(_aside, folder, $"{id}_0000{_description.FileEnding}")));
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

using SegSharp.Data;
using SegSharp.Foundation;

namespace SegSharp.Doctor;

/// <summary>A copy of a data set folder in which some files are replaced: built aside, renamed at the end. Dispose without <see cref="Complete"/> leaves nothing behind.</summary>
internal sealed class DataSetCopy : IDisposable
{
    private readonly string _from;
    private readonly string _to;
    private readonly string _aside;

    public DataSetCopy(DataSet data, string folder, bool overwrite)
    {
        DataSetWriter.CheckPlace(folder, overwrite);
        _from = Path.GetFullPath(data.Folder);
        _to = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (_to == Path.TrimEndingDirectorySeparator(_from))
        {
            throw new UsageException($"'{folder}' is the data set itself, which is never written over", "give another folder for the mended copy");
        }

        _aside = Path.Combine(Path.GetDirectoryName(_to) ?? _to, $".{Path.GetFileName(_to)}.tmp.{Environment.ProcessId}.{Guid.NewGuid():N}");
    }

    /// <summary>Where a file of the data set comes to lie for now; its folder is made.</summary>
    public string PlaceOf(string file)
    {
        var place = Path.Combine(_aside, Path.GetRelativePath(_from, Path.GetFullPath(file)));
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        return place;
    }

    /// <summary>Copies a file as it is.</summary>
    public void Keep(string file)
    {
        try
        {
            File.Copy(file, PlaceOf(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot copy '{file}': {e.Message.TrimEnd('.')}", "choose a folder that you may write to, on a disk with space", e);
        }
    }

    /// <summary>Copies what describes the data set and puts the folder in its place.</summary>
    public void Complete(Action<RunEvent>? on)
    {
        foreach (var name in new[] { DataSetDescription.FileName, SplitsFile.Name }.Select(n => Path.Combine(_from, n)).Where(File.Exists))
        {
            Keep(name);
        }

        DataSetWriter.Replace(_to, _aside, on);
    }

    public void Dispose()
    {
        if (Directory.Exists(_aside))
        {
            Directory.Delete(_aside, recursive: true);
        }
    }
}

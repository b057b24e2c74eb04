using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>Imports the stacks of the ISBI 2012 challenge: <c>train-volume.tif</c>, <c>train-labels.tif</c> and, where it is there, <c>test-volume.tif</c>.</summary>
/// <remarks>
/// Source: Arganda-Carreras et al. 2015; the exercise's rule label &lt; 128 → membrane. Every page becomes a case of its own
/// (<c>isbi_00</c> …): sections are 50 nm apart and hardly correlate, so the stack is treated as pictures.
/// </remarks>
public static class IsbiImporter
{
    /// <summary>The labels of the imported data set.</summary>
    public static LabelList Labels { get; } = new([new("background", [0]), new("membrane", [1])]);

    /// <summary>Imports the stacks.</summary>
    /// <param name="source">Folder with the stacks.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="prefix">What the cases' names begin with.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two pages and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">A stack is missing, unreadable, or the two do not fit together.</exception>
    public static DataSet Import(
        string source, string target, bool overwrite = false, string prefix = "isbi", Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var imagePath = Find(source, "train-volume");
        var labelPath = Find(source, "train-labels");
        var images = Volume.Read(imagePath);
        var labels = LabelMap.Read(labelPath);
        if (images.Extent != labels.Extent)
        {
            throw new InputException(
                $"'{labelPath}' is {labels.Extent} but '{imagePath}' is {images.Extent}",
                "take both stacks from the same source: one page of labels for every page of the volume");
        }

        if (images.Channels != 1)
        {
            throw new InputException($"'{imagePath}' has {images.Channels} channels, expected 1 (grey)", $"segsharp data import folder {source} {target}");
        }

        CheckTones(labels, labelPath);
        var test = TryFind(source, "test-volume");
        var description = new DataSetDescription { ChannelNames = ["EM"], Labels = Labels, FileEnding = ".png" };
        using var writer = new DataSetWriter(target, description, overwrite);
        var digits = Math.Max(2, $"{images.Extent.Depth - 1}".Length);
        for (var z = 0; z < images.Extent.Depth; z++)
        {
            cancel.ThrowIfCancellationRequested();
            writer.Add(Name(prefix, z, digits), images.Page(z), labels.Page(z).Select(l => l < 128 ? (ushort)1 : (ushort)0));
            on?.Invoke(new Progressed("import", z + 1, images.Extent.Depth));
        }

        if (test is not null)
        {
            var volume = Volume.Read(test);
            for (var z = 0; z < volume.Extent.Depth; z++)
            {
                cancel.ThrowIfCancellationRequested();
                writer.AddTest(Name("isbi_test", z, digits), volume.Page(z));
            }
        }

        writer.Complete(on);
        on?.Invoke(new Noted($"labels below 128 (dark) became 1 membrane, all others 0 background"));
        return DataSet.Open(target);
    }

    private static void CheckTones(LabelMap labels, string path)
    {
        var tones = labels.Histogram();
        if (!tones.Any(t => t.Label < 128) || !tones.Any(t => t.Label >= 128))
        {
            throw new InputException(
                $"'{path}' holds values {tones[0].Label} to {tones[^1].Label}, expected membranes below 128 (0) and cells from 128 (255)",
                "check that it is the label stack of the challenge");
        }
    }

    private static string Name(string stem, int page, int digits) => $"{stem}_{page.ToString($"D{digits}")}";

    private static string Find(string folder, string stem)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"'{folder}' does not exist; expected a folder with train-volume.tif and train-labels.tif", null);
        }

        return TryFind(folder, stem) ?? throw new InputException(
            $"'{folder}' has no {stem}.tif; found: {Listing(folder)}",
            Directory.Exists(Path.Combine(folder, "images")) ? $"segsharp data import folder {folder} DST" : "expected train-volume.tif and train-labels.tif, as the challenge names them");
    }

    private static string? TryFind(string folder, string stem) =>
        new[] { ".tif", ".tiff" }.Select(e => Path.Combine(folder, stem + e)).FirstOrDefault(File.Exists);

    private static string Listing(string folder)
    {
        var names = Directory.EnumerateFileSystemEntries(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal).Take(6).ToList();
        return names.Count == 0 ? "nothing" : string.Join(", ", names);
    }
}

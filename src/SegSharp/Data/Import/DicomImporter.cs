using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Dicom;

namespace SegSharp.Data.Import;

/// <summary>Imports scanner files: one folder for every patient or study, with one series of images and a DICOM SEG or a label file.</summary>
/// <remarks>Cases are named after their folders. Nothing else of the patient goes into the data set: its files are NIfTI.</remarks>
public static class DicomImporter
{
    /// <summary>Imports the folders.</summary>
    /// <param name="source">Holds one folder for every case.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The imported data set; cases without labels are its test cases.</returns>
    /// <exception cref="InputException">No case with labels, a folder with several series or several label files, grids that differ.</exception>
    public static DataSet Import(string source, string target, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var cases = new List<Source>();
        var folders = Directory.Exists(source) ? Directory.EnumerateDirectories(source).Order(NaturalOrder.Instance).ToList() : [];
        foreach (var folder in folders)
        {
            cancel.ThrowIfCancellationRequested();
            if (Find(folder, on, cancel) is { } found)
            {
                cases.Add(found);
            }

            on?.Invoke(new Progressed("look", cases.Count, folders.Count, Path.GetFileName(folder)));
        }

        if (cases.Count == 0)
        {
            throw new InputException($"'{source}' has no folder with a DICOM series; expected one folder for every patient or study", "name the folder that holds the patients' folders");
        }

        var names = cases.SelectMany(c => c.Names.Values).Distinct(StringComparer.Ordinal).ToList();
        var labels = new LabelList([new NamedLabel("background", [0]), .. names.Select((n, i) => new NamedLabel(n, [(ushort)(i + 1)]))]);
        var description = new DataSetDescription { ChannelNames = [cases[0].Series.Modality ?? "image"], Labels = labels, FileEnding = ".nii.gz" };
        using var writer = new DataSetWriter(target, description, overwrite);
        for (var i = 0; i < cases.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Add(writer, cases[i], names, cancel);
            on?.Invoke(new Progressed("import", i + 1, cases.Count, cases[i].Id));
        }

        writer.Complete(on);
        return DataSet.Open(target);
    }

    private static void Add(DataSetWriter writer, Source source, List<string> names, CancellationToken cancel)
    {
        var volume = source.Series.Read(cancel: cancel);
        if (volume.Channels != 1)
        {
            throw new InputException($"the series in '{source.Folder}' has {volume.Channels} channels (time points or colours); one is expected", CommandText.OfChannel(source.Folder));
        }

        if (source.Labels is null)
        {
            writer.AddTest(source.Id, volume);
            return;
        }

        var map = source.Read(volume.Geometry);
        writer.Add(source.Id, volume, map.Select(l => l == 0 ? (ushort)0 : (ushort)(names.IndexOf(source.Names[l]) + 1)));
    }

    // The one series of a folder and what labels it; null for a folder without DICOM.
    private static Source? Find(string folder, Action<RunEvent>? on, CancellationToken cancel)
    {
        var found = DicomFolder.Read(folder, cancel: cancel);
        if (found.Series.All(s => s.IsSegmentation))
        {
            on?.Invoke(new Noted($"'{folder}' holds no DICOM series and is passed over"));
            return null;
        }

        foreach (var finding in found.Findings)
        {
            on?.Invoke(new Warned(finding.ToString()));
        }

        var series = found.Only();
        List<string> labels = [.. found.Series.Where(s => s.IsSegmentation).Select(s => s.Files[0])];
        labels.AddRange(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => Catalogue.HasImageEnding(f) && !series.Files.Contains(f) && !labels.Contains(f) && !IsDicom(f)).Order(NaturalOrder.Instance));
        if (labels.Count > 1)
        {
            throw new InputException($"'{folder}' holds {labels.Count} files with labels: {string.Join(", ", labels.Take(4).Select(l => $"'{l}'"))}", "keep one of them in the folder");
        }

        var id = new string([.. Path.GetFileName(folder).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' ? c : '_')]);
        if (labels.Count == 0)
        {
            return new Source(id, folder, series, null, []);
        }

        var names = IsDicom(labels[0])
            ? DicomSegmentation.Read(labels[0]).Segments.ToDictionary(s => (ushort)s.Number, s => s.Name)
            : LabelMap.Read(labels[0]).Histogram().Where(l => l.Label != 0).ToDictionary(l => (ushort)l.Label, l => $"label {l.Label}");
        return new Source(id, folder, series, labels[0], names);
    }

    private static bool IsDicom(string path)
    {
        using var source = ByteSource.Open(path);
        return Catalogue.TryRecognise(source) is DicomFormat;
    }

    private sealed record Source(string Id, string Folder, DicomSeries Series, string? Labels, Dictionary<ushort, string> Names)
    {
        public LabelMap Read(Geometry grid) => GridCopy.Labels(LabelMap.Read(Labels!), grid);
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>Imports DRIVE: vessels in photographs of the retina, with the round field of view of the camera.</summary>
/// <remarks>
/// Source: Staal et al. 2004. Read are <c>training/</c> and, where it is there, <c>test/</c>, with <c>images/21_training.tif</c>,
/// <c>1st_manual/21_manual1.gif</c> and <c>mask/21_training_mask.gif</c>; test images without a manual become cases without a label map.
/// Pixels outside the field of view get a label to ignore, so that neither losses nor scores count them: the literature's
/// numbers are taken inside it.
/// </remarks>
public static class DriveImporter
{
    /// <summary>The integer of pixels outside the field of view.</summary>
    public const ushort Outside = 2;

    private const int Half = 128;

    /// <summary>The labels of the imported data set.</summary>
    public static LabelList Labels { get; } = new([new("background", [0]), new("vessel", [1])], ignore: Outside);

    /// <summary>Imports the photographs; cases are named by the number that their files begin with (<c>21</c>).</summary>
    /// <param name="source">Folder with <c>training</c>, or that folder itself.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two pictures and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">A folder or file is missing, unreadable, or a mask does not fit its picture.</exception>
    public static DataSet Import(string source, string target, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var training = new[] { Path.Combine(source, "training"), source }.FirstOrDefault(f => Directory.Exists(Path.Combine(f, "images")))
            ?? throw new InputException(
                Directory.Exists(source) ? $"'{source}' has no folder training/images" : $"'{source}' does not exist; expected the folder of DRIVE with training/images",
                "name the folder that holds DRIVE's 'training'");
        var photographs = PhotographsOf(training, manualRequired: true);
        var test = Path.Combine(source, "test");
        if (Directory.Exists(Path.Combine(test, "images")))
        {
            photographs.AddRange(PhotographsOf(test, manualRequired: false));
        }

        var description = new DataSetDescription { ChannelNames = ["R", "G", "B"], Labels = Labels, FileEnding = ".png" };
        using var writer = new DataSetWriter(target, description, overwrite);
        var (outside, pixels) = (0L, 0L);
        for (var i = 0; i < photographs.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var p = photographs[i];
            var (image, labels) = (Volume.Read(p.Image), p.Read());
            if (p.IsTest)
            {
                writer.AddTest(p.Id, image, labels);
            }
            else
            {
                writer.Add(p.Id, image, labels!);
            }

            outside += labels?.Labels.Count(l => l == Outside) ?? 0;
            pixels += labels?.Labels.Length ?? 0;
            on?.Invoke(new Progressed("import", i + 1, photographs.Count, p.Id));
        }

        writer.Complete(on);
        on?.Invoke(new Noted($"mask values from {Half} on became 1 vessel; {(double)outside / pixels:P1} of the pixels lie outside the field of view and became {Outside}, which is ignored"));
        return DataSet.Open(target);
    }

    private static List<Photograph> PhotographsOf(string part, bool manualRequired)
    {
        var images = FilesByNumber(Path.Combine(part, "images"));
        if (images.Count == 0)
        {
            throw new InputException($"'{Path.Combine(part, "images")}' has 0 photographs: no file such as 21_training.tif", null);
        }

        var (manuals, fields) = (FilesByNumber(Path.Combine(part, "1st_manual")), FilesByNumber(Path.Combine(part, "mask")));
        return [.. images.Select(i => new Photograph(
            i.Key,
            i.Value,
            manuals.GetValueOrDefault(i.Key) ?? (manualRequired ? throw Missing(part, "1st_manual", i.Key, "vessels") : null),
            fields.GetValueOrDefault(i.Key) ?? (manualRequired || manuals.ContainsKey(i.Key) ? throw Missing(part, "mask", i.Key, "field of view") : ""),
            IsTest: !manualRequired))];
    }

    private static InputException Missing(string part, string folder, string id, string what) =>
        new($"photograph '{id}' has no {what}: no file '{id}_…' in '{Path.Combine(part, folder)}'", "restore the file; every photograph has one of each in DRIVE");

    // "21_training.tif", "21_manual1.gif" and "21_training_mask.gif" are all "21".
    private static SortedDictionary<string, string> FilesByNumber(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [])
        {
            var name = Path.GetFileName(file);
            var number = name.Split('_')[0];
            if (number.Length > 0 && number.All(char.IsAsciiDigit) && Imaging.Formats.Catalogue.HasImageEnding(file) && !files.TryAdd(number, file))
            {
                throw new InputException($"'{folder}' has two files for photograph '{number}': {Path.GetFileName(files[number])}, {name}", "remove one of them");
            }
        }

        return files;
    }

    private sealed record Photograph(string Id, string Image, string? Manual, string Field, bool IsTest)
    {
        public LabelMap? Read()
        {
            if (Manual is null)
            {
                return null;
            }

            var (vessels, field) = (LabelMap.Read(Manual), LabelMap.Read(Field));
            if (vessels.Extent != field.Extent)
            {
                throw new InputException($"field of view '{Field}' is {field.Extent} but the vessels '{Manual}' are {vessels.Extent}", $"segsharp info {CommandText.Word(Manual)} {CommandText.Word(Field)}");
            }

            var labels = new ushort[vessels.Labels.Length];
            for (var i = 0; i < labels.Length; i++)
            {
                labels[i] = field.Labels[i] < Half ? Outside : vessels.Labels[i] >= Half ? (ushort)1 : (ushort)0;
            }

            return new LabelMap(vessels.Name, vessels.Geometry, labels, Manual);
        }
    }
}

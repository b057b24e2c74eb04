using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>Imports a task of the Medical Segmentation Decathlon: <c>dataset.json</c> with <c>modality</c> and a list <c>training</c>, images of several modalities as 4D NIfTI.</summary>
/// <remarks>Source: Antonelli et al. 2022; Simpson et al. 2019. Labels stay as they are; a 4D image becomes a file per modality. Files of one modality are copied untouched.</remarks>
public static class MsdImporter
{
    /// <summary>Imports a task.</summary>
    /// <param name="source">Folder with <c>dataset.json</c>, <c>imagesTr</c>, <c>labelsTr</c> and perhaps <c>imagesTs</c>.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">No task of the decathlon, a file is missing or unreadable, grids differ.</exception>
    public static DataSet Import(string source, string target, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var file = Path.Combine(source, DataSetDescription.FileName);
        if (!File.Exists(file))
        {
            throw new InputException(
                Directory.Exists(source) ? $"'{source}' has no {DataSetDescription.FileName}, so it is no task of the decathlon" : $"'{source}' does not exist; expected the folder of a task such as Task04_Hippocampus",
                "name the folder of the task itself");
        }

        using var json = Parsed(file);
        var description = DataSetDescription.ReadDecathlon(json.RootElement, file);
        var training = Listed(json.RootElement, "training", source, file);
        if (training.Count == 0)
        {
            throw new InputException($"'{file}' lists 0 cases under \"training\"", "a data set in nnU-Net's own layout needs no import, or: segsharp data import nnunet SRC DST");
        }

        var test = Listed(json.RootElement, "test", source, file);
        using var writer = new DataSetWriter(target, description, overwrite);
        var all = training.Count + test.Count;
        for (var i = 0; i < all; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var isTest = i >= training.Count;
            var (image, label) = isTest ? test[i - training.Count] : training[i];
            Add(writer, image, label, description.ChannelNames.Count, isTest);
            on?.Invoke(new Progressed("import", i + 1, all, LabelSource.NameOf(image)));
        }

        writer.Complete(on);
        return DataSet.Open(target);
    }

    private static void Add(DataSetWriter writer, string image, string? label, int channels, bool test)
    {
        var id = LabelSource.NameOf(image);
        if (channels == 1)
        {
            writer.AddFiles(id, [image], label, test: test);
            return;
        }

        var volume = Volume.Read(image);
        var labels = label is null ? null : LabelMap.Read(label);
        if (test)
        {
            writer.AddTest(id, volume, labels);
        }
        else
        {
            writer.Add(id, volume, labels!);
        }
    }

    private static JsonDocument Parsed(string file)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            throw new InputException($"'{file}' is not JSON: {e.Message.TrimEnd('.')}", "download the task again", e);
        }
    }

    private static List<(string Image, string? Label)> Listed(JsonElement root, string key, string source, string file)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(key, out var list))
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new InputException($"'{file}' holds {list.GetRawText()} under \"{key}\", expected a list", "download the task again");
        }

        // Paths are written "./imagesTr/la_007.nii.gz"; one that leads out of the task is none of its files.
        string Full(string path)
        {
            var full = path.Contains('\0', StringComparison.Ordinal) ? "" : Path.GetFullPath(path, Path.GetFullPath(source));
            if (!full.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new InputException($"'{file}' names '{path}' under \"{key}\", which is no file of the task", "download the task again");
            }

            return File.Exists(full) ? full : throw new InputException($"'{file}' names '{path}' under \"{key}\", but there is no such file", "download the task again, or remove the entry");
        }

        // A training case has both; a test case may be its image alone, with or without the key.
        var isTest = key == "test";
        (string Image, string? Label) Entry(JsonElement c)
        {
            if (isTest && c.ValueKind == JsonValueKind.String)
            {
                return (Full(c.GetString()!), null);
            }

            var isCase = c.ValueKind == JsonValueKind.Object;
            var image = isCase && c.TryGetProperty("image", out var i) && i.ValueKind == JsonValueKind.String ? i.GetString() : null;
            var given = isCase && c.TryGetProperty("label", out var l) ? l : default;
            return image is not null && (given.ValueKind == JsonValueKind.String || (isTest && given.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null))
                ? (Full(image), given.ValueKind == JsonValueKind.String ? Full(given.GetString()!) : null)
                : throw new InputException(
                    $"'{file}' holds {c.GetRawText()} under \"{key}\", expected {{\"image\": \"./imagesTr/NAME.nii.gz\", \"label\": \"./labelsTr/NAME.nii.gz\"}}{(isTest ? " or \"./imagesTs/NAME.nii.gz\"" : "")}",
                    "download the task again, or mend the entry");
        }

        return [.. list.EnumerateArray().Select(Entry).OrderBy(c => c.Image, StringComparer.Ordinal)];
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>nnU-Net's <c>splits_final.json</c>: a list of {"train": […], "val": […]}.</summary>
public static class SplitsFile
{
    /// <summary>The file's name inside a data set.</summary>
    public const string Name = "splits_final.json";

    /// <summary>Reads the splits.</summary>
    /// <exception cref="InputException">Unreadable or of another form.</exception>
    public static IReadOnlyList<Split> Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. json.RootElement.EnumerateArray().Select(s => new Split(Names(s, "train"), Names(s, "val")))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InputException(
                $"splits '{path}' cannot be read: {e.Message.TrimEnd('.')}; expected a list of {{\"train\": [names], \"val\": [names]}}",
                "write them again: segsharp data split DIR --folds 5 --overwrite",
                e);
        }
    }

    /// <summary>Writes the splits.</summary>
    public static void Write(string path, IEnumerable<Split> splits)
    {
        var list = new JsonArray([.. splits.Select(s => (JsonNode)new JsonObject { ["train"] = List(s.Training), ["val"] = List(s.Validation) })]);
        AtomicFile.WriteText(path, list.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static string[] Names(JsonElement split, string key) =>
        [.. split.GetProperty(key).EnumerateArray().Select(n => n.GetString() ?? throw new JsonException("a name is null"))];

    private static JsonArray List(IEnumerable<string> names) => new([.. names.Select(n => (JsonNode)JsonValue.Create(n)!)]);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>What <c>dataset.json</c> says.</summary>
/// <remarks>Source: nnU-Net v2, documentation of the data set format. Comments and trailing commas are allowed; unknown keys are passed over.</remarks>
public sealed record DataSetDescription
{
    /// <summary>The file's name inside a data set.</summary>
    public const string FileName = "dataset.json";

    /// <summary>Name of every channel, in order.</summary>
    public required IReadOnlyList<string> ChannelNames { get; init; }

    /// <summary>The labels.</summary>
    public required LabelList Labels { get; init; }

    /// <summary>Ending of images and label maps, with its dot: ".png", ".nii.gz".</summary>
    public required string FileEnding { get; init; }

    /// <summary>Training cases, as the file says; null where it does not.</summary>
    public int? TrainingCases { get; init; }

    /// <summary>Order in which regions are painted over each other; null where there are none.</summary>
    public IReadOnlyList<int>? RegionsClassOrder { get; init; }

    /// <summary>Files of every case, where the file names them itself; null where they follow from the folders.</summary>
    public IReadOnlyList<Case>? ExplicitCases { get; init; }

    /// <summary>Reads <c>dataset.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">Missing, no JSON, or a key that is missing or of the wrong kind.</exception>
    public static DataSetDescription Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(
                File.ReadAllBytes(path),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Parse(json.RootElement, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message.TrimEnd('.')}", null, e);
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is not JSON: {e.Message.TrimEnd('.')}", "mend it in an editor, or import the data set again with segsharp data import", e);
        }
        catch (InputException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InputException($"'{path}': {e.Message}", e.Fix, e);
        }
    }

    /// <summary>The JSON text of the file.</summary>
    /// <param name="trainingCases">How many training cases there are.</param>
    public string ToJson(int trainingCases)
    {
        var labels = new JsonObject();
        foreach (var entry in Labels.Entries)
        {
            labels[entry.Name] = entry.Labels.Count == 1
                ? entry.Labels[0]
                : new JsonArray([.. entry.Labels.Select(l => (JsonNode)JsonValue.Create((int)l))]);
        }

        if (Labels.Ignore is { } ignore)
        {
            labels["ignore"] = ignore;
        }

        var json = new JsonObject
        {
            ["channel_names"] = new JsonObject(ChannelNames.Select((n, i) => KeyValuePair.Create($"{i}", (JsonNode?)n))),
            ["labels"] = labels,
            ["numTraining"] = trainingCases,
            ["file_ending"] = FileEnding,
        };
        if (RegionsClassOrder is { } order)
        {
            json["regions_class_order"] = new JsonArray([.. order.Select(o => (JsonNode)JsonValue.Create(o))]);
        }

        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    /// <summary>What the <c>dataset.json</c> of nnU-Net v1 or of the Medical Segmentation Decathlon says, which has no ending (.nii.gz) and lists its cases otherwise.</summary>
    internal static DataSetDescription ReadDecathlon(JsonElement root, string path) =>
        Parse(root, path, ending: ".nii.gz") with { TrainingCases = null, ExplicitCases = null };

    private static DataSetDescription Parse(JsonElement root, string path, string? ending = null)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InputException($"'{path}' holds a JSON {root.ValueKind}, expected an object", null);
        }

        // nnU-Net v1 and the Medical Segmentation Decathlon call it "modality".
        var channels = root.TryGetProperty("channel_names", out var names) ? names : Required(root, "modality", "channel_names", path);
        JsonElement? written = root.TryGetProperty("file_ending", out _) || ending is null ? Required(root, "file_ending", "file_ending", path) : null;
        var count = root.TryGetProperty("numTraining", out var n) && n.ValueKind == JsonValueKind.Number && n.TryGetInt32(out var c) ? c : (int?)null;
        return new DataSetDescription
        {
            ChannelNames = Channels(channels, path),
            Labels = ReadLabels(Required(root, "labels", "labels", path), path),
            FileEnding = written is null ? ending!
                : written is { ValueKind: JsonValueKind.String } && written.Value.GetString() is { Length: > 1 } text && text[0] == '.'
                ? text
                : throw Wrong(path, "file_ending", written.Value, "an ending with its dot such as \".png\""),
            TrainingCases = count,
            RegionsClassOrder = root.TryGetProperty("regions_class_order", out var order) ? [.. Integers(order, path, "regions_class_order")] : null,
            ExplicitCases = root.TryGetProperty("dataset", out var cases) && cases.ValueKind == JsonValueKind.Object ? Cases(cases, path) : null,
        };
    }

    private static string[] Channels(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.EnumerateObject().Any())
        {
            throw Wrong(path, "channel_names", json, "an object such as {\"0\": \"CT\"}");
        }

        return [.. json.EnumerateObject()
            .OrderBy(p => int.TryParse(p.Name, out var i) ? i : throw Wrong(path, "channel_names", json, "numbers from 0 as keys"))
            .Select(p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString()! : p.Value.GetRawText())];
    }

    private static LabelList ReadLabels(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path, "labels", json, "an object such as {\"background\": 0, \"membrane\": 1}");
        }

        var entries = new List<NamedLabel>();
        ushort? ignore = null;
        foreach (var property in json.EnumerateObject())
        {
            // v1 wrote {"0": "background"}.
            var (name, value) = property.Value.ValueKind == JsonValueKind.String && ushort.TryParse(property.Name, out var old)
                ? (property.Value.GetString()!, new[] { (int)old })
                : (property.Name, [.. Integers(property.Value, path, $"labels.{property.Name}")]);
            var labels = value.Select(v => v is >= 0 and <= ushort.MaxValue
                ? (ushort)v
                : throw Wrong(path, $"labels.{property.Name}", property.Value, "whole numbers from 0 to 65535")).ToArray();
            if (name == "ignore")
            {
                ignore = labels[0];
            }
            else
            {
                entries.Add(new(name, labels));
            }
        }

        // Regions keep the file's order, which regions_class_order goes by.
        return new LabelList([.. entries.Exists(e => e.Labels.Count > 1) ? entries.OrderBy(e => e.Labels is not [0]) : entries.OrderBy(e => e.Labels[0])], ignore);
    }

    private static List<int> Integers(JsonElement json, string path, string key)
    {
        var values = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : new List<JsonElement> { json };
        return values.Count > 0 && values.TrueForAll(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out _))
            ? [.. values.Select(v => v.GetInt32())]
            : throw Wrong(path, key, json, "a whole number or a list of whole numbers");
    }

    private static List<Case> Cases(JsonElement json, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string Full(JsonElement file) => file.ValueKind == JsonValueKind.String
            ? Path.GetFullPath(Environment.ExpandEnvironmentVariables(file.GetString()!), folder)
            : throw Wrong(path, "dataset", file, "a file's path");
        return [.. json.EnumerateObject().Select(c => new Case(
            c.Name,
            c.Value.ValueKind == JsonValueKind.Object && c.Value.TryGetProperty("images", out var images) && images.ValueKind == JsonValueKind.Array
                ? [.. images.EnumerateArray().Select(Full)]
                : throw Wrong(path, $"dataset.{c.Name}", c.Value, "{\"images\": [files], \"label\": file}"),
            c.Value.TryGetProperty("label", out var label) ? Full(label) : null)).OrderBy(c => c.Id, StringComparer.Ordinal)];
    }

    private static JsonElement Required(JsonElement root, string key, string shown, string path) =>
        root.TryGetProperty(key, out var value)
            ? value
            : throw new InputException($"'{path}' has no key '{shown}'", $"add \"{shown}\" as nnU-Net v2 describes it, or import the data set again with segsharp data import");

    private static InputException Wrong(string path, string key, JsonElement found, string expected)
    {
        var text = found.GetRawText().ReplaceLineEndings(" ");
        return new InputException($"'{path}': key '{key}' is {(text.Length > 60 ? text[..60] + "…" : text)}, expected {expected}", null);
    }
}

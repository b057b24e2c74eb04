using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SegSharp;

/// <summary>Thresholds for prediction: one for all classes, or one for each by name.</summary>
/// <param name="Common">For every class that has none of its own; null = the recipe's.</param>
/// <param name="Own">By the name of the label or region; null = none.</param>
public sealed record AskedThresholds(double? Common, IReadOnlyDictionary<string, double>? Own);

/// <summary>Thresholds that were found on cases whose truth is known, as a small JSON file that a prediction reads.</summary>
public static class ThresholdFile
{
    /// <summary>The file's name in a run folder, where <c>--threshold auto</c> looks for it.</summary>
    public const string FileName = "thresholds.json";

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="thresholds">By the name of the label or region, each in (0, 1).</param>
    /// <param name="about">How they were found.</param>
    public static void Write(string path, IReadOnlyDictionary<string, double> thresholds, string about)
    {
        var json = new JsonObject
        {
            ["thresholds"] = new JsonObject(thresholds.Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
            ["about"] = about,
        };
        AtomicFile.WriteText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>The refusal of thresholds where the greatest probability wins.</summary>
    /// <param name="what">"a threshold was given".</param>
    /// <param name="labels">How many labels the softmax is over; three or more.</param>
    public static UsageException Meaningless(string what, int labels) => new(
        $"{what}, but this network's head is a softmax over {labels} labels, of which the greatest wins",
        "leave the threshold away, or train with a sigmoid head");

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">Not there, or no such file.</exception>
    public static IReadOnlyDictionary<string, double> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"there are no thresholds '{path}'", $"segsharp evaluate PROBABILITIES TRUTH --search-threshold {path}");
        }

        return OptionsJson.Parse(File.ReadAllText(path), path)["thresholds"] is JsonObject found
            && found.Count > 0 && found.All(t => t.Value is JsonValue v && v.TryGetValue<double>(out var p) && p is > 0 and < 1)
            ? found.ToDictionary(t => t.Key, t => t.Value!.GetValue<double>(), StringComparer.Ordinal)
            : throw new InputException($"'{path}' holds no thresholds", "{\"thresholds\": {\"cell\": 0.4}} is such a file");
    }

    /// <summary>What a command line asks for.</summary>
    /// <param name="text"><c>0.4</c>; <c>cell=0.4,border=0.6</c>; a file; <c>auto</c>: <see cref="FileName"/> in the model's folder. Null = nothing.</param>
    /// <param name="model">A run folder or a checkpoint in one.</param>
    /// <exception cref="UsageException">None of these.</exception>
    public static AskedThresholds? Asked(string? text, string model)
    {
        if (text is null)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var common))
        {
            return new(common, null);
        }

        if (text == "auto" || text.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return new(null, Read(text == "auto" ? Path.Combine(Directory.Exists(model) ? model : Path.GetDirectoryName(model) ?? "", FileName) : text));
        }

        var own = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.LastIndexOf('=') is not (> 0 and var at) || !double.TryParse(part[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var p) || !own.TryAdd(part[..at], p))
            {
                throw new UsageException($"threshold '{text}' is neither a number, nor NAME=NUMBER for each label, nor a file that ends in .json, nor auto", "--threshold 0.4, or --threshold cell=0.4,border=0.6");
            }
        }

        return new(null, own);
    }
}

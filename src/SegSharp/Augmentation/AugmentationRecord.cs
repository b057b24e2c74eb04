using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Foundation;

namespace SegSharp.Augmentation;

/// <summary>What was drawn for one sample.</summary>
/// <param name="Sample">Its name.</param>
/// <param name="Drawn">In the order of application.</param>
public sealed record DrawnSample(string Sample, IReadOnlyList<Drawn> Drawn);

/// <summary>What was drawn for each sample, kept in a file: with it the same bits come out again, whatever becomes of the code that draws.</summary>
/// <param name="Seed">The seed that it was drawn from.</param>
/// <param name="Samples">In order.</param>
public sealed record AugmentationRecord(long Seed, IReadOnlyList<DrawnSample> Samples)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes it as JSON.</summary>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(
        path,
        new JsonObject
        {
            ["seed"] = Seed,
            ["samples"] = new JsonArray([.. Samples.Select(s => (JsonNode)new JsonObject
            {
                ["sample"] = s.Sample,
                ["drawn"] = new JsonArray([.. s.Drawn.Select(d => (JsonNode)DrawnJson.Write(d))]),
            })]),
        }.ToJsonString(Indented) + "\n");

    /// <summary>Reads one.</summary>
    /// <exception cref="InputException">Not there, not JSON, or steps that this SegSharp does not know.</exception>
    public static AugmentationRecord Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{path}': {e.Message.TrimEnd('.')}", "name a file that augment --record wrote", e);
        }

        var json = JsonInput.Parse(text, path);
        if (json["samples"] is not JsonArray samples || json["seed"] is not JsonValue seed || seed.GetValueKind() != JsonValueKind.Number
            || !samples.All(s => s is JsonObject o && o["sample"] is JsonValue && o["drawn"] is JsonArray))
        {
            throw new InputException($"'{path}' is no record of augmentations: it needs seed and samples, each with sample and drawn", "use a file that augment --record wrote");
        }

        return new AugmentationRecord(seed.TryGetValue<long>(out var root) ? root : throw new InputException($"'{path}' is no record of augmentations: its seed is {seed.ToJsonString()}, no whole number", "use a file that augment --record wrote"), [.. samples.Select(s =>
            new DrawnSample(s!["sample"]!.ToString(), [.. s["drawn"]!.AsArray().Select(d => DrawnJson.Read(d, path))]))]);
    }
}

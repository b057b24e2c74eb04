using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Augmentation;

namespace SegSharp.Figures.Augmentation;

/// <summary>What was drawn, in words that fit beside a picture.</summary>
public static class DrawnText
{
    // How the image is read and what noise was seeded with says nothing to the eye.
    private static readonly string[] Unseen = ["step", "interpolation", "outside", "curve", "seed", "holes"];

    /// <summary>The step's name: "low resolution"; of steps by channel that of the channels' own.</summary>
    public static string NameOf(Drawn drawn) => drawn is ByChannel { Steps: var steps }
        ? $"{NameOf(steps.First(s => s is not null)!)}{(steps.Length == 1 ? "" : " by channel")}"
        : Words(DrawnJson.NameOf(drawn));

    /// <summary>Its parameters, one a line: "degrees 12.3", "about y −4"; what changes nothing is left out.</summary>
    public static IReadOnlyList<string> Of(Drawn drawn) =>
        drawn is ByChannel { Steps: [{ } only] } ? Of(only) : [.. Lines(DrawnJson.Write(drawn))];

    private static IEnumerable<string> Lines(JsonObject step)
    {
        if (step["steps"] is JsonArray channels)
        {
            for (var c = 0; c < channels.Count; c++)
            {
                yield return channels[c] is JsonObject own
                    ? $"channel {c}: {string.Join(", ", Lines(own))}"
                    : $"channel {c}: as it was";
            }

            yield break;
        }

        foreach (var (key, node) in step)
        {
            // No turn, no shift; a third axis that stays as it is.
            if (Value(node) is 0 && node is JsonValue n && n.GetValueKind() == JsonValueKind.Number && step.Count > 2 || (key == "z" && Value(node) == 1))
            {
                continue;
            }

            if (key == "holes" && node is JsonArray holes)
            {
                foreach (var hole in holes.OfType<JsonObject>())
                {
                    yield return $"{Number(hole["width"])} × {Number(hole["height"])}{(Value(hole["depth"]) > 1 ? $" × {Number(hole["depth"])}" : "")} at {Number(hole["x"])}, {Number(hole["y"])}{(Value(hole["depth"]) > 1 ? $", {Number(hole["z"])}" : "")}";
                }
            }
            else if (node is JsonObject grid && grid["columns"] is not null)
            {
                yield return $"{Number(grid["columns"])} × {Number(grid["rows"])}{(Value(grid["planes"]) > 1 ? $" × {Number(grid["planes"])}" : "")} nodes, {Number(grid["spacing"])} apart";
                yield return $"each moved by up to {Most(grid["x"], grid["y"], grid["z"])} voxels";
            }
            else if (!Unseen.Contains(key) && Text(key, node) is { } text)
            {
                yield return text;
            }
        }
    }

    private static string? Text(string key, JsonNode? node) => node switch
    {
        JsonValue v when v.GetValueKind() == JsonValueKind.True => Words(key),
        JsonValue v when v.GetValueKind() == JsonValueKind.Number => $"{Words(key)} {Number(v)}",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => $"{Words(key)} {Words(v.GetValue<string>())}",
        JsonArray { Count: <= 6 } few when few.All(n => n is JsonValue) => $"{Words(key)} {string.Join(", ", few.Select(Number))}",
        JsonArray many when many.All(n => n is JsonValue) => $"{Words(key)}: {many.Count} numbers up to {Most(many)}",
        _ => null,
    };

    private static double Value(JsonNode? node) => node is JsonValue v && v.GetValueKind() == JsonValueKind.Number ? v.GetValue<double>() : 0;

    private static string Most(params JsonNode?[] arrays) =>
        Short(arrays.OfType<JsonArray>().SelectMany(a => a).Select(n => Math.Abs(Value(n))).DefaultIfEmpty().Max());

    private static string Number(JsonNode? node) => node is JsonValue v && v.GetValueKind() == JsonValueKind.Number ? Short(Value(v)) : node?.ToString() ?? "";

    private static string Short(double value) =>
        (Math.Abs(value) >= 1000 ? value.ToString("0", CultureInfo.InvariantCulture) : value.ToString(Math.Abs(value) >= 10 ? "0.#" : Math.Abs(value) >= 1 ? "0.##" : "0.###", CultureInfo.InvariantCulture)).Replace('-', '−');

    private static string Words(string camel)
    {
        var words = new StringBuilder(camel.Length + 4);
        foreach (var c in camel)
        {
            words.Append(char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c);
        }

        return words.ToString();
    }
}

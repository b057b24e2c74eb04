using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SegSharp;

/// <summary>Lays <c>key=value</c> settings over a recipe that is written out as JSON: <c>network.base=16</c>, <c>training.patchSize=128x128</c>.</summary>
/// <remarks>
/// The recipe must be resolved, with every default written out: a key that is not in it does not exist. Items of a list have
/// their position as key: <c>augmentation.0.probability=0.5</c>.
/// </remarks>
public static class RecipeOverrides
{
    /// <summary>A copy of the recipe with the settings applied in order, the last one for a key winning.</summary>
    /// <param name="recipe">The resolved recipe. Not changed.</param>
    /// <param name="settings">
    /// Each is <c>key=value</c>. A value is a number, <c>true</c>, <c>false</c>, <c>null</c>, a list <c>[2,2]</c>, a JSON object,
    /// or else a text; texts need no quotes, and sizes such as <c>128x128</c> stay texts.
    /// </param>
    /// <exception cref="UsageException">No <c>=</c>; an unknown key (the message lists the keys, nearest first); a value of another kind than the key holds.</exception>
    public static JsonObject Apply(JsonObject recipe, IEnumerable<string> settings)
    {
        var result = (JsonObject)recipe.DeepClone();
        foreach (var setting in settings)
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"setting '{setting}' has no value; it must be key=value", "--set network.base=16");
            }

            Set(result, setting[..equals].Trim(), setting[(equals + 1)..].Trim());
        }

        return result;
    }

    /// <summary>Every key that can be set, in the order of the recipe: <c>network.base</c>, <c>training.epochs</c>, …</summary>
    public static IEnumerable<string> KeysOf(JsonNode recipe) => Keys(recipe, "");

    private static void Set(JsonObject recipe, string key, string text)
    {
        JsonNode? at = recipe;
        var path = key.Split('.');
        foreach (var name in path[..^1])
        {
            at = Child(at, name)?.Node;
        }

        if (Child(at, path[^1]) is not { } found)
        {
            throw UsageException.Unknown("key", key, KeysOf(recipe));
        }

        var value = Convert(key, text, found.Node);
        switch (at)
        {
            case JsonObject parent:
                parent[found.Name] = value;
                break;
            case JsonArray parent:
                parent[int.Parse(found.Name, CultureInfo.InvariantCulture)] = value;
                break;
        }
    }

    // Keys are found without regard to case; what is written back has the recipe's own spelling.
    private static (string Name, JsonNode? Node)? Child(JsonNode? parent, string name)
    {
        switch (parent)
        {
            case JsonObject o:
                foreach (var (key, node) in o)
                {
                    if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                    {
                        return (key, node);
                    }
                }

                return null;
            case JsonArray list when uint.TryParse(name, CultureInfo.InvariantCulture, out var index) && index < list.Count:
                return (name, list[(int)index]);
            default:
                return null;
        }
    }

    private static IEnumerable<string> Keys(JsonNode? node, string before)
    {
        IEnumerable<(string Name, JsonNode? Node)> children = node switch
        {
            JsonObject o => o.Select(p => (p.Key, p.Value)),
            JsonArray list when list.Any(item => item is JsonObject) => list.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
            _ => [],
        };
        foreach (var (name, child) in children)
        {
            var key = before.Length == 0 ? name : $"{before}.{name}";
            var below = Keys(child, key).ToList();
            foreach (var found in below.Count > 0 ? below : [key])
            {
                yield return found;
            }
        }
    }

    private static JsonNode? Convert(string key, string text, JsonNode? old)
    {
        var kind = old?.GetValueKind() ?? JsonValueKind.Null;
        var value = Parse(text, keepText: kind == JsonValueKind.String);
        var found = value?.GetValueKind() ?? JsonValueKind.Null;
        var fits = kind switch
        {
            JsonValueKind.True or JsonValueKind.False => found is JsonValueKind.True or JsonValueKind.False,
            JsonValueKind.Number => found is JsonValueKind.Number or JsonValueKind.Null,
            JsonValueKind.Array => found is JsonValueKind.Array or JsonValueKind.Null or JsonValueKind.String,
            JsonValueKind.Object => found is JsonValueKind.Object or JsonValueKind.Null,
            _ => true,
        };
        return fits ? value : throw new UsageException(
            $"{key} is '{text}'; it must be {Expected(kind)}, such as {old!.ToJsonString()}", $"--set {key}={old.ToJsonString()}");
    }

    private static string Expected(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "a list or a size",
        JsonValueKind.Object => "a JSON object",
        _ => "true or false",
    };

    private static JsonNode? Parse(string text, bool keepText)
    {
        if (text == "null")
        {
            return null;
        }

        // A key that holds a text keeps one: fold names and the like may look like numbers.
        if (keepText)
        {
            return JsonValue.Create(text.Length >= 2 && text[0] == '"' && text[^1] == '"' ? text[1..^1] : text);
        }

        if (text is ['[', .. var inside, ']'] && !inside.Contains('{', StringComparison.Ordinal) && !inside.Contains('[', StringComparison.Ordinal))
        {
            var items = inside.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            return new JsonArray([.. items.Select(item => Parse(item, keepText: false))]);
        }

        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}

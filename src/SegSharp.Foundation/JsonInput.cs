using System.Text.Json;
using System.Text.Json.Nodes;

namespace SegSharp.Foundation;

/// <summary>JSON files that people write: comments and trailing commas are allowed, errors name the file and the line.</summary>
public static class JsonInput
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>Reads a text that holds one object.</summary>
    /// <param name="text">The JSON.</param>
    /// <param name="source">The file it comes from, for messages.</param>
    /// <exception cref="InputException">Not JSON, or not an object.</exception>
    public static JsonObject Parse(string text, string source)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Lenient) as JsonObject
                ?? throw new InputException($"'{source}' holds JSON but no object; it must begin with {{");
        }
        catch (JsonException e) when (Repeated(text) is { } key)
        {
            throw new InputException($"'{source}' has the key '{key}' twice in one object", "keep one of them", e);
        }
        catch (JsonException e)
        {
            throw new InputException($"'{source}' is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1} cannot be read", inner: e);
        }
    }

    // The name of the first key that an object has twice; null where there is none, or the text is no JSON at all.
    private static string? Repeated(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Lenient with { AllowDuplicateProperties = true });
            return Repeated(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Repeated(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            return element.EnumerateArray().Select(Repeated).FirstOrDefault(k => k is not null);
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (!seen.Add(property.Name))
            {
                return property.Name;
            }

            if (Repeated(property.Value) is { } below)
            {
                return below;
            }
        }

        return null;
    }
}

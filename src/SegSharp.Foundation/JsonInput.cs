using System.Text.Json;
using System.Text.Json.Nodes;

namespace SegSharp.Foundation;

/// <summary>JSON files that people write: comments and trailing commas are allowed, errors name the file and the line.</summary>
public static class JsonInput
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

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
        catch (JsonException e)
        {
            throw new InputException($"'{source}' is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1} cannot be read", inner: e);
        }
    }
}

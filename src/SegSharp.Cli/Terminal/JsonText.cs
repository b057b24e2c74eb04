using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SegSharp.Cli.Terminal;

/// <summary>JSON as it is printed: indented, with the letters of every language as they are.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the document and a line end.</summary>
    public static void Write(JsonNode document, TextWriter to)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            document.WriteTo(writer);
        }

        to.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        to.Flush();
    }

    /// <summary>A cell or a value of a document. Numbers that JSON does not know (NaN, infinities) become null.</summary>
    public static JsonNode? Of(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        string text => JsonValue.Create(text),
        bool yes => JsonValue.Create(yes),
        int n => JsonValue.Create(n),
        long n => JsonValue.Create(n),
        ulong n => JsonValue.Create(n),
        double x => double.IsFinite(x) ? JsonValue.Create(x) : null,
        float x => float.IsFinite(x) ? JsonValue.Create(x) : null,
        IEnumerable<object?> list => new JsonArray([.. list.Select(Of)]),
        IEnumerable<int> list => new JsonArray([.. list.Select(n => (JsonNode)n)]),
        IEnumerable<long> list => new JsonArray([.. list.Select(n => (JsonNode)n)]),
        IEnumerable<double> list => new JsonArray([.. list.Select(x => Of(x))]),
        _ => JsonValue.Create(value.ToString()),
    };
}

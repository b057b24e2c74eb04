using System.Text.Json.Nodes;

namespace SegSharp.Cli.Terminal;

/// <summary>What a verb has found: values and tables, in order, as text for a person and as one JSON object for a program.</summary>
internal sealed class Document
{
    private readonly List<Part> _parts = [];

    /// <summary>A named value.</summary>
    /// <param name="key">Its key in JSON, camelCase.</param>
    /// <param name="label">Its name in text.</param>
    /// <param name="value">A string, number, boolean or list; null where there is none.</param>
    /// <param name="text">How it is written for a person; by default as <see cref="Table.Text"/> does.</param>
    public Document With(string key, string label, object? value, string? text = null) =>
        Add(new Part(key, JsonText.Of(value), label, text ?? Table.Text(value), null));

    /// <summary>A table.</summary>
    /// <param name="key">Its key in JSON, camelCase.</param>
    /// <param name="table">The table.</param>
    /// <param name="title">A line above it in text, or null.</param>
    public Document With(string key, Table table, string? title = null) => Add(new Part(key, table.ToJson(), title, null, table));

    /// <summary>A table that only people want; programs get its numbers under another key.</summary>
    public Document WithView(Table table, string? title = null) => Add(new Part(null, null, title, null, table));

    /// <summary>A value that only programs want.</summary>
    public Document WithData(string key, JsonNode? value) => Add(new Part(key, value, null, null, null));

    /// <summary>A paragraph that only people want.</summary>
    public Document WithText(string paragraph) => Add(new Part(null, null, null, paragraph, null));

    /// <summary>One object with every named part.</summary>
    public JsonObject ToJson() =>
        new(_parts.Where(p => p.Key is not null).Select(p => KeyValuePair.Create(p.Key!, p.Data?.DeepClone())));

    /// <summary>Values as aligned lines, tables and paragraphs with an empty line between.</summary>
    public void WriteText(TextWriter to, Ink ink)
    {
        var width = _parts.Where(p => p is { Label: not null, Table: null }).Select(p => p.Label!.Length).DefaultIfEmpty().Max();
        var first = true;
        Part? before = null;
        foreach (var part in _parts.Where(p => p.Text is not null || p.Table is not null))
        {
            var isValue = part is { Label: not null, Table: null };
            if (!first && !(isValue && before is { Label: not null, Table: null }))
            {
                to.WriteLine();
            }

            if (isValue)
            {
                to.WriteLine($"{ink.Bold(part.Label!.PadRight(width))}  {part.Text}");
            }
            else if (part.Table is { } table)
            {
                WriteTable(table, part.Label, to, ink);
            }
            else
            {
                to.WriteLine(part.Text);
            }

            (first, before) = (false, part);
        }
    }

    private static void WriteTable(Table table, string? title, TextWriter to, Ink ink)
    {
        if (title is not null)
        {
            to.WriteLine(ink.Bold(title));
        }

        table.WriteText(to, ink);
    }

    private Document Add(Part part)
    {
        _parts.Add(part);
        return this;
    }

    private sealed record Part(string? Key, JsonNode? Data, string? Label, string? Text, Table? Table);
}

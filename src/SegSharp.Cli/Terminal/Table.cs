using System.Globalization;
using System.Text.Json.Nodes;

namespace SegSharp.Cli.Terminal;

/// <summary>A column: its key in JSON, its title in text, and how numbers are written in text.</summary>
/// <param name="Key">camelCase.</param>
/// <param name="Title">With the unit where there is one.</param>
/// <param name="Format">A .NET number format such as <c>0.000</c>; JSON always has all digits.</param>
internal sealed record Column(string Key, string Title, string? Format = null);

/// <summary>Rows and columns, as aligned text for a person and as JSON for a program.</summary>
/// <param name="columns">From left to right.</param>
internal sealed class Table(params Column[] columns)
{
    private readonly List<object?[]> _rows = [];

    public int Count => _rows.Count;

    /// <summary>Adds a row: strings, numbers, booleans, lists; null where there is none (a dash in text).</summary>
    public Table Add(params object?[] cells)
    {
        if (cells.Length != columns.Length)
        {
            throw new ArgumentException($"a row of {cells.Length} cells for {columns.Length} columns", nameof(cells));
        }

        _rows.Add(cells);
        return this;
    }

    /// <summary>An array with one object per row.</summary>
    public JsonArray ToJson() =>
        new([.. _rows.Select(row => (JsonNode)new JsonObject(columns.Select((c, i) => KeyValuePair.Create(c.Key, JsonText.Of(row[i])))))]);

    /// <summary>Aligned text: numbers to the right, everything else to the left, two spaces between.</summary>
    public void WriteText(TextWriter to, Ink ink)
    {
        var cells = _rows.Select(row => row.Select((cell, i) => Text(cell, columns[i].Format)).ToArray()).ToList();
        var widths = columns.Select((c, i) => cells.Select(r => r[i].Length).Append(c.Title.Length).Max()).ToArray();
        var toRight = columns.Select((_, i) => _rows.Count > 0 && _rows.All(r => r[i] is null || IsNumber(r[i]))).ToArray();

        to.WriteLine(ink.Bold(Line(columns.Select(c => c.Title).ToArray())));
        foreach (var row in cells)
        {
            to.WriteLine(Line(row));
        }

        string Line(string[] row) =>
            string.Join("  ", row.Select((cell, i) => toRight[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd();
    }

    /// <summary>A value as a person reads it.</summary>
    public static string Text(object? value, string? format = null) => value switch
    {
        null => "–",
        string text => text.ReplaceLineEndings(" "),
        bool yes => yes ? "yes" : "no",
        double x when format is null => x.ToString("0.####", CultureInfo.InvariantCulture),
        float x when format is null => x.ToString("0.####", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(format, CultureInfo.InvariantCulture),
        System.Collections.IEnumerable list => string.Join(' ', list.Cast<object?>().Select(item => Text(item, format))),
        _ => value.ToString() ?? "–",
    };

    private static bool IsNumber(object? cell) => cell is int or long or double or float or ulong;
}

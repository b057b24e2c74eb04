using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SegSharp.Figures.Drawing;
using SegSharp.Foundation;

namespace SegSharp.Figures.Reports;

/// <summary>One HTML file that needs no other: style, script, figures and pictures lie inside it, and its policy forbids the browser to fetch anything.</summary>
/// <remarks>It follows the reader's light or dark mode, prints, and reads without its script, which only shows values under the pointer.</remarks>
public static class Report
{
    private const int LongTable = 24;

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <exception cref="SegSharpException">The file cannot be written, or Cairo is missing.</exception>
    public static void Write(string path, ReportContent content) => AtomicFile.WriteText(path, ToHtml(content));

    /// <summary>The page as text; well-formed XML too.</summary>
    public static string ToHtml(ReportContent content)
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(ReportPage.Script)));
        var page = new StringBuilder();
        page.Append($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>{Text(content.Title)}</title>
            <style>{ReportPage.Style}</style>
            </head>
            <body>
            <header><h1>{Text(content.Title)}</h1>{Paragraph(content.Subtitle, "subtitle")}</header>

            """);
        Contents(page, content);
        page.Append("<main>\n");
        for (var i = 0; i < content.Sections.Count; i++)
        {
            Section(page, content.Sections[i], i);
        }

        page.Append($"</main>\n<footer>{Text(content.Footer ?? "")}</footer>\n<div id=\"tip\" hidden=\"hidden\"></div>\n<script>{ReportPage.Script}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void Contents(StringBuilder page, ReportContent content)
    {
        var titled = content.Sections.Select((s, i) => (s.Title, i)).Where(s => s.Title is not null).ToList();
        if (titled.Count > 2)
        {
            page.Append("<nav>");
            foreach (var (title, i) in titled)
            {
                page.Append($"<a href=\"#s{i}\">{Text(title!)}</a> ");
            }

            page.Append("</nav>\n");
        }
    }

    private static void Section(StringBuilder page, ReportSection section, int index)
    {
        page.Append($"<section id=\"s{index}\"{(section.Title is null ? " class=\"joined\"" : "")}>\n");
        page.Append(section.Title is null ? "" : $"<h2>{Text(section.Title)}</h2>\n").Append(Paragraph(section.Text));
        switch (section)
        {
            case HeadlineSection s:
                Headlines(page, s);
                break;
            case FactsSection s:
                page.Append("<dl>").AppendJoin("", s.Facts.Select(f => $"<dt>{Text(f.Name)}</dt><dd>{Text(f.Value)}</dd>")).Append("</dl>\n");
                break;
            case ScoreSection s:
                Scores(page, s);
                break;
            case TableSection s:
                Table(page, s.Columns, [.. s.Rows.Select(r => (r.Select(c => (Text(c), "")).ToArray(), false))], numbersFrom: s.Columns.Count);
                break;
            case FigureSection s:
                Figure(page, s, index);
                break;
            case NotesSection s:
                page.Append("<ul class=\"notes\">").AppendJoin("", s.Notes.Select(n => $"<li>{Text(n)}</li>")).Append("</ul>\n");
                break;
        }

        page.Append("</section>\n");
    }

    private static void Figure(StringBuilder page, FigureSection section, int index)
    {
        var caption = section.Caption is null ? "" : $"<figcaption>{Text(section.Caption)}</figcaption>";
        if (section.Alternative is not { } other)
        {
            page.Append($"<figure><div class=\"scroll\">{section.Figure.ToSvg($"f{index}-")}</div>{caption}</figure>\n");
            return;
        }

        page.Append($"<figure class=\"switch\"><input type=\"checkbox\" id=\"w{index}\"/><label for=\"w{index}\">{Text(other.Name)}</label>");
        page.Append($"<div class=\"scroll plain\">{section.Figure.ToSvg($"f{index}-")}</div><div class=\"scroll other\">{other.Figure.ToSvg($"f{index}b-")}</div>{caption}</figure>\n");
    }

    private static void Headlines(StringBuilder page, HeadlineSection section)
    {
        page.Append("<div class=\"headlines\">");
        foreach (var number in section.Numbers)
        {
            page.Append($"<div><span class=\"name\">{Text(number.Name)}</span><span class=\"value\">{Text(number.Value)}</span>");
            page.Append(number.Note is null ? "</div>" : $"<span class=\"note\">{Text(number.Note)}</span></div>");
        }

        page.Append("</div>\n");
    }

    private static void Scores(StringBuilder page, ScoreSection section)
    {
        foreach (var row in section.Rows.Where(r => r.Values.Count != section.Columns.Count))
        {
            throw new ArgumentException($"row '{row.Name}' has {row.Values.Count} scores for {section.Columns.Count} columns");
        }

        var best = Enumerable.Range(0, section.Columns.Count).Select(c => Best(section, c)).ToArray();
        var rows = section.Rows.Select(r => (
            r.Values.Select((v, c) => (Number(v, section.Decimals), v is not null && v == best[c] ? "best" : "")).Prepend((Text(r.Name), "")).ToArray(),
            r.IsSummary)).ToList();
        page.Append($"<p class=\"grid\">All numbers here were measured at {Text(section.Grid)}.</p>\n");
        Table(page, [section.RowName, .. section.Columns], rows, numbersFrom: 1);
        if (section.Rows.Any(r => r.Values.Any(v => v is null)))
        {
            page.Append("<p class=\"small\">– : undefined; it counts in no mean.</p>\n");
        }

        page.Append(Paragraph(section.EmptyRule is null ? null : $"Empty masks: {section.EmptyRule}", "small"));
        page.Append(Paragraph(section.ExplainsPooling ? Sentence(Metrics.Scores.Explanation) : null, "small"));
    }

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}.";

    private static double? Best(ScoreSection section, int column)
    {
        var values = section.Rows.Where(r => !r.IsSummary && r.Values[column] is not null).Select(r => r.Values[column]!.Value).ToList();
        return section.MoreIsBetter is not { } more || values.Count < 2
            ? null
            : more(section.Columns[column]) ? values.Max() : values.Min();
    }

    private static void Table(
        StringBuilder page, IReadOnlyList<string> columns, IReadOnlyList<((string Html, string Class)[] Cells, bool IsSummary)> rows, int numbersFrom)
    {
        var isLong = rows.Count > LongTable;
        page.Append(isLong ? $"<details><summary>{rows.Count} rows</summary>" : "").Append("<div class=\"scroll\"><table><thead><tr>");
        for (var c = 0; c < columns.Count; c++)
        {
            page.Append($"<th{(c >= numbersFrom ? " class=\"number\"" : "")}>{Text(columns[c])}</th>");
        }

        page.Append("</tr></thead><tbody>\n");
        foreach (var (cells, isSummary) in isLong ? rows.Where(r => !r.IsSummary) : rows)
        {
            Row(page, cells, isSummary, numbersFrom);
        }

        page.Append("</tbody></table></div>").Append(isLong ? "</details>" : "").Append('\n');
        if (isLong && rows.Any(r => r.IsSummary))
        {
            Table(page, columns, [.. rows.Where(r => r.IsSummary)], numbersFrom);   // what matters is not folded away
        }
    }

    private static void Row(StringBuilder page, (string Html, string Class)[] cells, bool isSummary, int numbersFrom)
    {
        page.Append(isSummary ? "<tr class=\"summary\">" : "<tr>");
        for (var c = 0; c < cells.Length; c++)
        {
            var classes = $"{(c >= numbersFrom ? "number " : "")}{cells[c].Class}".Trim();
            page.Append($"<td{(classes.Length > 0 ? $" class=\"{classes}\"" : "")}>{cells[c].Html}</td>");
        }

        page.Append("</tr>\n");
    }

    private static string Number(double? value, int decimals) => value is { } v ? v.ToString("F" + decimals, CultureInfo.InvariantCulture) : "–";

    private static string Paragraph(string? text, string? cssClass = null) =>
        text is null ? "" : $"<p{(cssClass is null ? "" : $" class=\"{cssClass}\"")}>{Text(text)}</p>\n";

    private static string Text(string text) => SvgCanvas.Escape(Canvas.Clean(text));
}

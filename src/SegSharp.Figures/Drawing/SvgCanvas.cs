using System.Globalization;
using System.Text;

namespace SegSharp.Figures.Drawing;

/// <summary>A sheet of SVG. Texts stay texts (they can be searched, read aloud and selected), pictures are embedded as PNG.</summary>
/// <remarks>
/// Written here and not by Cairo, which turns letters into outlines and gives every drawing the same ids, so that two of them in one page mix up.
/// Colours of the page (<see cref="Palette.Ink"/> and its like) also carry a class, so that a page in dark mode can change them.
/// </remarks>
internal sealed class SvgCanvas(double width, double height, string idPrefix = "") : Canvas(width, height)
{
    private static readonly Dictionary<Colour, string> _classes = new()
    {
        [Palette.Ink] = "ink",
        [Palette.Muted] = "muted",
        [Palette.Grid] = "grid",
        [Palette.Paper] = "paper",
    };

    private readonly StringBuilder _body = new();
    private int _clips;

    /// <summary>The document; inside a page it needs no XML declaration.</summary>
    public string ToSvg(string description)
    {
        var size = $"width=\"{N(Width)}\" height=\"{N(Height)}\" viewBox=\"0 0 {N(Width)} {N(Height)}\"";
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{Escape(Clean(description))}" font-family="'DejaVu Sans', Verdana, sans-serif" stroke-linecap="round" stroke-linejoin="round">
            {_body}</svg>

            """;
    }

    public override void Polyline(ReadOnlySpan<(double X, double Y)> points, Stroke stroke) =>
        _body.Append($"<polyline points=\"{Points(points)}\" fill=\"none\"{Line(stroke)}/>\n");

    public override void Polygon(ReadOnlySpan<(double X, double Y)> points, Colour fill) =>
        _body.Append($"<polygon points=\"{Points(points)}\"{Paint(fill, null)}/>\n");

    public override void Rectangle(Box box, Colour? fill, Stroke? stroke = null) =>
        _body.Append($"<rect{Place(box)}{Paint(fill, stroke)}/>\n");

    public override void Circle(double x, double y, double radius, Colour? fill, Stroke? stroke = null) =>
        _body.Append($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"{Paint(fill, stroke)}/>\n");

    public override void Image(Box box, Picture picture)
    {
        var sharp = box.Width >= 0.75 * picture.Width ? " style=\"image-rendering:pixelated\"" : "";
        _body.Append($"<image{Place(box)} preserveAspectRatio=\"none\"{sharp} href=\"{picture.ToDataUri()}\"/>\n");
    }

    public override void BeginClip(Box box)
    {
        var id = $"{idPrefix}clip{++_clips}";
        _body.Append($"<clipPath id=\"{id}\"><rect{Place(box)}/></clipPath><g clip-path=\"url(#{id})\">\n");
    }

    public override void EndClip() => _body.Append("</g>\n");

    public override void BeginGroup(string? title, IReadOnlyList<(string Name, string Value)>? data = null)
    {
        _body.Append("<g");
        foreach (var (name, value) in data ?? [])
        {
            _body.Append($" data-{name}=\"{Escape(Clean(value))}\"");
        }

        _body.Append(title is null ? ">\n" : $"><title>{Escape(Clean(title))}</title>\n");
    }

    public override void EndGroup() => _body.Append("</g>\n");

    private protected override void DrawText(double x, double y, string text, TextStyle style, Anchor anchor, bool turned)
    {
        var at = turned ? $" transform=\"translate({N(x)} {N(y)}) rotate(-90)\"" : $" x=\"{N(x)}\" y=\"{N(y)}\"";
        var end = anchor switch { Anchor.Start => "", Anchor.Middle => " text-anchor=\"middle\"", _ => " text-anchor=\"end\"" };
        var bold = style.Bold ? " font-weight=\"bold\"" : "";

        // With another font in place of DejaVu Sans the text still takes the room that was measured for it.
        var room = text.Length > 1 ? $" textLength=\"{N(Measure(text, style))}\" lengthAdjust=\"spacingAndGlyphs\"" : "";
        _body.Append($"<text{at}{end} font-size=\"{N(style.Size)}\"{bold}{room}{Paint(style.Colour, null)}>{Escape(text)}</text>\n");
    }

    /// <summary>Text as it may stand in XML, in an element or an attribute.</summary>
    internal static string Escape(string text) =>
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;").Replace("'", "&#39;");

    private static string Place(Box b) => $" x=\"{N(b.X)}\" y=\"{N(b.Y)}\" width=\"{N(b.Width)}\" height=\"{N(b.Height)}\"";

    private static string Paint(Colour? fill, Stroke? stroke)
    {
        var inside = fill is { } c
            ? $" fill=\"{c.Html}\"{(c.A < 255 ? $" fill-opacity=\"{N(c.A / 255.0)}\"" : "")}"
            : " fill=\"none\"";
        var page = fill is { } f && _classes.TryGetValue(f, out var name) ? $" class=\"f-{name}\"" : "";
        return stroke is { } line ? $"{inside}{Line(line, page)}" : page + inside;
    }

    private static string Line(Stroke stroke, string page = "")
    {
        if (_classes.TryGetValue(stroke.Colour, out var name))
        {
            page = page.Length == 0 ? $" class=\"s-{name}\"" : page.Replace("\"f-", $"\"s-{name} f-");
        }

        var faded = stroke.Colour.A < 255 ? $" stroke-opacity=\"{N(stroke.Colour.A / 255.0)}\"" : "";
        var dash = stroke.Dash > 0 ? $" stroke-dasharray=\"{N(stroke.Dash)}\"" : "";
        return $"{page} stroke=\"{stroke.Colour.Html}\"{faded} stroke-width=\"{N(stroke.Width)}\"{dash}";
    }

    private static string Points(ReadOnlySpan<(double X, double Y)> points)
    {
        var text = new StringBuilder();
        foreach (var (x, y) in points)
        {
            text.Append(text.Length == 0 ? "" : " ").Append(N(x)).Append(',').Append(N(y));
        }

        return text.ToString();
    }

    private static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);
}

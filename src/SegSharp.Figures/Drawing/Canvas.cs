using System.Runtime.InteropServices;
using System.Text;

namespace SegSharp.Figures.Drawing;

/// <summary>A sheet to draw on: pixels or PDF through Cairo, or SVG. The same calls give the same picture on each.</summary>
/// <remarks>Units are 1/96 inch, x to the right and y down. Texts are measured with Cairo for every kind of sheet, so that all share one layout.</remarks>
public abstract class Canvas
{
    private protected Canvas(double width, double height)
    {
        Width = width;
        Height = height;
    }

    /// <summary>The version of the Cairo library that draws: "1.16.0".</summary>
    /// <exception cref="Foundation.SegSharpException">Cairo is not installed.</exception>
    public static string CairoVersion => Marshal.PtrToStringUTF8(Cairo.VersionString()) ?? "unknown";

    /// <summary>Throws, with the fix, when the figures cannot be drawn on this machine.</summary>
    /// <exception cref="Foundation.SegSharpException">Cairo or its font is not installed.</exception>
    public static void RequireInstalled() => CairoCanvas.RequireFont();

    /// <summary>Units from left to right.</summary>
    public double Width { get; }

    /// <summary>Units from top to bottom.</summary>
    public double Height { get; }

    /// <summary>The width of a text, as it would be drawn.</summary>
    public static double Measure(string text, TextStyle style) => CairoCanvas.Advance(Clean(text), style);

    /// <summary>The text, or as much of its beginning and end as fits, with "…" between them.</summary>
    public static string Fit(string text, TextStyle style, double width)
    {
        if (Measure(text, style) <= width)
        {
            return text;
        }

        for (var keep = text.Length - 1; keep > 0; keep--)
        {
            var head = (keep + 1) / 2;
            var shorter = string.Concat(text.AsSpan(0, head), "…", text.AsSpan(text.Length - (keep - head)));
            if (Measure(shorter, style) <= width)
            {
                return shorter;
            }
        }

        return "…";
    }

    /// <summary>A straight line.</summary>
    public void Line(double x0, double y0, double x1, double y1, Stroke stroke) => Polyline([(x0, y0), (x1, y1)], stroke);

    /// <summary>A line through points, with round joins.</summary>
    public abstract void Polyline(ReadOnlySpan<(double X, double Y)> points, Stroke stroke);

    /// <summary>A closed, filled shape.</summary>
    public abstract void Polygon(ReadOnlySpan<(double X, double Y)> points, Colour fill);

    /// <summary>A rectangle, filled, outlined, or both.</summary>
    public abstract void Rectangle(Box box, Colour? fill, Stroke? stroke = null);

    /// <summary>A circle, filled, outlined, or both.</summary>
    public abstract void Circle(double x, double y, double radius, Colour? fill, Stroke? stroke = null);

    /// <summary>A picture over the whole box. Its pixels stay sharp squares when it is enlarged, and are averaged when it is reduced.</summary>
    public abstract void Image(Box box, Picture picture);

    /// <summary>One line of text; y is the baseline. Characters that no file may hold are shown as �.</summary>
    /// <param name="x">Place, as <paramref name="anchor"/> says.</param>
    /// <param name="y">Baseline.</param>
    /// <param name="text">The text.</param>
    /// <param name="style">Size, colour, weight.</param>
    /// <param name="anchor">Which end of the text is at x.</param>
    /// <param name="turned">Whether it reads from below to above, turned about (x, y).</param>
    public void Text(double x, double y, string text, TextStyle style, Anchor anchor = Anchor.Start, bool turned = false)
    {
        if (text.Length > 0)
        {
            DrawText(x, y, Clean(text), style, anchor, turned);
        }
    }

    /// <summary>A line with a filled head at its end.</summary>
    public void Arrow(double x0, double y0, double x1, double y1, Stroke stroke, double head = 6)
    {
        var length = Math.Sqrt(((x1 - x0) * (x1 - x0)) + ((y1 - y0) * (y1 - y0)));
        if (length == 0)
        {
            return;
        }

        var (dx, dy) = ((x1 - x0) / length, (y1 - y0) / length);
        var (bx, by) = (x1 - (dx * head), y1 - (dy * head));
        var half = 0.45 * head;
        Line(x0, y0, bx, by, stroke);
        Polygon([(x1, y1), (bx - (dy * half), by + (dx * half)), (bx + (dy * half), by - (dx * half))], stroke.Colour);
    }

    /// <summary>Draws inside a box only, until <see cref="EndClip"/>.</summary>
    public abstract void BeginClip(Box box);

    /// <summary>Ends the innermost <see cref="BeginClip"/>.</summary>
    public abstract void EndClip();

    /// <summary>What follows belongs together, until <see cref="EndGroup"/>. Seen in SVG only: a tooltip, and data for a page's script.</summary>
    /// <param name="title">Shown when the pointer rests on the group; null for none.</param>
    /// <param name="data">Attributes without their "data-".</param>
    public virtual void BeginGroup(string? title, IReadOnlyList<(string Name, string Value)>? data = null)
    {
    }

    /// <summary>Ends the innermost <see cref="BeginGroup"/>.</summary>
    public virtual void EndGroup()
    {
    }

    private protected abstract void DrawText(double x, double y, string text, TextStyle style, Anchor anchor, bool turned);

    /// <summary>What XML 1.0 and a C string may hold: no control characters, no half of a surrogate pair; a line break becomes a space.</summary>
    internal static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(rune.Value is '\n' or '\r' or '\t' ? new Rune(' ') : Rune.IsControl(rune) || rune.Value is 0xFFFE or 0xFFFF ? Rune.ReplacementChar : rune);
        }

        return clean.ToString();
    }
}

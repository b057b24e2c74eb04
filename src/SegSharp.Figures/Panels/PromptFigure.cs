using System.Globalization;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Volumes;
using SegSharp.Prediction.Promptable;

namespace SegSharp.Figures.Panels;

/// <summary>One mask of a <see cref="PromptFigure"/>.</summary>
/// <param name="Labels">One a pixel, 0 outside.</param>
/// <param name="Caption">Below the picture: "predicted IoU 0.93, 1,234 pixels".</param>
public sealed record PromptedPicture(ushort[] Labels, string Caption);

/// <summary>A picture with what was pointed at and what came of it: masks tinted and outlined, clicks as discs with + and −, the box dashed.</summary>
public sealed class PromptFigure : Figure
{
    private const double Margin = 16, Gap = 14, Head = 44, Foot = 22;

    private static readonly Colour _yes = Colour.Hex(0x00b386), _no = Colour.Hex(0xd9480f), _white = Colour.Hex(0xffffff), _dark = Colour.Hex(0x111111);

    private readonly Picture _picture;
    private readonly IReadOnlyList<PromptedPicture> _masks;
    private readonly PromptSet _prompts;
    private readonly string _title, _note;
    private readonly double _width, _height;

    /// <summary>A figure.</summary>
    /// <param name="page">What the network saw.</param>
    /// <param name="masks">One or more, side by side.</param>
    /// <param name="prompts">Clicks and box, in pixels of the page.</param>
    /// <param name="title">On top.</param>
    /// <param name="note">A smaller line below it.</param>
    public PromptFigure(PromptablePage page, IReadOnlyList<PromptedPicture> masks, PromptSet prompts, string title, string note)
    {
        ArgumentOutOfRangeException.ThrowIfZero(masks.Count);
        var rgb = new byte[page.Planes.Length];
        for (var i = 0; i < rgb.Length; i++)
        {
            rgb[i] = page.Planes[(i % 3 * page.Width * page.Height) + (i / 3)];
        }

        (_picture, _masks, _prompts, _title, _note) = (Picture.Rgb(rgb, page.Width, page.Height), masks, prompts, title, note);
        var scale = Math.Min(masks.Count == 1 ? 560.0 : 320.0, 2400) / Math.Max(page.Width, page.Height);
        (_width, _height) = (page.Width * scale, page.Height * scale);
    }

    /// <inheritdoc/>
    public override string Description => $"{_title}: {string.Join("; ", _masks.Select(m => m.Caption))}";

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size()
    {
        var text = Math.Max(Canvas.Measure(_title, TextStyle.Title), Canvas.Measure(_note, TextStyle.Small));
        return (Math.Max(text, (_masks.Count * (_width + Gap)) - Gap) + (2 * Margin), Margin + Head + _height + Foot + Margin);
    }

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        canvas.Text(Margin, Margin + 14, _title, TextStyle.Title);
        canvas.Text(Margin, Margin + 31, _note, TextStyle.Small);
        for (var i = 0; i < _masks.Count; i++)
        {
            DrawMask(canvas, _masks[i], new Box(Margin + (i * (_width + Gap)), Margin + Head, _width, _height));
        }
    }

    private void DrawMask(Canvas canvas, PromptedPicture mask, Box box)
    {
        canvas.BeginGroup(mask.Caption);
        canvas.Image(box, _picture.WithOverlay<ushort>(mask.Labels, opacity: 0.35));
        canvas.BeginClip(box);
        var scale = box.Width / _picture.Width;
        foreach (var outline in Outline.Of(mask.Labels, _picture.Width))
        {
            var line = outline.Points.Append(outline.Points[0]).Select(p => (box.X + (p.X * scale), box.Y + (p.Y * scale))).ToArray();
            canvas.Polyline(line, new(_dark.Fade(0.55), 3));
            canvas.Polyline(line, new(Palette.Overlay(outline.Label).Mix(_white, 0.25), 1.4));
        }

        // A pixel's place is its middle.
        (double X, double Y) At(double x, double y) => (box.X + ((x + 0.5) * scale), box.Y + ((y + 0.5) * scale));
        if (_prompts.Box is { } b)
        {
            var (p, q) = (At(b.X0, b.Y0), At(b.X1, b.Y1));
            var frame = new Box(p.X, p.Y, q.X - p.X, q.Y - p.Y);
            canvas.Rectangle(frame, null, new(_dark.Fade(0.6), 3));
            canvas.Rectangle(frame, null, new(_white, 1.4, 5));
        }

        foreach (var point in _prompts.Points)
        {
            var (x, y) = At(point.X, point.Y);
            canvas.Circle(x, y, 6.5, point.Foreground ? _yes : _no, new(_white, 1.6));
            canvas.Line(x - 3, y, x + 3, y, new(_white, 1.6));
            if (point.Foreground)
            {
                canvas.Line(x, y - 3, x, y + 3, new(_white, 1.6));
            }
        }

        canvas.EndClip();
        canvas.Rectangle(box, null, new(Palette.Muted, 0.6));
        canvas.EndGroup();
        canvas.Text(box.MiddleX, box.Bottom + 15, Canvas.Fit(mask.Caption, TextStyle.Body, box.Width), TextStyle.Body, Anchor.Middle);
    }

    /// <summary>"predicted IoU 0.93, 1,234 pixels".</summary>
    public static string Caption(double quality, long area) =>
        string.Create(CultureInfo.InvariantCulture, $"predicted IoU {quality:0.00}, {area:N0} pixels");
}

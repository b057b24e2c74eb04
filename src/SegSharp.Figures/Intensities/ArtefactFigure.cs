using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Figures.Drawing;
using SegSharp.Imaging.Filters;

namespace SegSharp.Figures.Intensities;

/// <summary>A slice, the same with an artefact and after a filter side by side; below, what was drawn and what differs from the original.</summary>
public sealed class ArtefactFigure : Figure
{
    private const double Margin = 16;
    private const double Gap = 10;
    private const double Cell = 240;
    private const double Head = 74;
    private const double Caption = 48;
    private const int MostLines = 12;

    private readonly ArtefactStudy _study;
    private readonly string _title;
    private readonly double _height;
    private readonly (double Black, double White) _window;
    private readonly double _limit;
    private readonly bool _flipX;
    private readonly bool _flipY;

    /// <summary>A figure of a study.</summary>
    /// <param name="study">What is drawn.</param>
    /// <param name="name">File or case, for the title.</param>
    /// <param name="pixelAspect">Height of a pixel divided by its width.</param>
    /// <param name="window">The values that are drawn black and white; null takes the percentiles 0.5 and 99.5 of the original.</param>
    /// <param name="flipX">Mirrors left and right.</param>
    /// <param name="flipY">Mirrors top and bottom.</param>
    public ArtefactFigure(ArtefactStudy study, string name, double pixelAspect = 1, (double Black, double White)? window = null, bool flipX = false, bool flipY = false)
    {
        (_study, _flipX, _flipY) = (study, flipX, flipY);
        _title = $"{name}: {study.Kind.Replace('-', ' ')}";
        _height = Cell * study.Extent.Height * pixelAspect / study.Extent.Width;
        _window = window ?? (At(study.Original, 0.005), At(study.Original, 0.995));
        var differences = Array.ConvertAll(study.Added, MathF.Abs);
        _limit = At(differences, 0.99) is > 0 and var limit ? limit : Math.Max(differences.Max(), 1e-6f);
    }

    /// <inheritdoc/>
    public override string Description => $"{_title} ({_study.About}): original, with artefact{(_study.Filter is { } f ? $", reduced by {f}" : "")}, and the differences";

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size() =>
        ((2 * Margin) + (3 * Cell) + (2 * Gap), Head + (2 * (_height + Caption)) + Margin);

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        canvas.Text(Margin, Margin + 13, Canvas.Fit(_title, TextStyle.Title, (3 * Cell) + (2 * Gap)), TextStyle.Title);
        canvas.Text(Margin, Margin + 29, _study.About, TextStyle.Small);

        Show(canvas, 0, 0, "original", $"{Short(_window.Black)} black, {Short(_window.White)} white", _study.Original, _window);
        Show(canvas, 1, 0, "with artefact", Numbers(_study.Before), _study.Changed, _window);
        DrawParameters(canvas, Head + _height + Caption);
        Show(canvas, 1, 1, "what it added", $"±{Short(_limit)} from black to white", _study.Added, (-_limit, _limit));
        if (_study.Reduced is { } reduced)
        {
            Show(canvas, 2, 0, $"after {_study.Filter}", Numbers(_study.After!), reduced, _window);
            Show(canvas, 2, 1, "what is left, and what was lost", $"±{Short(_limit)} from black to white", _study.Left!, (-_limit, _limit));
        }
        else
        {
            canvas.Text(X(2), Head + 14, "no filter", TextStyle.Heading);
            string[] lines = ArtefactStudy.FilterFor(_study.Kind) is null
                ? ["The lines belong to different places of", "the body; no simple filter of the image", "puts them right. Scan again, or correct", "while reconstructing."]
                : ["--reduce asked for none."];
            for (var i = 0; i < lines.Length; i++)
            {
                canvas.Text(X(2), Head + 34 + (16 * i), lines[i], TextStyle.Body);
            }
        }
    }

    private static double X(int column) => Margin + (column * (Cell + Gap));

    private static string Numbers(Similarity s) => $"PSNR {s.SignalToNoise.ToString("0.0", CultureInfo.InvariantCulture)} dB, SSIM {s.Structure.ToString("0.000", CultureInfo.InvariantCulture)}";

    private static string Short(double value, int digits = 3) => value.ToString($"G{digits}", CultureInfo.InvariantCulture).Replace('-', '−');

    private static float At(float[] values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)(share * (sorted.Length - 1))];
    }

    private void Show(Canvas canvas, int column, int row, string title, string caption, float[] values, (double Black, double White) window)
    {
        var (w, h) = (_study.Extent.Width, _study.Extent.Height);
        var shown = new float[values.Length];
        for (var i = 0; i < shown.Length; i++)
        {
            var (x, y) = (_flipX ? w - 1 - (i % w) : i % w, _flipY ? h - 1 - (i / w) : i / w);
            shown[i] = values[(y * w) + x];
        }

        var top = Head + (row * (_height + Caption));
        var box = new Box(X(column), top, Cell, _height);
        canvas.Text(box.X, top - 6, title, TextStyle.Heading);
        canvas.BeginGroup(title);
        canvas.Image(box, Picture.Grey<float>(shown, w, h, window.Black, window.White));
        canvas.Rectangle(box, null, new(Palette.Muted, 0.6));
        canvas.EndGroup();
        canvas.Text(box.MiddleX, box.Bottom + 13, Canvas.Fit(caption, TextStyle.Small with { Colour = Palette.Ink }, Cell), TextStyle.Small with { Colour = Palette.Ink }, Anchor.Middle);
    }

    private void DrawParameters(Canvas canvas, double y)
    {
        canvas.Text(Margin, y - 6, "what was drawn", TextStyle.Heading);
        var lines = _study.Parameters.SelectMany(p => Lines(p.Key, p.Value)).ToList();
        if (lines.Count > MostLines)
        {
            lines = [.. lines.Take(MostLines - 1), ("…", $"{lines.Count - MostLines + 1} more")];
        }

        for (var i = 0; i < lines.Count; i++)
        {
            canvas.Text(Margin, y + 12 + (17 * i), lines[i].Name, TextStyle.Body with { Colour = Palette.Muted });
            canvas.Text(Margin + 74, y + 12 + (17 * i), Canvas.Fit(lines[i].Value, TextStyle.Small with { Colour = Palette.Ink }, Cell - 74), TextStyle.Small with { Colour = Palette.Ink });
        }
    }

    private static IEnumerable<(string Name, string Value)> Lines(string name, JsonNode? value)
    {
        switch (value)
        {
            case JsonArray items when items.Any(i => i is JsonObject):
                return items.SelectMany((item, i) => ((JsonObject)item!).Chunk(3).Select((properties, line) => (
                    line == 0 ? $"{name.TrimEnd('s')} {i + 1}" : "",
                    string.Join(", ", properties.Select(p => $"{p.Key} {Text(p.Value, 2)}")))));
            case JsonArray numbers:
                var texts = numbers.Select(n => Text(n)).ToList();
                return texts.Chunk(4).Select((c, i) => (i == 0 ? name : "", string.Join("  ", c)));
            default:
                return [(name, Text(value))];
        }
    }

    private static string Text(JsonNode? value, int digits = 3) => value is JsonValue v && v.GetValueKind() == JsonValueKind.Number
        ? v.ToJsonString() is var raw && raw.TrimStart('-').All(char.IsAsciiDigit) ? raw : Short(double.Parse(raw, CultureInfo.InvariantCulture), digits)
        : value?.ToString() ?? "–";
}

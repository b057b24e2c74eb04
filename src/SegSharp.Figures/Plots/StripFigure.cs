using System.Globalization;
using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Plots;

/// <summary>One row of a <see cref="StripFigure"/>: a model, a class.</summary>
/// <param name="Name">Printed left of the row.</param>
/// <param name="Values">Name and score of every case; null where the score is undefined.</param>
/// <param name="Pooled">The score over all voxels together, drawn as a diamond; null for none.</param>
public sealed record Strip(string Name, IReadOnlyList<(string Case, double? Value)> Values, double? Pooled = null);

/// <summary>Every case as a dot, so that a mean cannot hide a failed one; a bar marks the mean, a diamond the pooled score.</summary>
public sealed class StripFigure : Figure
{
    private const double Margin = 16;
    private const double RowHeight = 38;
    private const double PlotWidth = 380;

    private readonly IReadOnlyList<Strip> _strips;
    private readonly string _title;
    private readonly string _xName;
    private readonly Axis _x;
    private readonly double _left;

    /// <summary>A figure of one row or more.</summary>
    /// <param name="strips">The rows, from above.</param>
    /// <param name="title">Printed on top.</param>
    /// <param name="xName">What the score is and on which grid: "Dice at 512×512".</param>
    /// <param name="range">Ends of the axis; null takes round numbers around the scores.</param>
    public StripFigure(IReadOnlyList<Strip> strips, string title, string xName, (double Low, double High)? range = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(strips.Count);
        (_strips, _title, _xName) = (strips, title, xName);
        _x = range is { } ends ? Axis.Linear(ends.Low, ends.High, 5, widen: false) : Around(strips);
        _left = Margin + Math.Min(180, strips.Max(s => Canvas.Measure(s.Name, TextStyle.Body))) + 12;
    }

    /// <inheritdoc/>
    public override string Description => $"{_title}: {string.Join("; ", _strips.Select(s => $"{s.Name}, {s.Values.Count} cases"))}";

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size() =>
        (Math.Max(_left + PlotWidth + 66, (2 * Margin) + Canvas.Measure(_title, TextStyle.Heading)), 62 + (_strips.Count * RowHeight) + 38 + Margin);

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        var area = new Box(_left, 62, PlotWidth, _strips.Count * RowHeight);
        canvas.Text(Margin, Margin + 12, _title, TextStyle.Heading);
        DrawLegend(canvas, Margin + 30);
        foreach (var tick in _x.Ticks)
        {
            canvas.Line(X(tick), area.Y, X(tick), area.Bottom, new(Palette.Grid));
            canvas.Text(X(tick), area.Bottom + 15, _x.Text(tick), TextStyle.Small, Anchor.Middle);
        }

        canvas.Line(area.X, area.Bottom, area.Right, area.Bottom, new(Palette.Muted));
        canvas.Text(area.MiddleX, area.Bottom + 31, _xName, TextStyle.Body with { Colour = Palette.Muted }, Anchor.Middle);
        for (var i = 0; i < _strips.Count; i++)
        {
            DrawStrip(canvas, _strips[i], area.Y + ((i + 0.5) * RowHeight), Palette.Lines[i % Palette.Lines.Count]);
        }
    }

    private static Axis Around(IReadOnlyList<Strip> strips)
    {
        var known = strips.SelectMany(s => s.Values.Select(v => v.Value).Append(s.Pooled)).OfType<double>().Where(double.IsFinite).ToArray();
        return known.Length == 0 ? Axis.Linear(0, 1) : Axis.Linear(known.Min(), known.Max());
    }

    private double X(double value) => _left + (Math.Clamp(_x.Place(value), 0, 1) * PlotWidth);

    private void DrawLegend(Canvas canvas, double y)
    {
        canvas.Circle(_left + 3, y - 3.5, 3.4, Palette.Muted.Fade(0.5));
        canvas.Text(_left + 11, y, "one case", TextStyle.Small);
        canvas.Line(_left + 80, y - 9, _left + 80, y + 2, new(Palette.Ink, 2));
        canvas.Text(_left + 87, y, "mean of cases", TextStyle.Small);
        if (_strips.Any(s => s.Pooled is not null))
        {
            Diamond(canvas, _left + 184, y - 3.5);
            canvas.Text(_left + 193, y, "pooled over all pixels", TextStyle.Small);
        }
    }

    private void DrawStrip(Canvas canvas, Strip strip, double y, Colour colour)
    {
        canvas.Text(_left - 10, y + 3.8, Canvas.Fit(strip.Name, TextStyle.Body, 180), TextStyle.Body, Anchor.End);
        var known = strip.Values.Where(v => v.Value is { } x && double.IsFinite(x)).Select(v => (v.Case, Value: v.Value!.Value)).ToArray();
        for (var i = 0; i < known.Length; i++)
        {
            // Dots of equal scores step up and down, in an order that does not depend on chance.
            var shift = known.Length < 3 ? 0 : ((i * 5 % 7) - 3) * 1.8;
            canvas.BeginGroup($"{known[i].Case}: {Number(known[i].Value)}");
            canvas.Circle(X(known[i].Value), y + shift, 3.4, colour.Fade(0.5));
            canvas.EndGroup();
        }

        if (known.Length == 0)
        {
            canvas.Text(_left + 6, y + 3.5, "undefined for every case", TextStyle.Small);
            return;
        }

        var mean = known.Average(v => v.Value);
        canvas.Line(X(mean), y - 12, X(mean), y + 12, new(Palette.Ink, 2));
        canvas.Text(_left + PlotWidth + 10, y + 3.8, Number(mean), TextStyle.Body with { Colour = colour, Bold = true });
        if (strip.Pooled is { } pooled)
        {
            Diamond(canvas, X(pooled), y);
        }
    }

    private static void Diamond(Canvas canvas, double x, double y) =>
        canvas.Polygon([(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)], Palette.Ink);

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}

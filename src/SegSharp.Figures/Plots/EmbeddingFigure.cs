using System.Globalization;
using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Plots;

/// <summary>Points of several embeddings side by side, coloured by class. Axes have no meaning in t-SNE, so there are none.</summary>
public sealed class EmbeddingFigure : Figure
{
    private const double Margin = 16;
    private const double Side = 340;
    private const double Gap = 22;
    private const double Below = 36;
    private const double LegendRow = 17;

    private readonly FeatureStudy _study;
    private readonly string? _title;
    private readonly IReadOnlyList<int> _classes;
    private readonly List<List<int>> _legend;

    /// <summary>A figure of one panel a model.</summary>
    /// <param name="study">Points, classes and how pure the neighbourhoods are.</param>
    /// <param name="title">Printed on top; null for none.</param>
    public EmbeddingFigure(FeatureStudy study, string? title = null)
    {
        (_study, _title, _classes) = (study, title, study.ClassNumbers);
        _legend = Rows(Width - (2 * Margin));
    }

    /// <inheritdoc/>
    public override string Description =>
        $"{_title ?? "t-SNE"}: {string.Join("; ", _study.Views.Select(v => $"{v.Name}, purity {Number(v.PagePurity)}"))}; classes {string.Join(", ", _study.Classes)}";

    private double Width => (2 * Margin) + (_study.Views.Count * Side) + ((_study.Views.Count - 1) * Gap);

    private double Head => Margin + (_title is null ? 0 : 28) + 20;

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size() => (Width, Head + Side + Below + 8 + (_legend.Count * LegendRow) + Margin);

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        if (_title is not null)
        {
            canvas.Text(Margin, Margin + 13, Canvas.Fit(_title, TextStyle.Title, Width - (2 * Margin)), TextStyle.Title);
        }

        for (var i = 0; i < _study.Views.Count; i++)
        {
            Panel(canvas, _study.Views[i], new Box(Margin + (i * (Side + Gap)), Head, Side, Side));
        }

        var y = Head + Side + Below + 14;
        foreach (var row in _legend)
        {
            var x = Margin;
            foreach (var c in row)
            {
                Mark(canvas, x + 5, y - 3.6, c, 4.2);
                canvas.Text(x + 14, y, _study.Classes[c], TextStyle.Body);
                x += EntryWidth(c);
            }

            y += LegendRow;
        }
    }

    private void Panel(Canvas canvas, FeatureView view, Box box)
    {
        canvas.Text(box.X, box.Y - 8, Canvas.Fit(view.Name, TextStyle.Heading, box.Width), TextStyle.Heading);
        canvas.Rectangle(box, null, new(Palette.Grid));
        var points = view.Places;
        var (lowX, highX, lowY, highY) = (double.MaxValue, double.MinValue, double.MaxValue, double.MinValue);
        for (var i = 0; i < points.Count; i++)
        {
            (lowX, highX) = (Math.Min(lowX, points[i][0]), Math.Max(highX, points[i][0]));
            (lowY, highY) = (Math.Min(lowY, points[i][1]), Math.Max(highY, points[i][1]));
        }

        // One scale for both axes: distances are what the embedding is about.
        var scale = (Side - 26) / Math.Max(Math.Max(highX - lowX, highY - lowY), 1e-12);
        var radius = points.Count > 1500 ? 1.8 : points.Count > 600 ? 2.4 : 3.2;
        for (var i = 0; i < points.Count; i++)
        {
            canvas.BeginGroup($"{_study.Images[i].Name}: {_study.Images[i].Class}");
            Mark(canvas, box.MiddleX + ((points[i][0] - ((lowX + highX) / 2)) * scale), box.MiddleY - ((points[i][1] - ((lowY + highY) / 2)) * scale), _classes[i], radius);
            canvas.EndGroup();
        }

        canvas.Text(box.X, box.Bottom + 16, $"{_study.Neighbours}-NN purity {Number(view.PagePurity)} here, {Number(view.FeaturePurity)} in the features", TextStyle.Body);
        canvas.Text(box.X, box.Bottom + 31, $"{Number(_study.Chance)} by chance; {view.Features.Axes:N0} features, t-SNE divergence {Number(view.Divergence)}", TextStyle.Small);
    }

    // Eight colours, then the same as squares, then as rings: more than eight classes stay apart without more colours.
    private static void Mark(Canvas canvas, double x, double y, int number, double radius)
    {
        var colour = Palette.Lines[number % Palette.Lines.Count];
        switch (number / Palette.Lines.Count % 3)
        {
            case 0:
                canvas.Circle(x, y, radius, colour.Fade(0.75));
                break;
            case 1:
                canvas.Rectangle(new Box(x - (0.9 * radius), y - (0.9 * radius), 1.8 * radius, 1.8 * radius), colour.Fade(0.75));
                break;
            default:
                canvas.Circle(x, y, 0.85 * radius, null, new(colour, 1.3));
                break;
        }
    }

    private double EntryWidth(int c) => 14 + Canvas.Measure(_study.Classes[c], TextStyle.Body) + 18;

    private List<List<int>> Rows(double width)
    {
        var rows = new List<List<int>> { new() };
        var left = width;
        for (var c = 0; c < _study.Classes.Count; c++)
        {
            if (EntryWidth(c) > left && rows[^1].Count > 0)
            {
                rows.Add([]);
                left = width;
            }

            rows[^1].Add(c);
            left -= EntryWidth(c);
        }

        return rows;
    }

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}

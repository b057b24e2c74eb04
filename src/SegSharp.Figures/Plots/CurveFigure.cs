using System.Globalization;
using System.Text.Json;
using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Plots;

/// <summary>Curves side by side: losses, Dice, learning rate over the epochs. Each line is named at its end, so that no legend has to be matched by colour.</summary>
public sealed class CurveFigure : Figure
{
    private const double Margin = 16;
    private const double PlotHeight = 190;
    private const double PlotWidth = 250;
    private const double Gap = 26;
    private const double Above = 36;    // a plot's title, and the marker's text
    private const double Below = 38;    // ticks and the name of the x axis

    private readonly string? _title;
    private readonly IReadOnlyList<Plot> _plots;
    private readonly int _columns;
    private readonly Prepared[] _prepared;

    /// <summary>A figure of one plot or more.</summary>
    /// <param name="plots">The plots, row by row.</param>
    /// <param name="title">Printed on top; null for none.</param>
    /// <param name="columns">Plots in a row; 0 puts up to three beside one another.</param>
    public CurveFigure(IReadOnlyList<Plot> plots, string? title = null, int columns = 0)
    {
        ArgumentOutOfRangeException.ThrowIfZero(plots.Count);
        _plots = plots;
        _title = title;
        _columns = columns > 0 ? Math.Min(columns, plots.Count) : Math.Min(plots.Count, plots.Count == 4 ? 2 : 3);
        _prepared = [.. plots.Select(p => new Prepared(p))];
    }

    /// <inheritdoc/>
    public override string Description => $"{_title ?? "Curves"}: {string.Join("; ", _plots.Select(p => $"{p.Title} ({string.Join(", ", p.Series.Select(s => s.Name))})"))}";

    private double Head => _title is null ? Margin : Margin + 26;

    private int Rows => (_plots.Count + _columns - 1) / _columns;

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size() =>
        ((2 * Margin) + Enumerable.Range(0, _columns).Sum(ColumnWidth) + (Gap * (_columns - 1)),
         Head + (Rows * (Above + PlotHeight + Below)) + (Gap * (Rows - 1)) + Margin - 4);

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        if (_title is not null)
        {
            canvas.Text(Margin, Margin + 14, _title, TextStyle.Title);
        }

        for (var i = 0; i < _prepared.Length; i++)
        {
            var (row, column) = (i / _columns, i % _columns);
            var x = Margin + Enumerable.Range(0, column).Sum(c => ColumnWidth(c) + Gap) + Left(column);
            var y = Head + (row * (Above + PlotHeight + Below + Gap)) + Above;
            _prepared[i].Draw(canvas, new Box(x, y, PlotWidth, PlotHeight), Left(column));
        }
    }

    private IEnumerable<Prepared> Column(int column) => _prepared.Where((_, i) => i % _columns == column);

    private double Left(int column) => Column(column).Max(p => p.Left);

    private double ColumnWidth(int column) => Left(column) + PlotWidth + Column(column).Max(p => p.Right);

    /// <summary>A plot with its axes computed and its gaps known.</summary>
    private sealed class Prepared
    {
        private readonly Plot _plot;
        private readonly Line[] _lines;
        private readonly Axis _x;
        private readonly Axis _y;

        public Prepared(Plot plot)
        {
            _plot = plot;
            _lines = [.. plot.Series.Select((s, i) => new Line(s, s.Colour ?? Palette.Lines[i % Palette.Lines.Count], plot.IsLog))];
            var points = _lines.SelectMany(l => l.Known).ToArray();
            (_x, _y) = points.Length == 0
                ? (Axis.Linear(0, 1), Axis.Linear(0, 1))
                : (plot.XRange is { } x ? Axis.Linear(x.Low, x.High, widen: false) : Axis.Whole(points.Min(p => p.X), points.Max(p => p.X)), YOf(plot, points.Min(p => p.Y), points.Max(p => p.Y)));
        }

        private IEnumerable<Line> Named => _lines.Where(l => !l.Series.IsFaint);

        public double Left => Frame.TickRoom(_y) + (_plot.YName is null ? 0 : 20);

        public double Right => Named.Select(l => Canvas.Measure(l.Series.Name, TextStyle.Body) + 10).Append(12).Max();

        public void Draw(Canvas canvas, Box area, double left)
        {
            var frame = new Frame(area, _x, _y);
            canvas.BeginGroup(null, Data(frame));
            canvas.Text(area.X - left, area.Y - 21, _plot.Title, TextStyle.Heading);
            if (_plot.IsLog)
            {
                canvas.Text(area.X - left + Canvas.Measure(_plot.Title, TextStyle.Heading) + 8, area.Y - 21, "log scale", TextStyle.Small);
            }

            if (_lines.All(l => l.Known.Count == 0))
            {
                canvas.Rectangle(area, null, new(Palette.Grid));
                canvas.Text(area.MiddleX, area.MiddleY, "no values yet", TextStyle.Small, Anchor.Middle);
                canvas.EndGroup();
                return;
            }

            frame.Draw(canvas, _plot.XName, _plot.YName);
            DrawMarker(canvas, frame);
            canvas.BeginClip(area with { Y = area.Y - 3, Height = area.Height + 4, X = area.X - 3, Width = area.Width + 6 });
            foreach (var line in _lines)
            {
                line.Draw(canvas, frame);
            }

            canvas.EndClip();
            DrawBest(canvas, frame);
            DrawNames(canvas, frame);
            canvas.EndGroup();
        }

        private static Axis YOf(Plot plot, double low, double high)
        {
            if (plot.IsLog)
            {
                return Axis.Log(low, high);
            }

            return plot.Range is { } range ? Axis.Linear(range.Low, range.High, widen: false) : Axis.Linear(low, high);
        }

        private void DrawMarker(Canvas canvas, Frame frame)
        {
            if (_plot.Marker is not { } marker || marker.X < _x.Low || marker.X > _x.High)
            {
                return;
            }

            var x = frame.X(marker.X);
            var width = Canvas.Measure(marker.Text, TextStyle.Small);
            var isLeft = x + width + 6 > frame.Area.Right;
            canvas.Line(x, frame.Area.Y, x, frame.Area.Bottom, new(Palette.Muted, 1, 3));
            canvas.Text(isLeft ? Math.Max(x, frame.Area.X + width) : x, frame.Area.Y - 5, marker.Text, TextStyle.Small, isLeft ? Anchor.End : Anchor.Start);
        }

        // A ring on the first line, where it is marked.
        private void DrawBest(Canvas canvas, Frame frame)
        {
            foreach (var (x, y) in _lines[0].Known.Where(p => p.X == _plot.Marker?.X).Take(1))
            {
                canvas.Circle(frame.X(x), frame.Y(y), 3.6, Palette.Paper, new(_lines[0].Colour, 1.7));
            }
        }

        private void DrawNames(Canvas canvas, Frame frame)
        {
            var ends = Named.Where(l => l.Known.Count > 0).ToArray();
            var wanted = ends.Select(l => Math.Clamp(frame.Y(l.Known[^1].Y), frame.Area.Y, frame.Area.Bottom)).ToArray();
            var placed = Frame.Spread(wanted, 13, frame.Area.Y, frame.Area.Bottom - 2);
            for (var i = 0; i < ends.Length; i++)
            {
                var style = TextStyle.Body with { Colour = ends[i].Colour };
                canvas.Text(frame.Area.Right + 8, placed[i] + 3.8, ends[i].Series.Name, style);
            }
        }

        // What a page's script needs to answer the pointer: the box, the axes and the values.
        private List<(string Name, string Value)> Data(Frame frame)
        {
            var a = frame.Area;
            return
            [
                ("plot", JsonSerializer.Serialize(new[] { a.X, a.Y, a.Width, a.Height, _x.Low, _x.High, _y.Low, _y.High, _y.IsLog ? 1 : 0 })),
                ("x-name", _plot.XName),
                ("series", JsonSerializer.Serialize(Named.Select(l => new
                {
                    name = l.Series.Name,
                    colour = l.Colour.Html,
                    x = l.Known.Select(p => p.X).ToArray(),
                    y = l.Known.Select(p => double.Parse(p.Y.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)).ToArray(),
                }))),
            ];
        }
    }

    /// <summary>A series with its unbroken runs of values.</summary>
    private sealed class Line
    {
        private readonly List<List<(double X, double Y)>> _runs = [];

        public Line(Series series, Colour colour, bool isLog)
        {
            if (series.X.Count != series.Y.Count)
            {
                throw new ArgumentException($"series '{series.Name}' has {series.X.Count} places and {series.Y.Count} values");
            }

            (Series, Colour) = (series, colour);
            List<(double, double)>? run = null;
            for (var i = 0; i < series.X.Count; i++)
            {
                if (series.Y[i] is { } y && double.IsFinite(y) && (!isLog || y > 0))
                {
                    if (run is null)
                    {
                        _runs.Add(run = []);
                    }

                    run.Add((series.X[i], y));
                    Known.Add((series.X[i], y));
                }
                else
                {
                    run = null;
                }
            }
        }

        public Series Series { get; }

        public Colour Colour { get; }

        public List<(double X, double Y)> Known { get; } = [];

        public void Draw(Canvas canvas, Frame frame)
        {
            foreach (var run in _runs)
            {
                var points = run.Select(p => (frame.X(p.X), frame.Y(p.Y))).ToArray();
                canvas.Polyline(points, Series.IsFaint ? new(Colour.Fade(0.3), 1.1) : new(Colour, 1.7, Series.IsDashed ? 4 : 0));
                if (!Series.IsFaint && (Known.Count <= 12 || run.Count == 1))
                {
                    foreach (var (x, y) in points)
                    {
                        canvas.Circle(x, y, 2.4, Colour);
                    }
                }
            }
        }
    }
}

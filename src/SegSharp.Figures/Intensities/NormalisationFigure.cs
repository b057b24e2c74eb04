using System.Globalization;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Plots;
using SegSharp.Imaging.Normalisation;

namespace SegSharp.Figures.Intensities;

/// <summary>One page of an image: the original with its statistics on top, below it every method in a row, with picture and histogram for every scope.</summary>
public sealed class NormalisationFigure : Figure
{
    private const double Margin = 18;
    private const double Left = 28;       // names of the methods
    private const double CellWidth = 150;
    private const double PlotWidth = 186;
    private const double PairGap = 10;
    private const double ScopeGap = 26;
    private const double RowGap = 12;
    private const double Caption = 18;
    private const double Head = 78;
    private const double ScopeHead = 30;
    private const double TableName = 84;
    private const double TableColumn = 62;

    private static readonly string[] Columns = ["mean", "std. dev.", "min", "p 1", "median", "p 99", "max"];

    private readonly NormalisationStudy _study;
    private readonly int _page;
    private readonly double _cell;
    private readonly double _height;

    /// <summary>A figure of one page.</summary>
    /// <param name="study">What was measured.</param>
    /// <param name="page">Which of the study's pages with a picture, from 0.</param>
    public NormalisationFigure(NormalisationStudy study, int page = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(page, study.PageIndices.Count);
        (_study, _page) = (study, page);
        var (w, h) = (study.Image.Extent.Width, study.Image.Extent.Height * study.Image.PixelAspect);

        // Long images keep their rows readable, high ones get narrower instead of making the figure endless.
        _cell = Math.Min(CellWidth, 190 * w / h);
        _height = Math.Max(_cell * h / w, 84);
    }

    /// <inheritdoc/>
    public override string Description =>
        $"Normalisation of {Title}: {string.Join(", ", _study.Methods.Select(m => m.Name))} by {string.Join(", ", _study.Scopes.Select(NormalisationStudy.NameOf))}";

    private string Title => _study.Image.Extent.Depth == 1 ? _study.Image.Name : $"{_study.Image.Name}, slice {_study.PageIndices[_page]} (0 to {_study.Image.Extent.Depth - 1})";

    private static double Pair => CellWidth + PairGap + PlotWidth;

    // One scope alone leaves room for two methods side by side.
    private int Across => _study.Scopes.Count == 1 ? 2 : 1;

    private double RowHeight => _height + Caption;

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size()
    {
        var scopes = (_study.Scopes.Count * Pair) + ((_study.Scopes.Count - 1) * ScopeGap);
        scopes = Across == 1 ? scopes : Math.Min(2, _study.Methods.Count) * (Pair + ScopeGap + Left);
        var rows = (_study.Methods.Count + Across - 1) / Across;
        var top = Pair + ScopeGap + TableName + (Columns.Length * TableColumn);
        return ((2 * Margin) + Left + Math.Max(scopes, top), Head + RowHeight + RowGap + ScopeHead + (rows * (RowHeight + RowGap)) + Margin - RowGap);
    }

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        var width = Size().Width - (2 * Margin);
        canvas.Text(Margin, Margin + 13, Canvas.Fit(Title, TextStyle.Title, width), TextStyle.Title);
        var isVolume = _study.Image.Extent.Depth > 1;
        Legend.Draw(canvas, Margin + Left, Margin + 36, isVolume
            ? [("this slice", Palette.Lines[0]), ("whole volume (line)", Palette.Lines[1])]
            : [("this image", Palette.Lines[0])]);

        var y = Head;
        DrawNames(canvas, Margin, y, "original", null);
        DrawView(canvas, y, Margin + Left, _study.Original);
        DrawTable(canvas, Margin + Left + Pair + ScopeGap, y + 12);
        y += RowHeight + RowGap;
        for (var s = 0; s < _study.Scopes.Count; s++)
        {
            var x = ScopeX(s);
            var text = "statistics of " + SourceOf(_study.Scopes[s]);
            canvas.Text(x, y + 16, Canvas.Fit(text, TextStyle.Heading, Pair), TextStyle.Heading);
            canvas.Line(x, y + 22, x + Pair, y + 22, new(Palette.Muted, 0.8));
        }

        y += ScopeHead;
        for (var m = 0; m < _study.Methods.Count; m++)
        {
            DrawMethod(canvas, y + (m / Across * (RowHeight + RowGap)), m);
        }
    }

    private void DrawMethod(Canvas canvas, double y, int m)
    {
        var method = _study.Methods[m];
        var left = m % Across * (Pair + ScopeGap + Left);
        DrawNames(canvas, Margin + left, y, method.Name, method.Settings);
        for (var s = 0; s < _study.Scopes.Count; s++)
        {
            var x = ScopeX(s) + left;
            if (_study.ViewOf(method, _study.Scopes[s]) is { } view)
            {
                DrawView(canvas, y, x, view);
            }
            else
            {
                canvas.Text(x + (Pair / 2), y + (_height / 2) - 4, "none: this method follows", TextStyle.Small, Anchor.Middle);
                canvas.Text(x + (Pair / 2), y + (_height / 2) + 9, "each image's own histogram", TextStyle.Small, Anchor.Middle);
            }
        }
    }

    private static string Number(double value) => !double.IsFinite(value) ? "–" : Math.Abs(value) switch
    {
        < 1e-9 => "0",
        < 1e-3 or >= 1e6 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        < 10 => value.ToString("0.###", CultureInfo.InvariantCulture),
        < 1000 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    private static string Signed(double value) => Number(value).Replace('-', '−');

    private static double ScopeX(int scope) => Margin + Left + (scope * (Pair + ScopeGap));

    private string SourceOf(IntensityScope scope) => scope switch
    {
        IntensityScope.Slice => _study.Image.Extent.Depth == 1 ? "the image" : "each slice",
        IntensityScope.Volume => "the volume",
        _ => _study.Image.DataSetName ?? "the data set",
    };

    private void DrawNames(Canvas canvas, double x, double y, string name, string? note)
    {
        canvas.Text(x + 9, y + (_height / 2), Canvas.Fit(name, TextStyle.Heading, _height), TextStyle.Heading, Anchor.Middle, turned: true);
        if (note is not null)
        {
            canvas.Text(x + 22, y + (_height / 2), Canvas.Fit(note, TextStyle.Small, _height + Caption), TextStyle.Small, Anchor.Middle, turned: true);
        }
    }

    private void DrawView(Canvas canvas, double y, double x, StudiedView view)
    {
        var page = view.Pages[_page];
        var (w, h) = (_study.Image.Extent.Width, _study.Image.Extent.Height);
        var height = _cell * h * _study.Image.PixelAspect / w;
        var box = new Box(x + ((CellWidth - _cell) / 2), y + ((_height - height) / 2), _cell, height);
        canvas.BeginGroup($"{view.Method?.Name ?? "original"}{(view.Scope is { } s ? $", {NormalisationStudy.NameOf(s)}" : "")}");
        canvas.Image(box, Picture.Grey<byte>(page.Grey, w, h, 0, 255));
        canvas.Rectangle(box, null, new(Palette.Muted, 0.6));
        canvas.EndGroup();
        canvas.Text(x + (CellWidth / 2), y + _height + 13, Canvas.Fit($"black {Signed(view.Black)}, white {Signed(view.White)}", TextStyle.Small, CellWidth), TextStyle.Small, Anchor.Middle);
        DrawHistogram(canvas, new Box(x + CellWidth + PairGap, y + 14, PlotWidth, _height - 14), view, page);
    }

    private void DrawHistogram(Canvas canvas, Box area, StudiedView view, StudiedPage page)
    {
        var isVolume = _study.Image.Extent.Depth > 1;
        var axis = Axis.Linear(view.Low, view.High, 5, widen: false);
        var (top, cutOff) = isVolume ? HistogramTop.Of(page.Shares, view.Shares) : HistogramTop.Of(page.Shares);
        canvas.Text(area.Right, area.Y - 4, $"{Signed(NormalisationStudy.MeanOf(page.After))} ± {Signed(page.After.StandardDeviation)}", TextStyle.Small with { Colour = Palette.Lines[0] }, Anchor.End);
        if (cutOff > 0)
        {
            canvas.Text(area.X, area.Y - 4, $"highest bin {100 * cutOff:0} %", TextStyle.Small);
        }

        foreach (var tick in axis.Ticks)
        {
            var x = area.X + (axis.Place(tick) * area.Width);
            canvas.Line(x, area.Y, x, area.Bottom, new(Palette.Grid));
            canvas.Text(x, area.Bottom + 13, axis.Text(tick).Replace('-', '−'), TextStyle.Small, Anchor.Middle);
        }

        var slice = Steps(page.Shares, area, top);
        canvas.Polygon([(area.X, area.Bottom), .. slice, (area.Right, area.Bottom)], Palette.Lines[0].Fade(0.4));
        canvas.Polyline(slice, new(Palette.Lines[0], 0.9));
        if (isVolume)
        {
            canvas.Polyline(Steps(view.Shares, area, top), new(Palette.Lines[1], 1.2));
        }

        canvas.Line(area.X, area.Bottom, area.Right, area.Bottom, new(Palette.Muted));
    }

    private static (double X, double Y)[] Steps(IReadOnlyList<double> shares, Box area, double top)
    {
        var bin = area.Width / shares.Count;
        return [.. shares.SelectMany((share, i) =>
        {
            var y = area.Bottom - (Math.Min(share / top, 1) * area.Height);
            return new[] { (area.X + (i * bin), y), (area.X + ((i + 1) * bin), y) };
        })];
    }

    private void DrawTable(Canvas canvas, double x, double y)
    {
        var head = TextStyle.Small with { Bold = true };
        for (var c = 0; c < Columns.Length; c++)
        {
            canvas.Text(x + TableName + ((c + 1) * TableColumn), y, Columns[c], head, Anchor.End);
        }

        var width = TableName + (Columns.Length * TableColumn);
        canvas.Line(x, y + 6, x + width, y + 6, new(Palette.Muted, 0.8));
        var rows = new List<(string, IntensityStatistics)> { (_study.Image.Extent.Depth == 1 ? "image" : "this slice", _study.PageStatistics[_page]) };
        if (_study.Image.Extent.Depth > 1)
        {
            rows.Add(("volume", _study.Volume));
        }

        if (_study.Image.DataSet is { } data)
        {
            rows.Add(("data set", data));
        }

        foreach (var (name, s) in rows)
        {
            y += 22;
            canvas.Text(x, y, name, TextStyle.Body);
            double[] values = [s.Mean, s.StandardDeviation, s.Minimum, s.At(1), s.Median, s.At(99), s.Maximum];
            for (var c = 0; c < values.Length; c++)
            {
                canvas.Text(x + TableName + ((c + 1) * TableColumn), y, Signed(values[c]), TextStyle.Body, Anchor.End);
            }

            canvas.Line(x, y + 7, x + width, y + 7, new(Palette.Grid, 0.8));
        }

        canvas.Text(x, y + 24, $"Counted: {_study.Image.CountedName}.", TextStyle.Small);
        canvas.Text(x, y + 37, $"Above each histogram: mean ± standard deviation of the {(_study.Image.Extent.Depth == 1 ? "image" : "slice")} after the normalisation.", TextStyle.Small);
    }
}

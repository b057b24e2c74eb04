using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Volumes;

/// <summary>One row of a <see cref="VolumeFigure"/>.</summary>
/// <param name="Title">Name of the case or of what is shown; null for none.</param>
/// <param name="Note">A second line: "worst, Dice 0.61"; null for none.</param>
/// <param name="Views">One a column.</param>
public sealed record VolumeRow(string? Title, string? Note, IReadOnlyList<SliceView> Views);

/// <summary>Slices of volumes in rows and columns, one scale in mm within a row, with orientation letters, scale bars, outlines and their legend.</summary>
/// <remarks>Made by <see cref="VolumePictures"/>. Radiological display: the patient's left is at the picture's right.</remarks>
public sealed class VolumeFigure : Figure
{
    private const double Edge = 16;
    private const double Gap = 6;
    private const double CaptionRoom = 16;
    private const double NoteLine = 14;
    private const double HighestPicture = 330;

    private readonly IReadOnlyList<string> _columns;
    private readonly IReadOnlyList<VolumeRow> _rows;
    private readonly string? _title;
    private readonly IReadOnlyList<string> _notes;
    private readonly IReadOnlyList<LegendEntry> _legend;
    private readonly double[] _widths;
    private readonly double[] _heights;
    private readonly double _left;

    internal VolumeFigure(IReadOnlyList<string> columns, IReadOnlyList<VolumeRow> rows, string? title, IReadOnlyList<string> notes, IReadOnlyList<LegendEntry> legend, double width = 700)
    {
        (_columns, _rows, _title, _notes, _legend) = (columns, rows, title, notes, legend);
        _left = rows.Any(r => r.Note is not null) ? 28 : rows.Any(r => r.Title is not null) ? 18 : 0;
        var room = width - (2 * Edge) - _left - ((columns.Count - 1) * Gap) - (columns.Count * 2 * SliceView.Margin);
        var shares = Enumerable.Range(0, columns.Count).Select(c => rows.Max(r => r.Views[c].Width / r.Views.Sum(v => v.Width))).ToArray();
        var pictures = Array.ConvertAll(shares, s => room * s / shares.Sum());
        var scales = rows.Select(r => Math.Min(HighestPicture / r.Views.Max(v => v.Height), r.Views.Select((v, c) => pictures[c] / v.Width).Min())).ToArray();
        _widths = [.. Enumerable.Range(0, columns.Count).Select(c => rows.Select((r, i) => Math.Max((r.Views[c].Width * scales[i]) + (2 * SliceView.Margin), Canvas.Measure(r.Views[c].Place, TextStyle.Small) + 4)).Max())];
        _heights = [.. rows.Select((r, i) => (r.Views.Max(v => v.Height) * scales[i]) + (2 * SliceView.Margin))];
        Scales = scales;
    }

    /// <inheritdoc/>
    public override string Description =>
        $"{_title ?? "Volume"}: {string.Join("; ", _rows.Select(r => $"{(r.Title is null ? "" : r.Title + ", ")}{string.Join(" | ", r.Views.Select((v, c) => $"{_columns[c]}{(v.Place.Length == 0 ? "" : " at " + v.Place)}"))}"))}";

    /// <summary>Titles of the columns.</summary>
    public IReadOnlyList<string> Columns => _columns;

    /// <summary>The rows.</summary>
    public IReadOnlyList<VolumeRow> Rows => _rows;

    /// <summary>Units to a millimetre, one a row.</summary>
    internal double[] Scales { get; }

    private double Inside => _left + _widths.Sum() + ((_widths.Length - 1) * Gap);

    private double TextWidth => Math.Max(Inside, 340);

    private double Head => Edge + (_title is null ? 0 : 24) + 18;

    /// <summary>The tile of a view.</summary>
    internal Box Tile(int row, int column) => new(
        Edge + _left + _widths[..column].Sum() + (column * Gap),
        Head + _heights[..row].Sum() + (row * (Gap + CaptionRoom)),
        _widths[column],
        _heights[row]);

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size()
    {
        var legend = LegendEntry.Height(_legend, TextWidth);
        var last = Tile(_rows.Count - 1, 0);
        return (TextWidth + (2 * Edge), last.Bottom + CaptionRoom + (legend > 0 ? legend + 8 : 0) + (NoteLine * _notes.Count) + Edge);
    }

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        if (_title is not null)
        {
            canvas.Text(Edge, Edge + 12, Canvas.Fit(_title, TextStyle.Title, TextWidth), TextStyle.Title);
        }

        for (var c = 0; c < _columns.Count; c++)
        {
            var tile = Tile(0, c);
            canvas.Text(tile.MiddleX, Head - 6, Canvas.Fit(_columns[c], TextStyle.Heading, tile.Width), TextStyle.Heading, Anchor.Middle);
        }

        for (var r = 0; r < _rows.Count; r++)
        {
            DrawRow(canvas, r);
        }

        var y = Tile(_rows.Count - 1, 0).Bottom + CaptionRoom + 8;
        LegendEntry.Draw(canvas, _legend, Edge + _left, y, TextWidth - _left);
        var below = Size().Height - Edge - (NoteLine * (_notes.Count - 1));
        for (var i = 0; i < _notes.Count; i++)
        {
            canvas.Text(Edge + _left, below + (NoteLine * i), Canvas.Fit(_notes[i], TextStyle.Small, TextWidth - _left), TextStyle.Small);
        }
    }

    private void DrawRow(Canvas canvas, int row)
    {
        var (what, first) = (_rows[row], Tile(row, 0));
        if (what.Title is not null)
        {
            canvas.Text(Edge + 9, first.MiddleY, Canvas.Fit(what.Title, TextStyle.Heading, first.Height), TextStyle.Heading, Anchor.Middle, turned: true);
        }

        if (what.Note is not null)
        {
            canvas.Text(Edge + 21, first.MiddleY, Canvas.Fit(what.Note, TextStyle.Small, first.Height), TextStyle.Small, Anchor.Middle, turned: true);
        }

        var widest = Array.IndexOf(_widths, _widths.Max());
        for (var c = 0; c < what.Views.Count; c++)
        {
            var (view, tile) = (what.Views[c], Tile(row, c));
            canvas.BeginGroup($"{(what.Title is null ? "" : what.Title + ": ")}{_columns[c]}{(view.Place.Length == 0 ? "" : ", " + view.Place)}");
            view.Draw(canvas, tile, withScale: c == widest);
            canvas.EndGroup();
            canvas.Text(tile.MiddleX, tile.Bottom + 12, Canvas.Fit(view.Place, TextStyle.Small, tile.Width), TextStyle.Small, Anchor.Middle);
        }
    }
}

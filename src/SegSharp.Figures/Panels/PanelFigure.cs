using SegSharp.Figures.Drawing;
using SegSharp.Figures.Plots;
using SegSharp.Figures.Volumes;

namespace SegSharp.Figures.Panels;

/// <summary>One picture of a panel.</summary>
/// <param name="Picture">What is shown.</param>
/// <param name="Caption">A small line below, "Dice 0.83  IoU 0.71"; null for none.</param>
public sealed record PanelCell(Picture Picture, string? Caption = null)
{
    /// <summary>A slice of a volume: in its true proportions, with outlines and the sides of the body.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="caption">A small line below; null for none.</param>
    public PanelCell(SliceView slice, string? caption = null) : this(slice.Picture, caption) => Slice = slice;

    /// <summary>What is drawn in place of the bare picture; null for pictures.</summary>
    public SliceView? Slice { get; }

    /// <summary>Height over width.</summary>
    internal double Aspect => Slice is { } s ? s.Height / s.Width : (double)Picture.Height / Picture.Width;
}

/// <summary>One row of a panel: a case.</summary>
/// <param name="Title">Name of the case.</param>
/// <param name="Note">A second line below the name: "worst of 5", "512×512"; null for none.</param>
/// <param name="Cells">One a column.</param>
public sealed record PanelRow(string Title, string? Note, IReadOnlyList<PanelCell> Cells);

/// <summary>Pictures in rows (cases) and columns (image, truth, prediction, error; then further models), with titles, scores and the legend of the errors.</summary>
public sealed class PanelFigure : Figure
{
    private const double Margin = 16;
    private const double Gap = 8;
    private const double TitleLine = 20;
    private const double Left = 26;    // names of the rows

    private readonly string? _title;
    private readonly IReadOnlyList<string> _columns;
    private readonly IReadOnlyList<PanelRow> _rows;
    private readonly IReadOnlyList<(string Name, Colour Colour)> _legend;
    private readonly double _cell;

    /// <summary>A panel.</summary>
    /// <param name="columns">Titles of the columns.</param>
    /// <param name="rows">One or more, each with a cell for every column.</param>
    /// <param name="title">Printed on top; null for none.</param>
    /// <param name="legend">Colours and what they mean; null takes <see cref="ErrorLegend"/>, an empty list prints none.</param>
    /// <param name="cell">Width of a picture, in units of 1/96 inch.</param>
    public PanelFigure(
        IReadOnlyList<string> columns,
        IReadOnlyList<PanelRow> rows,
        string? title = null,
        IReadOnlyList<(string Name, Colour Colour)>? legend = null,
        double cell = 168)
    {
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        foreach (var row in rows.Where(r => r.Cells.Count != columns.Count))
        {
            throw new ArgumentException($"row '{row.Title}' has {row.Cells.Count} pictures for {columns.Count} columns");
        }

        (_columns, _rows, _title, _legend, _cell) = (columns, rows, title, legend ?? ErrorLegend(), cell);
    }

    /// <inheritdoc/>
    public override string Description => $"{_title ?? "Panel"}: {string.Join(" | ", _columns)} of {string.Join(", ", _rows.Select(r => r.Title))}";

    private double Head => Margin + (_title is null ? 0 : 26) + TitleLine;

    private double LegendRoom => _legend.Count == 0 ? 0 : 26;

    /// <summary>The usual panel: image | truth | prediction | error, with prediction and error again for every further model.</summary>
    /// <param name="cases">One row each.</param>
    /// <param name="models">Names of the models, as many as each case has predictions. With one model its columns are called "prediction" and "error".</param>
    /// <param name="title">Printed on top; null for none.</param>
    /// <param name="cell">Width of a picture, in units of 1/96 inch.</param>
    public static PanelFigure Compare(IReadOnlyList<ComparedCase> cases, IReadOnlyList<string> models, string? title = null, double cell = 168)
    {
        IEnumerable<string> columns = models.Count == 1 ? ["prediction", "error"] : models.SelectMany(m => new[] { m, "error of " + m });
        var isMultiClass = cases.Any(c => c.Truth.Any(l => l > 1) || c.Predictions.Any(p => p.Labels.Any(l => l > 1)));
        return new(["image", "truth", .. columns], [.. cases.Select(c => c.ToRow())], title, ErrorLegend(isMultiClass), cell);
    }

    /// <summary>What the error colours mean, for two classes or, with a wrong label among them, for more.</summary>
    public static IReadOnlyList<(string Name, Colour Colour)> ErrorLegend(bool isMultiClass = false)
    {
        List<(string, Colour)> legend =
        [
            ("found (TP)", Palette.TruePositive),
            ("too much (FP)", Palette.FalsePositive),
            ("missed (FN)", Palette.FalseNegative),
            ("background (TN)", Palette.TrueNegative),
        ];
        if (isMultiClass)
        {
            legend.Insert(3, ("wrong label", Palette.WrongLabel));
        }

        return legend;
    }

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size()
    {
        var grid = Left + (_columns.Count * _cell) + ((_columns.Count - 1) * Gap);
        var width = Math.Max(grid, Math.Max(Left + Legend.Width(_legend), _title is null ? 0 : Canvas.Measure(_title, TextStyle.Title)));
        return (width + (2 * Margin), Head + _rows.Sum(RowHeight) + (Gap * (_rows.Count - 1)) + LegendRoom + Margin);
    }

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        if (_title is not null)
        {
            canvas.Text(Margin, Margin + 13, _title, TextStyle.Title);
        }

        for (var c = 0; c < _columns.Count; c++)
        {
            canvas.Text(ColumnX(c) + (_cell / 2), Head - 7, Canvas.Fit(_columns[c], TextStyle.Heading, _cell), TextStyle.Heading, Anchor.Middle);
        }

        var y = Head;
        foreach (var row in _rows)
        {
            DrawRow(canvas, row, y);
            y += RowHeight(row) + Gap;
        }

        if (_legend.Count > 0)
        {
            Legend.Draw(canvas, Margin + Left, y - Gap + 20, _legend);
        }
    }

    private double ColumnX(int column) => Margin + Left + (column * (_cell + Gap));

    private double PictureHeight(PanelRow row) => row.Cells.Max(c => _cell * c.Aspect);

    private double RowHeight(PanelRow row) => PictureHeight(row) + (row.Cells.Any(c => c.Caption is not null) ? 17 : 0);

    private void DrawRow(Canvas canvas, PanelRow row, double y)
    {
        var height = PictureHeight(row);
        var middle = y + (height / 2);
        canvas.Text(Margin + 9, middle, Canvas.Fit(row.Title, TextStyle.Heading, height), TextStyle.Heading, Anchor.Middle, turned: true);
        if (row.Note is not null)
        {
            canvas.Text(Margin + 21, middle, Canvas.Fit(row.Note, TextStyle.Small, height), TextStyle.Small, Anchor.Middle, turned: true);
        }

        for (var c = 0; c < row.Cells.Count; c++)
        {
            var cell = row.Cells[c];
            var box = new Box(ColumnX(c), y, _cell, _cell * cell.Aspect);
            canvas.BeginGroup($"{row.Title}: {_columns[c]}{(cell.Caption is null ? "" : $", {cell.Caption}")}");
            if (cell.Slice is { } slice)
            {
                slice.Draw(canvas, box, withScale: true);
            }
            else
            {
                canvas.Image(box, cell.Picture);
                canvas.Rectangle(box, null, new(Palette.Muted, 0.6));
            }

            canvas.EndGroup();
            if (cell.Caption is not null)
            {
                var style = TextStyle.Small with { Colour = Palette.Ink };
                canvas.Text(box.MiddleX, box.Bottom + 13, Canvas.Fit(cell.Caption, style, _cell), style, Anchor.Middle);
            }
        }
    }
}

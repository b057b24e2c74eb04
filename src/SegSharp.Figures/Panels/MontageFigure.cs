using SegSharp.Figures.Drawing;
using SegSharp.Figures.Plots;

namespace SegSharp.Figures.Panels;

/// <summary>Many small pictures at a glance, each with a name and a line below: the cases of a data set with their labels laid over.</summary>
public sealed class MontageFigure : Figure
{
    private const double Margin = 16;
    private const double Gap = 10;
    private const double CaptionRoom = 30;

    private readonly IReadOnlyList<(string Name, PanelCell Cell)> _cells;
    private readonly string? _title;
    private readonly IReadOnlyList<(string Name, Colour Colour)> _legend;
    private readonly int _columns;
    private readonly double _side;

    /// <summary>A montage.</summary>
    /// <param name="cells">Name, picture and caption of each case, one or more.</param>
    /// <param name="title">Printed on top; null for none.</param>
    /// <param name="legend">Labels and their colours; null for none.</param>
    /// <param name="columns">Pictures in a row; 0 makes the whole a little wider than high, six at most.</param>
    /// <param name="side">The box that each picture is fitted into, in units of 1/96 inch.</param>
    public MontageFigure(
        IReadOnlyList<(string Name, PanelCell Cell)> cells,
        string? title = null,
        IReadOnlyList<(string Name, Colour Colour)>? legend = null,
        int columns = 0,
        double side = 130)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cells.Count);
        (_cells, _title, _legend, _side) = (cells, title, legend ?? [], side);
        _columns = columns > 0 ? columns : Math.Min(6, (int)Math.Ceiling(Math.Sqrt(1.5 * cells.Count)));
    }

    /// <inheritdoc/>
    public override string Description => $"{_title ?? "Montage"}: {string.Join(", ", _cells.Select(c => c.Name))}";

    private double Head => Margin + (_title is null ? 0 : 28);

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size()
    {
        var rows = (_cells.Count + _columns - 1) / _columns;
        var grid = (Math.Min(_columns, _cells.Count) * (_side + Gap)) - Gap;
        var width = Math.Max(grid, Math.Max(Legend.Width(_legend), _title is null ? 0 : Canvas.Measure(_title, TextStyle.Title)));
        return (width + (2 * Margin), Head + (rows * (_side + CaptionRoom + Gap)) - Gap + (_legend.Count > 0 ? 26 : 0) + Margin);
    }

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        if (_title is not null)
        {
            canvas.Text(Margin, Margin + 13, _title, TextStyle.Title);
        }

        for (var i = 0; i < _cells.Count; i++)
        {
            var (x, y) = (Margin + (i % _columns * (_side + Gap)), Head + (i / _columns * (_side + CaptionRoom + Gap)));
            DrawCell(canvas, _cells[i].Name, _cells[i].Cell, x, y);
        }

        if (_legend.Count > 0)
        {
            Legend.Draw(canvas, Margin, Size().Height - Margin, _legend);
        }
    }

    private void DrawCell(Canvas canvas, string name, PanelCell cell, double x, double y)
    {
        var scale = _side / Math.Max(cell.Picture.Width, cell.Picture.Height);
        var (w, h) = (cell.Picture.Width * scale, cell.Picture.Height * scale);
        var box = new Box(x + ((_side - w) / 2), y + _side - h, w, h);
        canvas.BeginGroup($"{name}{(cell.Caption is null ? "" : $", {cell.Caption}")}");
        if (cell.Slice is { } slice)
        {
            slice.Draw(canvas, new Box(x, y, _side, _side), withScale: ReferenceEquals(cell, _cells[0].Cell) || _cells.Any(c => c.Cell.Slice is not { } other || other.Width != slice.Width || other.Height != slice.Height));
        }
        else
        {
            canvas.Image(box, cell.Picture);
            canvas.Rectangle(box, null, new(Palette.Muted, 0.6));
        }

        canvas.EndGroup();
        var heading = TextStyle.Small with { Colour = Palette.Ink, Bold = true };
        canvas.Text(x + (_side / 2), y + _side + 13, Canvas.Fit(name, heading, _side), heading, Anchor.Middle);
        canvas.Text(x + (_side / 2), y + _side + 25, Canvas.Fit(cell.Caption ?? "", TextStyle.Small, _side), TextStyle.Small, Anchor.Middle);
    }
}

using SegSharp.Figures.Drawing;
using SegSharp.Figures.Volumes;

namespace SegSharp.Figures.Augmentation;

/// <summary>A sample as it came, or as one draw made it.</summary>
/// <param name="Title">"original", "draw 1".</param>
/// <param name="Views">Its slices: one, or one per plane.</param>
/// <param name="Drawn">Each step with its parameters, a line each; empty for the original.</param>
public sealed record AugmentedView(string Title, IReadOnlyList<SliceView> Views, IReadOnlyList<(string Step, IReadOnlyList<string> Lines)> Drawn);

/// <summary>
/// Original and augmented side by side, with what was drawn written beside. Of a single draw the planes stand in rows and the words at the
/// right; several draws stand in a grid with their words below. Greys are those of the original's window in all of them.
/// </summary>
public sealed class AugmentationFigure : Figure
{
    private const double Edge = 16;
    private const double Gap = 8;
    private const double Beside = 196;       // room for the words at the right
    private const double Line = 13;

    private static readonly TextStyle _name = TextStyle.Small with { Bold = true, Colour = Palette.Ink };
    private static readonly TextStyle _value = TextStyle.Small;

    private readonly string _title;
    private readonly string? _note;
    private readonly IReadOnlyList<AugmentedView> _views;
    private readonly IReadOnlyList<LegendEntry> _legend;
    private readonly double _cell;
    private readonly double _scale;
    private readonly double _frame;

    internal AugmentationFigure(string title, string? note, IReadOnlyList<AugmentedView> views, IReadOnlyList<LegendEntry> legend)
    {
        (_title, _note, _views, _legend) = (title, note, views, legend);
        var all = views.SelectMany(v => v.Views).ToList();
        var (widest, highest) = (all.Max(v => v.Width), all.Max(v => v.Height));

        // One scale for all pictures, so that what grew is seen to have grown.
        _cell = IsSingle ? (views[0].Views.Count > 1 ? 190 : 270) : Columns > 3 ? 180 : 220;
        _frame = all.Exists(v => v.HasFrame) ? SliceView.Margin : 0;
        _scale = Math.Min((_cell - (2 * _frame)) / widest, (_cell * 1.4) / highest);
    }

    /// <inheritdoc/>
    public override string Description => $"{_title}: {string.Join("; ", _views.Select(v => v.Drawn.Count == 0 ? v.Title : $"{v.Title}: {string.Join(", ", v.Drawn.Select(d => $"{d.Step} ({string.Join(", ", d.Lines)})"))}"))}";

    private bool IsSingle => _views.Count <= 2;

    private int Columns => IsSingle ? _views.Count : Math.Min(_views.Count, _views.Count is 4 or 3 ? _views.Count : _views.Count <= 6 ? 3 : 4);

    private int Rows => IsSingle ? 1 : (_views.Count + Columns - 1) / Columns;

    private double Head => Edge + 24 + (_note is null ? 0 : 15) + 18;

    private double Width => (Columns * _cell) + ((Columns - 1) * Gap) + (IsSingle && _views.Count > 1 ? Gap + Beside : 0);

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size()
    {
        var body = IsSingle
            ? Math.Max(Pictures(0), WordsHeight(_views[^1], Beside))
            : Enumerable.Range(0, Rows).Sum(RowHeight);
        var legend = LegendEntry.Height(_legend, Width);
        return (Math.Max(Width, 340) + (2 * Edge), Head + body + (legend > 0 ? legend + 8 : 0) + Edge);
    }

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        canvas.Text(Edge, Edge + 12, Canvas.Fit(_title, TextStyle.Title, Math.Max(Width, 340)), TextStyle.Title);
        if (_note is not null)
        {
            canvas.Text(Edge, Edge + 29, Canvas.Fit(_note, TextStyle.Small, Math.Max(Width, 340)), TextStyle.Small);
        }

        var y = Head;
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns && (row * Columns) + column < _views.Count; column++)
            {
                var (view, x) = (_views[(row * Columns) + column], Edge + (column * (_cell + Gap)));
                canvas.Text(x + (_cell / 2), y - 6, Canvas.Fit(view.Title, TextStyle.Heading, _cell), TextStyle.Heading, Anchor.Middle);
                var bottom = DrawPictures(canvas, view, x, y, withScale: column == 0);
                if (!IsSingle)
                {
                    DrawWords(canvas, view, x, bottom + 4, _cell);
                }
            }

            if (IsSingle && _views.Count > 1)
            {
                DrawWords(canvas, _views[1], Edge + (2 * (_cell + Gap)) + 4, y, Beside - 4);
            }

            y += IsSingle ? Math.Max(Pictures(0), WordsHeight(_views[^1], Beside)) : RowHeight(row);
        }

        LegendEntry.Draw(canvas, _legend, Edge, y - (IsSingle ? -4 : 10), Width);
    }

    private IEnumerable<AugmentedView> InRow(int row) => _views.Skip(row * Columns).Take(Columns);

    private double TileHeight(SliceView view) => (view.Height * _scale) + (2 * _frame);

    private double Pictures(int row) => InRow(row).Max(v => v.Views.Sum(s => TileHeight(s) + 2)) - 2;

    private double RowHeight(int row) => Pictures(row) + 4 + InRow(row).Max(v => WordsHeight(v, _cell)) + 28;

    private double DrawPictures(Canvas canvas, AugmentedView view, double x, double y, bool withScale)
    {
        for (var i = 0; i < view.Views.Count; i++)
        {
            var slice = view.Views[i];
            var tile = new Box(x, y, _cell, TileHeight(slice));
            canvas.BeginGroup($"{view.Title}{(slice.Place.Length == 0 ? "" : ", " + slice.Place)}");
            var around = SliceView.Margin - _frame;
            canvas.BeginClip(tile);
            slice.Draw(canvas, new Box(tile.X - around, tile.Y - around, tile.Width + (2 * around), tile.Height + (2 * around)), withScale: withScale && i == 0);
            canvas.EndClip();
            canvas.EndGroup();
            y = tile.Bottom + 2;
        }

        return y;
    }

    // Words are broken where they do not fit: nothing that was drawn is left out.
    private IEnumerable<(string Text, TextStyle Style, double Indent)> Words(AugmentedView view, double width)
    {
        foreach (var (step, lines) in view.Drawn)
        {
            yield return (step, _name, 0);
            var told = IsSingle ? lines : lines.Count == 0 ? [] : [string.Join(", ", lines)];
            foreach (var line in told.SelectMany(l => Broken(l, width - 8)))
            {
                yield return (line, _value, 8);
            }
        }

        if (view.Drawn.Count == 0 && view.Title != "original")
        {
            yield return ("nothing was drawn this time", _value, 0);
        }
    }

    private static IEnumerable<string> Broken(string line, double width)
    {
        var rest = "";
        foreach (var word in line.Split(' '))
        {
            var longer = rest.Length == 0 ? word : $"{rest} {word}";
            if (rest.Length > 0 && Canvas.Measure(longer, _value) > width)
            {
                yield return rest;
                longer = word;
            }

            rest = longer;
        }

        yield return rest;
    }

    private double WordsHeight(AugmentedView view, double width) => Words(view, width).Count() * Line;

    private void DrawWords(Canvas canvas, AugmentedView view, double x, double y, double width)
    {
        foreach (var (text, style, indent) in Words(view, width))
        {
            y += Line;
            canvas.Text(x + indent, y - 3, Canvas.Fit(text, style, width - indent), style);
        }
    }
}

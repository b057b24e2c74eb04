using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Volumes;

/// <summary>A line of colour and its name; many flow into several rows.</summary>
internal sealed record LegendEntry(string Name, Colour Colour, bool IsDashed = false)
{
    private const double Sample = 16;
    private const double RowHeight = 16;
    private static readonly TextStyle _style = TextStyle.Small with { Colour = Palette.Ink };

    /// <summary>Room that the entries take.</summary>
    public static double Height(IReadOnlyList<LegendEntry> entries, double width) => entries.Count == 0 ? 0 : Place(entries, width)[^1].Row * RowHeight + RowHeight;

    /// <summary>Draws the entries from an upper left corner on.</summary>
    public static void Draw(Canvas canvas, IReadOnlyList<LegendEntry> entries, double x, double y, double width)
    {
        var places = entries.Count == 0 ? [] : Place(entries, width);
        for (var i = 0; i < entries.Count; i++)
        {
            var (left, middle) = (x + places[i].X, y + (places[i].Row * RowHeight) + (RowHeight / 2));

            // On the ground of the pictures, so that light dashes are seen on paper.
            canvas.Rectangle(new Box(left, middle - 5.5, Sample, 9), Colour.Hex(0x000000));
            canvas.Line(left + 2, middle - 1, left + Sample - 2, middle - 1, new Stroke(entries[i].Colour, 2, entries[i].IsDashed ? 2.5 : 0));
            canvas.Text(left + Sample + 5, middle + 2.5, entries[i].Name, _style);
        }
    }

    private static List<(double X, int Row)> Place(IReadOnlyList<LegendEntry> entries, double width)
    {
        var (places, x, row) = (new List<(double, int)>(), 0.0, 0);
        foreach (var entry in entries)
        {
            var own = Sample + 5 + Canvas.Measure(entry.Name, _style);
            if (x > 0 && x + own > width)
            {
                (x, row) = (0, row + 1);
            }

            places.Add((x, row));
            x += own + 16;
        }

        return places;
    }
}

using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Plots;

/// <summary>Squares of colour with their names, in one row.</summary>
internal static class Legend
{
    private const double Swatch = 10;

    /// <summary>Width of the row.</summary>
    public static double Width(IReadOnlyList<(string Name, Colour Colour)> entries) =>
        entries.Sum(e => Swatch + 5 + Canvas.Measure(e.Name, TextStyle.Small) + 16) - 16;

    /// <summary>Draws the row; y is the text's baseline.</summary>
    public static void Draw(Canvas canvas, double x, double y, IReadOnlyList<(string Name, Colour Colour)> entries)
    {
        foreach (var (name, colour) in entries)
        {
            canvas.Rectangle(new Box(x, y - Swatch + 1.5, Swatch, Swatch), colour, new(Palette.Muted, 0.6));
            canvas.Text(x + Swatch + 5, y, name, TextStyle.Small with { Colour = Palette.Ink });
            x += Swatch + 5 + Canvas.Measure(name, TextStyle.Small) + 16;
        }
    }
}

namespace SegSharp.Figures.Drawing;

/// <summary>Which end of a text its place means.</summary>
public enum Anchor
{
    /// <summary>The text begins at x.</summary>
    Start,

    /// <summary>The text is centred on x.</summary>
    Middle,

    /// <summary>The text ends at x.</summary>
    End,
}

/// <summary>How a text is set, always in DejaVu Sans (a font with µ ± σ ≥ ✓ and the accents of Europe).</summary>
/// <param name="Size">Height of the font, in units of the canvas.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Bold">Bold or regular.</param>
public readonly record struct TextStyle(double Size, Colour Colour, bool Bold = false)
{
    /// <summary>The one title of a figure.</summary>
    public static TextStyle Title { get; } = new(15, Palette.Ink, true);

    /// <summary>The title of a plot, a column or a row.</summary>
    public static TextStyle Heading { get; } = new(11.5, Palette.Ink, true);

    /// <summary>Names of axes, legends, labels beside lines.</summary>
    public static TextStyle Body { get; } = new(10.5, Palette.Ink);

    /// <summary>Ticks, captions, sizes.</summary>
    public static TextStyle Small { get; } = new(9.5, Palette.Muted);

    /// <summary>From the baseline to the top of a capital: 0.73 of the size in DejaVu Sans.</summary>
    public double CapHeight => 0.73 * Size;
}

namespace SegSharp.Figures.Drawing;

/// <summary>How a line is drawn.</summary>
/// <param name="Colour">Its colour.</param>
/// <param name="Width">Its width, in units of the canvas.</param>
/// <param name="Dash">Length of dash and gap, 0 for an unbroken line.</param>
public readonly record struct Stroke(Colour Colour, double Width = 1, double Dash = 0);

namespace SegSharp.Figures.Drawing;

/// <summary>A rectangle on a canvas, in its units (1/96 inch), y downwards.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">To the right.</param>
/// <param name="Height">Downwards.</param>
public readonly record struct Box(double X, double Y, double Width, double Height)
{
    /// <summary>Right edge.</summary>
    public double Right => X + Width;

    /// <summary>Lower edge.</summary>
    public double Bottom => Y + Height;

    /// <summary>Middle, from left to right.</summary>
    public double MiddleX => X + (Width / 2);

    /// <summary>Middle, from top to bottom.</summary>
    public double MiddleY => Y + (Height / 2);
}

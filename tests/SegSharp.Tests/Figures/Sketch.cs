using SegSharp.Figures.Drawing;

namespace SegSharp.Tests.Figures;

/// <summary>A figure of one call, to try the canvas.</summary>
internal sealed class Sketch(double width, double height, Action<Canvas> draw) : Figure
{
    public override string Description => "sketch";

    public static Picture Of(double width, double height, Action<Canvas> draw) => new Sketch(width, height, draw).ToPicture();

    protected internal override (double Width, double Height) Size() => (width, height);

    protected internal override void Draw(Canvas canvas) => draw(canvas);
}

namespace SegSharp.Data.Phantoms;

/// <summary>Something inside a cell that is dark but no membrane.</summary>
internal abstract class Organelle
{
    /// <summary>What it adds to the grey value at a place.</summary>
    /// <param name="x">Column, in the tissue's coordinates.</param>
    /// <param name="y">Row.</param>
    /// <param name="inside">Distance from the cell's membrane, pixels; organelles fade out before they touch it.</param>
    /// <param name="grain">The cytoplasm's grain here, standard deviation 1.</param>
    public abstract float At(float x, float y, float inside, float grain);

    /// <summary>1 well inside the cell, 0 at its membrane.</summary>
    protected static float Fade(float inside) => Math.Clamp(inside - 0.5f, 0, 1);
}

/// <summary>A dark ellipse with a darker rim and stripes, the cristae.</summary>
internal sealed class Mitochondrion(float cx, float cy, float a, float b, float angle, float stripes) : Organelle
{
    private readonly float _cos = MathF.Cos(angle), _sin = MathF.Sin(angle);

    public override float At(float x, float y, float inside, float grain)
    {
        var (dx, dy) = (x - cx, y - cy);
        if ((dx * dx) + (dy * dy) > (a + 3) * (a + 3))
        {
            return 0;
        }

        var (u, v) = ((_cos * dx) + (_sin * dy), (_cos * dy) - (_sin * dx));
        var r = MathF.Sqrt((u * u / (a * a)) + (v * v / (b * b)));
        var border = (r - 1) * b;                                   // about pixels
        var rim = 50 * MathF.Exp(-0.5f * border * border / 0.9f);
        var filled = Math.Clamp(0.5f - border, 0, 1);
        var body = filled * (30 + (14 * MathF.Sin((stripes * u) + (0.35f * v))) - (5 * grain));
        return -(rim + body) * Fade(inside);
    }
}

/// <summary>A small ring with a light middle; the smallest are dark dots.</summary>
internal sealed class Vesicle(float cx, float cy, float radius, float darkness) : Organelle
{
    public override float At(float x, float y, float inside, float grain)
    {
        var (dx, dy) = (x - cx, y - cy);
        var d = (dx * dx) + (dy * dy);
        if (d > (radius + 3) * (radius + 3))
        {
            return 0;
        }

        var border = MathF.Sqrt(d) - radius;
        return -darkness * MathF.Exp(-0.5f * border * border / 0.7f) * Fade(inside);
    }
}

/// <summary>A short dark arc: endoplasmic reticulum, or a fold; like a membrane that ends nowhere.</summary>
internal sealed class Fold(float cx, float cy, float radius, float from, float extent, float darkness) : Organelle
{
    private readonly float _x = cx - (radius * MathF.Cos(from)), _y = cy - (radius * MathF.Sin(from));

    public override float At(float x, float y, float inside, float grain)
    {
        var (dx, dy) = (x - _x, y - _y);
        var border = MathF.Sqrt((dx * dx) + (dy * dy)) - radius;
        if (MathF.Abs(border) > 3)
        {
            return 0;
        }

        var turn = MathF.IEEERemainder(MathF.Atan2(dy, dx) - from, 2 * MathF.PI);
        var end = Math.Clamp((extent - MathF.Abs(turn)) * radius * 0.5f, 0, 1);
        return -darkness * end * MathF.Exp(-0.5f * border * border / 0.8f) * Fade(inside);
    }
}

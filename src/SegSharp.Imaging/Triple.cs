namespace SegSharp.Imaging;

/// <summary>Three numbers, one per axis: a spacing, a point in the world, a direction.</summary>
/// <param name="X">Along x.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
public readonly record struct Triple(double X, double Y, double Z)
{
    /// <summary>1 on every axis.</summary>
    public static Triple One => new(1, 1, 1);

    /// <summary>0 on every axis.</summary>
    public static Triple Zero => default;

    /// <summary><c>0.8x0.8x2.5</c>.</summary>
    public override string ToString() => $"{X}x{Y}x{Z}";
}

namespace SegSharp.Data.Phantoms;

/// <summary>A kind of flat shape, inside the square from −1 to 1.</summary>
/// <param name="Name">"disk".</param>
/// <param name="Hue">Its usual colour, degrees; that of a shape lies around it, so colour alone does not tell the kind.</param>
/// <param name="Contains">Whether a place lies inside.</param>
internal sealed record ShapeKind(string Name, double Hue, Func<double, double, bool> Contains)
{
    /// <summary>All kinds; the place in the list plus 1 is the label.</summary>
    public static IReadOnlyList<ShapeKind> All { get; } =
    [
        new("disk", 0, (u, v) => Square(u, v) < 0.81),
        new("ring", 36, (u, v) => Square(u, v) is > 0.3 and < 0.9),
        new("square", 72, (u, v) => Math.Max(Math.Abs(u), Math.Abs(v)) < 0.7),
        new("triangle", 108, InPolygon(Corners(3, 1, 1))),
        new("star", 144, InPolygon(Corners(10, 1, 0.42))),
        new("cross", 180, (u, v) => (Math.Abs(u) < 0.27 && Math.Abs(v) < 0.9) || (Math.Abs(v) < 0.27 && Math.Abs(u) < 0.9)),
        new("hexagon", 216, InPolygon(Corners(6, 0.9, 0.9))),
        new("crescent", 252, (u, v) => Square(u, v) < 0.9 && Square(u - 0.45, v) > 0.52),
        new("bar", 288, (u, v) => Math.Abs(u) < 0.95 && Math.Abs(v) < 0.24),
        new("heart", 324, (u, v) => Heart(1.4 * u, -1.4 * v)),
    ];

    private static double Square(double u, double v) => (u * u) + (v * v);

    private static bool Heart(double x, double y)
    {
        var a = (x * x) + (y * y) - 1;
        return (a * a * a) - (x * x * y * y * y) < 0;
    }

    private static (double U, double V)[] Corners(int count, double even, double odd) =>
        [.. Enumerable.Range(0, count).Select(i => (i, R: i % 2 == 0 ? even : odd)).Select(c =>
            (c.R * Math.Sin(2 * Math.PI * c.i / count), -c.R * Math.Cos(2 * Math.PI * c.i / count)))];

    // A ray to the right crosses the outline an odd number of times from inside.
    private static Func<double, double, bool> InPolygon((double U, double V)[] corners) => (u, v) =>
    {
        var inside = false;
        for (int i = 0, j = corners.Length - 1; i < corners.Length; j = i++)
        {
            var (a, b) = (corners[i], corners[j]);
            if (a.V > v != b.V > v && u < a.U + ((b.U - a.U) * (v - a.V) / (b.V - a.V)))
            {
                inside = !inside;
            }
        }

        return inside;
    };
}

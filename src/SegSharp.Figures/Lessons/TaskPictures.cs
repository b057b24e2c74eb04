using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Figures.Lessons;

/// <summary>Discs on a small sheet: two that touch, and one of another class. What the figures of the three tasks are drawn from.</summary>
internal static class TaskPictures
{
    public const int Side = 96;

    private static readonly (double X, double Y, double Radius, ushort Class)[] Discs = [(34, 40, 17.4, 1), (64, 50, 14.6, 1), (24, 77, 11.4, 2)];

    /// <summary>Objects that can be counted from each kind of mask, of the two discs that touch.</summary>
    public static (int Semantic, int Instances) Touching
    {
        get
        {
            var semantic = Semantic();
            Components.LabelOnly(semantic, 1, new Extent(Side, Side), Connectivity.Full, out var parts);
            return (parts, Instances().Where((_, i) => semantic[i] == 1).Distinct().Count());
        }
    }

    /// <summary>The class of every pixel.</summary>
    public static ushort[] Semantic() => Map(i => Discs[i].Class);

    /// <summary>The number of the object at every pixel, 0 for none.</summary>
    public static ushort[] Instances() => Map(i => (ushort)(i + 1));

    /// <summary>A grey picture of the discs on a softly shaded ground.</summary>
    public static byte[] Picture()
    {
        var map = Instances();
        return [.. map.Select((o, i) => (byte)Math.Clamp(40 + (30 * Math.Sin(i % Side / 19.0) * Math.Cos(i / Side / 23.0)) + (o == 0 ? 0 : 95 + (o * 18)) + (9 * Grain(i)), 0, 255))];
    }

    /// <summary>The box of an object: least and greatest column and row, both included.</summary>
    public static (int XMin, int YMin, int XMax, int YMax) Box(ushort number)
    {
        var places = Instances().Index().Where(p => p.Item == number).Select(p => (X: p.Index % Side, Y: p.Index / Side)).ToList();
        return (places.Min(p => p.X), places.Min(p => p.Y), places.Max(p => p.X), places.Max(p => p.Y));
    }

    private static double Grain(int i) => ((Math.Sin(i * 12.9898) * 43758.5453) % 1 + 1) % 1 - 0.5;

    // A pixel belongs to the disc whose edge it is farthest inside.
    private static ushort[] Map(Func<int, ushort> value) =>
    [
        .. Enumerable.Range(0, Side * Side).Select(p =>
        {
            var best = Enumerable.Range(0, Discs.Length).MaxBy(i => Inside(i, p));
            return Inside(best, p) >= 0 ? value(best) : (ushort)0;
        }),
    ];

    private static double Inside(int disc, int place)
    {
        var d = Discs[disc];
        return d.Radius - Math.Sqrt(Math.Pow((place % Side) - d.X, 2) + Math.Pow((place / Side) - d.Y, 2));
    }
}

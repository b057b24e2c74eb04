using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>A shape at its place; later ones hide earlier ones.</summary>
/// <param name="Label">Its kind: 1 + the place in <see cref="ShapeKind.All"/>.</param>
/// <param name="X">Centre, pixels.</param>
/// <param name="Y">Centre, pixels.</param>
/// <param name="Radius">Half its size, pixels.</param>
/// <param name="Angle">Turned by, radians.</param>
/// <param name="Colour">RGB, 0 to 255.</param>
internal sealed record PlacedShape(int Label, double X, double Y, double Radius, double Angle, (double R, double G, double B) Colour)
{
    public static PlacedShape Drawn(RandomStream random, int label, double x, double y, double radius)
    {
        var hue = ShapeKind.All[label - 1].Hue + (35 * random.NextNormal());
        var (saturation, value) = (random.Between(0.45, 0.95), random.Between(120, 245));
        return new PlacedShape(label, x, y, radius, random.Between(0, 2 * Math.PI), FromHue(hue, saturation, value));
    }

    public bool Contains(double x, double y)
    {
        var (dx, dy) = ((x - X) / Radius, (y - Y) / Radius);
        var (c, s) = (Math.Cos(Angle), Math.Sin(Angle));
        return ShapeKind.All[Label - 1].Contains((c * dx) + (s * dy), (c * dy) - (s * dx));
    }

    internal static (double R, double G, double B) FromHue(double hue, double saturation, double value)
    {
        double Part(double shift)
        {
            var k = (((hue / 60) + shift) % 6 + 6) % 6;
            return value * (1 - (saturation * Math.Max(0, Math.Min(Math.Min(k, 4 - k), 1))));
        }

        return (Part(5), Part(3), Part(1));
    }
}

/// <summary>A textured ground with coloured shapes on it.</summary>
internal static class ShapeScene
{
    private const int Fine = 3;         // samples per pixel and axis: soft edges

    /// <summary>A ground without shapes, RGB planar: two dull colours that fade into each other, strokes and mottle.</summary>
    public static float[] Ground(RandomStream random, Extent size)
    {
        var (w, h) = (size.Width, size.Height);
        (double R, double G, double B) Dull() => PlacedShape.FromHue(random.Between(0, 360), random.Between(0.05, 0.35), random.Between(50, 190));
        var (one, other) = (Dull(), Dull());
        var (fade, mottle) = (new SmoothField(random.Derive("fade"), w, h, Math.Max(w, h) / 1.5), new SmoothField(random.Derive("mottle"), w, h, Math.Max(6, w / 20.0)));
        var strokes = new (double X, double Y, double C, double S, double Tone)[5];
        for (var i = 0; i < strokes.Length; i++)
        {
            var angle = random.Between(0, Math.PI);
            strokes[i] = (random.Between(0, w), random.Between(0, h), Math.Cos(angle), Math.Sin(angle), random.Between(-45, 45));
        }

        var rgb = new float[3 * w * h];
        for (var at = 0; at < w * h; at++)
        {
            var (x, y) = (at % w, at / w);
            var t = Math.Clamp(0.5 + (0.35 * fade[x, y]), 0, 1);
            var tone = 9.0 * mottle[x, y];
            foreach (var s in strokes)
            {
                var across = Math.Abs(((x - s.X) * s.S) - ((y - s.Y) * s.C));
                tone += across < 1.5 ? s.Tone : 0;
            }

            rgb[at] = (float)(one.R + (t * (other.R - one.R)) + tone);
            rgb[at + (w * h)] = (float)(one.G + (t * (other.G - one.G)) + tone);
            rgb[at + (2 * w * h)] = (float)(one.B + (t * (other.B - one.B)) + tone);
        }

        return rgb;
    }

    /// <summary>Draws shapes over a ground.</summary>
    /// <param name="ground">RGB planar; stays as it is.</param>
    /// <param name="size">Columns and rows.</param>
    /// <param name="shapes">In the order in which they lie over each other.</param>
    /// <param name="noise">Draws the noise of every pixel.</param>
    /// <param name="name">The picture's name.</param>
    public static DrawnPicture Render(float[] ground, Extent size, IReadOnlyList<PlacedShape> shapes, RandomStream noise, string name)
    {
        var (w, h, rgb) = (size.Width, size.Height, (float[])ground.Clone());
        var (labels, instances) = (new ushort[w * h], new ushort[w * h]);
        for (var n = 0; n < shapes.Count; n++)
        {
            var s = shapes[n];
            for (var y = Math.Max(0, (int)(s.Y - s.Radius - 1)); y < Math.Min(h, s.Y + s.Radius + 2); y++)
            {
                for (var x = Math.Max(0, (int)(s.X - s.Radius - 1)); x < Math.Min(w, s.X + s.Radius + 2); x++)
                {
                    Paint(s, x, y, (y * w) + x, w * h, rgb);
                    if (s.Contains(x, y))
                    {
                        (labels[(y * w) + x], instances[(y * w) + x]) = ((ushort)s.Label, (ushort)(n + 1));
                    }
                }
            }
        }

        var bytes = new byte[3 * w * h];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(rgb[i] + (7 * noise.NextNormal()), 0, 255);
        }

        var grid = Geometry.Pixels(size);
        return new DrawnPicture(new Volume(name, grid, 3, VoxelType.UInt8, bytes), new LabelMap(name, grid, labels), new LabelMap(name, grid, WithoutGaps(instances, shapes.Count)));
    }

    private static void Paint(PlacedShape s, int x, int y, int at, int plane, float[] rgb)
    {
        var hits = 0;
        for (var i = 0; i < Fine * Fine; i++)
        {
            hits += s.Contains(x + ((i % Fine) - 1.0) / Fine, y + ((i / Fine) - 1.0) / Fine) ? 1 : 0;
        }

        var share = hits / (float)(Fine * Fine);
        rgb[at] += share * ((float)s.Colour.R - rgb[at]);
        rgb[at + plane] += share * ((float)s.Colour.G - rgb[at + plane]);
        rgb[at + (2 * plane)] += share * ((float)s.Colour.B - rgb[at + (2 * plane)]);
    }

    private static ushort[] WithoutGaps(ushort[] instances, int count)
    {
        var (seen, next) = (new ushort[count + 1], (ushort)0);
        foreach (var n in instances)
        {
            seen[n] = 1;
        }

        for (var n = 1; n <= count; n++)
        {
            seen[n] = seen[n] == 0 ? (ushort)0 : ++next;
        }

        seen[0] = 0;
        return Array.ConvertAll(instances, n => seen[n]);
    }
}

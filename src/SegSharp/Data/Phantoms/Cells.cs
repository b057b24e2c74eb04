using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>
/// A phantom, not a micrograph: nuclei of varied size and brightness, many of them touching, as a fluorescence microscope shows
/// them; one picture in seven has dark nuclei on a light ground, as a stain does.
/// </summary>
/// <remarks>
/// Each outline is an ellipse with a few low harmonics. A pixel that two nuclei claim goes to the one whose centre is nearer in units
/// of its radius there, so touching nuclei meet in a line, as in a drawn truth.
/// </remarks>
public sealed class Cells : PicturePhantom
{
    private const int Harmonics = 4;

    /// <inheritdoc/>
    public override string Name => "cells";

    /// <inheritdoc/>
    public override string About => "touching nuclei of varied size and brightness, with the number of each";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Channels => ["grey"];

    /// <inheritdoc/>
    public override LabelList Labels { get; } = new([new("background", [0]), new("nucleus", [1])]);

    /// <inheritdoc/>
    public override Extent UsualSize => new(256, 256);

    /// <inheritdoc/>
    protected override DrawnPicture Draw(RandomStream random, PicturePhantomOptions o, string name)
    {
        var size = o.Size ?? UsualSize;
        var (w, h) = (size.Width, size.Height);
        var microscope = random.Derive("microscope");
        var radius = microscope.Between(6.5, 13) / (o.Small ? 4 : 1);
        var crowd = microscope.Between(0.10, 0.32) / (o.Small ? 6 : 1);
        var exposure = microscope.Between(60, 200);
        var stained = microscope.Chance(1.0 / 7);
        var ground = microscope.Between(6, 22);
        var nuclei = Place(random.Derive("nuclei"), w, h, radius, crowd);

        var (nearest, owner) = (new float[w * h], new ushort[w * h]);
        Array.Fill(nearest, 1);
        for (var n = 0; n < nuclei.Count; n++)
        {
            Claim(nuclei[n], (ushort)(n + 1), w, h, nearest, owner);
        }

        var numbers = Renumber(owner, nuclei.Count);
        var image = Shade(random, nuclei, nearest, owner, (w, h), (exposure, ground, radius));
        var instances = Array.ConvertAll(owner, n => (ushort)numbers[n]);
        var (noise, bytes) = (random.Derive("noise"), new byte[w * h]);
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = image[i] + ((1.5 + Math.Sqrt(Math.Max(0, image[i])) / 2.2) * noise.NextNormal());
            bytes[i] = (byte)Math.Clamp(stained ? 225 - (0.75 * value) : value, 0, 255);
        }

        var grid = Geometry.Pixels(size);
        return new DrawnPicture(
            new Volume(name, grid, 1, VoxelType.UInt8, bytes),
            new LabelMap(name, grid, Array.ConvertAll(instances, n => n == 0 ? (ushort)0 : (ushort)1)),
            new LabelMap(name, grid, instances));
    }

    // Nuclei come in clusters: most are put beside one that is there already, as near as they may touch.
    private static List<Nucleus> Place(RandomStream random, int w, int h, double radius, double crowd)
    {
        var (nuclei, covered, wanted) = (new List<Nucleus>(), 0.0, crowd * w * h);
        for (var trial = 0; trial < 20_000 && covered < wanted; trial++)
        {
            var r = radius * Math.Exp(0.28 * random.NextNormal());
            var (x, y) = (random.Between(0, w), random.Between(0, h));
            if (nuclei.Count > 0 && random.Chance(0.6))
            {
                var beside = nuclei[random.Next(nuclei.Count)];
                var (angle, gap) = (random.Between(0, 2 * Math.PI), (r + beside.Radius) * random.Between(0.88, 1.15));
                (x, y) = (beside.X + (gap * Math.Cos(angle)), beside.Y + (gap * Math.Sin(angle)));
            }

            var nucleus = Nucleus.Drawn(random, x, y, r);
            if (x >= 0 && y >= 0 && x < w && y < h && nuclei.TrueForAll(n => n.DistanceTo(nucleus) > 0.82 * (n.Radius + r)))
            {
                nuclei.Add(nucleus);
                covered += Math.PI * r * r;
            }
        }

        return nuclei;
    }

    private static void Claim(Nucleus nucleus, ushort number, int w, int h, float[] nearest, ushort[] owner)
    {
        var reach = 2 * nucleus.Radius;
        for (var y = Math.Max(0, (int)(nucleus.Y - reach)); y < Math.Min(h, nucleus.Y + reach); y++)
        {
            for (var x = Math.Max(0, (int)(nucleus.X - reach)); x < Math.Min(w, nucleus.X + reach); x++)
            {
                var at = (y * w) + x;
                var distance = nucleus.At(x, y);
                if (distance < nearest[at])
                {
                    (nearest[at], owner[at]) = (distance, number);
                }
            }
        }
    }

    // A nucleus that others hide leaves no gap in the numbers.
    private static int[] Renumber(ushort[] owner, int count)
    {
        var (numbers, next) = (new int[count + 1], 0);
        var present = new bool[count + 1];
        foreach (var n in owner)
        {
            present[n] = true;
        }

        for (var n = 1; n <= count; n++)
        {
            numbers[n] = present[n] ? ++next : 0;
        }

        return numbers;
    }

    private static float[] Shade(
        RandomStream random, List<Nucleus> nuclei, float[] nearest, ushort[] owner, (int W, int H) size, (double Exposure, double Ground, double Radius) look)
    {
        var (w, h) = size;
        var light = new SmoothField(random.Derive("light"), w, h, Math.Max(w, h) / 2.5);
        var grain = new SmoothField(random.Derive("grain"), w, h, Math.Max(2, look.Radius / 4));
        var image = new float[w * h];
        var glow = new float[w * h];
        for (var i = 0; i < image.Length; i++)
        {
            if (owner[i] == 0)
            {
                continue;
            }

            var d = nearest[i];
            var value = (float)(look.Exposure * nuclei[owner[i] - 1].Brightness) * (1 - (0.35f * d * d)) * (1 + (0.13f * grain[i % w, i / w]));
            (image[i], glow[i]) = (value, value);
        }

        Gaussian.Blur(image, w, h, 0.9);
        Gaussian.Blur(glow, w, h, 2 * look.Radius);     // light from out of focus
        for (var i = 0; i < image.Length; i++)
        {
            image[i] += (float)look.Ground * (1 + (0.35f * light[i % w, i / w])) + (0.2f * glow[i]);
        }

        return image;
    }

    private sealed record Nucleus(double X, double Y, double Radius, double Brightness, double[] Waves)
    {
        public static Nucleus Drawn(RandomStream random, double x, double y, double radius)
        {
            // The second harmonic makes it an ellipse, the others keep it from being one.
            var waves = new double[2 * Harmonics];
            for (var k = 0; k < Harmonics; k++)
            {
                var strength = k switch { 0 => 0.02, 1 => 0.13, 2 => 0.04, _ => 0.025 };
                (waves[2 * k], waves[(2 * k) + 1]) = (strength * random.NextNormal(), strength * random.NextNormal());
            }

            return new Nucleus(x, y, radius, Math.Exp(0.38 * random.NextNormal()), waves);
        }

        public double DistanceTo(Nucleus other) => Math.Sqrt(((X - other.X) * (X - other.X)) + ((Y - other.Y) * (Y - other.Y)));

        /// <summary>The distance to the centre in units of the radius in that direction.</summary>
        public float At(int x, int y)
        {
            var (dx, dy) = (x - X, y - Y);
            var angle = Math.Atan2(dy, dx);
            var outline = 1.0;
            for (var k = 0; k < Harmonics; k++)
            {
                outline += (Waves[2 * k] * Math.Cos((k + 1) * angle)) + (Waves[(2 * k) + 1] * Math.Sin((k + 1) * angle));
            }

            return (float)(Math.Sqrt((dx * dx) + (dy * dy)) / (Radius * Math.Clamp(outline, 0.5, 1.6)));
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>A phantom, not a scan: a few large lesions and many small ones of the same kind in a mottled organ, so that nearly all foreground belongs to the large.</summary>
public sealed class Lesions : PicturePhantom
{
    // Radii in pixels of a picture of 256, and how many of each.
    private static readonly (double Low, double High, int Least, int Most)[] Kinds = [(18, 30, 1, 2), (5, 9, 2, 4), (1.6, 3, 6, 12)];

    /// <inheritdoc/>
    public override string Name => "lesions";

    /// <inheritdoc/>
    public override string About => "a few large and many small lesions";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Channels => ["grey"];

    /// <inheritdoc/>
    public override LabelList Labels { get; } = new([new("background", [0]), new("lesion", [1])]);

    /// <inheritdoc/>
    public override Extent UsualSize => new(256, 256);

    /// <inheritdoc/>
    protected override DrawnPicture Draw(RandomStream random, PicturePhantomOptions o, string name)
    {
        var size = o.Size ?? UsualSize;
        var (w, h) = (size.Width, size.Height);
        var scale = Math.Min(w, h) / 256.0;
        var (places, noise) = (random.Derive("places"), random.Derive("noise"));
        var blobs = new List<(double X, double Y, double R)>();
        foreach (var (low, high, least, most) in Kinds)
        {
            var wanted = least + places.Next(most - least + 1);
            for (var trial = 0; wanted > 0 && trial < 1000; trial++)
            {
                var r = places.Between(low, high) * (low > 4 ? scale : 1) / (o.Small ? 2 : 1);
                var (x, y) = (places.Between(r, w - r), places.Between(r, h - r));
                if (blobs.TrueForAll(b => Math.Sqrt(((b.X - x) * (b.X - x)) + ((b.Y - y) * (b.Y - y))) > b.R + r + 6))
                {
                    blobs.Add((x, y, r));
                    wanted--;
                }
            }
        }

        var mottled = new float[w * h];
        for (var i = 0; i < mottled.Length; i++)
        {
            mottled[i] = (float)noise.NextNormal();
        }

        Gaussian.Blur(mottled, w, h, 1.5);
        var (bytes, numbers) = (new byte[w * h], new ushort[w * h]);
        for (var i = 0; i < bytes.Length; i++)
        {
            // A lesion's edge is half a pixel soft; what is more than half inside belongs to it.
            var inside = 0.0;
            for (var b = 0; b < blobs.Count; b++)
            {
                var (dx, dy) = ((i % w) - blobs[b].X, (i / w) - blobs[b].Y);
                var share = Math.Clamp(blobs[b].R - Math.Sqrt((dx * dx) + (dy * dy)) + 0.5, 0, 1);
                numbers[i] = share > 0.5 ? (ushort)(b + 1) : numbers[i];
                inside = Math.Max(inside, share);
            }

            bytes[i] = (byte)Math.Clamp(90 + (75 * mottled[i]) + (38 * inside) + (9 * noise.NextNormal()), 0, 255);
        }

        var grid = Geometry.Pixels(size);
        return new DrawnPicture(
            new Volume(name, grid, 1, VoxelType.UInt8, bytes),
            new LabelMap(name, grid, Array.ConvertAll(numbers, n => n == 0 ? (ushort)0 : (ushort)1)),
            new LabelMap(name, grid, numbers));
    }
}

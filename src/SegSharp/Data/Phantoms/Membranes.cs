using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>What is drawn.</summary>
public sealed record MembranesOptions
{
    /// <summary>Pictures.</summary>
    public int Count { get; init; } = 30;

    /// <summary>Columns of a picture.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Rows of a picture.</summary>
    public int Height { get; init; } = 256;

    /// <summary>Root of all chance: the same seed draws the same pictures.</summary>
    public long Seed { get; init; }

    /// <summary>Every fault, with the option that has it.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Count < 1)
        {
            yield return Fault.At("count", $"is {Count}; it must be 1 or more");
        }

        if (Width is < 32 or > 8192 || Height is < 32 or > 8192)
        {
            yield return Fault.At("size", $"is {Width}x{Height}; each side must lie between 32 and 8192");
        }
    }
}

/// <summary>One drawn picture.</summary>
/// <param name="Image">Grey values [H, W].</param>
/// <param name="Labels">0 cell, 1 membrane, [H, W].</param>
public sealed record MembranePicture(byte[] Image, ushort[] Labels);

/// <summary>
/// A phantom, not a micrograph: cells with dark membranes as in electron microscopy of neural tissue, so that everything can be
/// tried without data. Mitochondria, vesicles, folds, faint membranes, uneven light and noise make a threshold fail.
/// </summary>
/// <remarks>
/// Source: cells are Voronoi regions (Voronoi 1908) of jittered points, some joined, in warped coordinates; grey values are chosen to
/// resemble the ISBI 2012 stack (mean 126, standard deviation 42; membrane about a fifth of the pixels).
/// </remarks>
public static class Membranes
{
    private const float Cell = 27;              // mean distance of the points, pixels

    /// <summary>Draws one picture.</summary>
    /// <param name="o">Size and seed.</param>
    /// <param name="index">Number of the picture; the same number gives the same picture whatever the count.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static MembranePicture Draw(MembranesOptions o, int index)
    {
        UsageException.ThrowIfAny(o.Check());
        var (w, h) = (o.Width, o.Height);
        var random = new RandomStream(o.Seed).Derive("membranes").Derive(index);
        SmoothField Field(string name, double spacing) => new(random.Derive(name), w, h, spacing);
        var tissue = new Tissue(random.Derive("points"), w, h, Cell);

        var (warpX, warpY) = (Field("warp x", 42), Field("warp y", 42));
        var (fineX, fineY) = (Field("fine x", 14), Field("fine y", 14));
        var (width, strength, knot) = (Field("width", 24), Field("strength", 20), Field("knot", 30));
        var (light, contrast) = (Field("light", 90), Field("contrast", 120));

        var image = new float[w * h];
        var labels = new ushort[w * h];
        var grain = Texture(random.Derive("grain"), w, h, 1.3);
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var at = (y * w) + x;
                var px = x + (7 * warpX[x, y]) + (1.7f * fineX[x, y]);
                var py = y + (7 * warpY[x, y]) + (1.7f * fineY[x, y]);
                var place = tissue.Locate(px, py);

                // Half the width of the membrane. Where the knot field is high, membranes thicken to a dark junction.
                var half = Math.Clamp(1.75f + (0.35f * width[x, y]), 1.1f, 2.8f) + (3f * MathF.Max(0, knot[x, y] - 1.7f));
                labels[at] = place.Edge < half ? (ushort)1 : (ushort)0;

                // Membranes cut at a slant are faint: their darkness comes and goes along their course.
                var darkness = 80 * Math.Clamp(0.85f + (0.22f * strength[x, y]) + (0.4f * MathF.Max(0, knot[x, y] - 1.7f)), 0.38f, 1.2f);
                var ratio = place.Edge / half;
                var membrane = darkness * MathF.Exp(-0.9f * ratio * ratio * ratio);
                var cell = place.Cell;
                var value = cell.Brightness + (cell.Roughness * grain[at]) - membrane;
                foreach (var organelle in cell.Organelles)
                {
                    value += organelle.At(px, py, place.Edge - half, grain[at]);
                }

                image[at] = 133 + ((value - 133) * (1 + (0.13f * contrast[x, y]))) + (11 * light[x, y]);
            }
        }

        Gaussian.Blur(image, w, h, 0.75);
        var noise = random.Derive("noise");
        var shot = Texture(random.Derive("shot"), w, h, 0.55);
        var bytes = new byte[w * h];
        for (var i = 0; i < bytes.Length; i++)
        {
            // Brighter pixels have more counts and so more noise.
            var spread = 9 + (0.05f * image[i]);
            bytes[i] = (byte)Math.Clamp(image[i] + (spread * ((0.75f * shot[i]) + (0.6f * (float)noise.NextNormal()))), 0, 255);
        }

        return new MembranePicture(bytes, labels);
    }

    /// <summary>Draws all pictures into two stacks as the ISBI 2012 challenge has them: <c>train-volume.tif</c> and <c>train-labels.tif</c> (membrane 0, cell 255).</summary>
    /// <param name="folder">Where the stacks go; made when missing.</param>
    /// <param name="o">Count, size and seed.</param>
    /// <param name="overwrite">Replace stacks that lie there.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two pictures.</param>
    /// <exception cref="InputException">Stacks lie there already.</exception>
    public static void WriteStacks(string folder, MembranesOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var (images, labels) = (Path.Combine(folder, "train-volume.tif"), Path.Combine(folder, "train-labels.tif"));
        if (!overwrite && (File.Exists(images) ? images : File.Exists(labels) ? labels : null) is { } taken)
        {
            throw new InputException($"'{taken}' exists already", "add --overwrite to replace it, or choose another folder");
        }

        UsageException.ThrowIfAny(o.Check());
        var grid = Geometry.Pixels(new Extent(o.Width, o.Height, o.Count));
        var plane = o.Width * o.Height;
        var (volume, map) = (new byte[checked(plane * o.Count)], new ushort[checked(plane * o.Count)]);
        for (var i = 0; i < o.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var picture = Draw(o, i);
            picture.Image.CopyTo(volume, i * plane);
            for (var p = 0; p < plane; p++)
            {
                map[(i * plane) + p] = picture.Labels[p] == 1 ? (ushort)0 : (ushort)255;
            }

            on?.Invoke(new Progressed("draw", i + 1, o.Count));
        }

        new Volume("train-volume", grid, 1, VoxelType.UInt8, volume).Write(images);
        new LabelMap("train-labels", grid, map).Write(labels);
    }

    /// <summary>Draws all pictures into a data set that can be trained on at once: cases <c>cells_00</c> ….</summary>
    /// <param name="folder">The data set's folder.</param>
    /// <param name="o">Count, size and seed.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two pictures and leaves nothing behind.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="InputException">Something lies there already.</exception>
    public static DataSet WriteDataSet(string folder, MembranesOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(o.Check());
        var labels = new LabelList([new("background", [0]), new("membrane", [1])]);
        using var writer = new DataSetWriter(folder, new DataSetDescription { ChannelNames = ["EM"], Labels = labels, FileEnding = ".png" }, overwrite);
        var grid = Geometry.Pixels(new Extent(o.Width, o.Height));
        var digits = Math.Max(2, $"{o.Count - 1}".Length);
        for (var i = 0; i < o.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var (name, picture) = ($"cells_{i.ToString($"D{digits}")}", Draw(o, i));
            writer.Add(name, new Volume(name, grid, 1, VoxelType.UInt8, picture.Image), new LabelMap(name, grid, picture.Labels));
            on?.Invoke(new Progressed("draw", i + 1, o.Count));
        }

        writer.Complete(on);
        return DataSet.Open(folder);
    }

    // Normal noise smoothed to grains of that width, standard deviation 1.
    private static float[] Texture(RandomStream random, int w, int h, double sigma)
    {
        var plane = new float[w * h];
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = (float)random.NextNormal();
        }

        Gaussian.Blur(plane, w, h, sigma);
        var spread = MathF.Sqrt(plane.Sum(v => v * v) / plane.Length);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] /= spread;
        }

        return plane;
    }
}

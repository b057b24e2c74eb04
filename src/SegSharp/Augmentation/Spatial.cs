using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>How an image is read between its pixels.</summary>
public enum Interpolation
{
    /// <summary>From the 4 pixels around. Fast, smooths a little.</summary>
    Bilinear,

    /// <summary>From the 16 pixels around (Keys 1981, a = −1/2). Keeps fine membranes sharper.</summary>
    Cubic,
}

/// <summary>Options of <see cref="RandomSpatial"/>.</summary>
public sealed record SpatialOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Largest rotation to either side, degrees.</summary>
    public double Degrees { get; init; } = 180;

    /// <summary>Smallest scale; below 1 the picture shrinks.</summary>
    public double ScaleLow { get; init; } = 0.85;

    /// <summary>Largest scale.</summary>
    public double ScaleHigh { get; init; } = 1.25;

    /// <summary>Standard deviation of the elastic displacement at the grid's nodes, pixels; 10 as in the U-Net paper, 0 = not elastic.</summary>
    public double ElasticSigma { get; init; } = 10;

    /// <summary>Distance of the grid's nodes, pixels: a 512 pixel image gets the paper's 3 x 3 nodes with 256.</summary>
    public int ElasticSpacing { get; init; } = 64;

    /// <summary>How the image is read between pixels; labels always take the nearest.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.spatial.probability", Probability)
            .Concat(CheckRange("augmentation.spatial.scaleLow", ScaleLow, ScaleHigh, 0.05)))
        {
            yield return fault;
        }

        if (Degrees is < 0 or > 180)
        {
            yield return Fault.At("augmentation.spatial.degrees", $"is {Degrees}; it must lie between 0 and 180");
        }

        if (ElasticSigma < 0)
        {
            yield return Fault.At("augmentation.spatial.elasticSigma", $"is {ElasticSigma}; it must be 0 or more");
        }

        if (ElasticSpacing < 4)
        {
            yield return Fault.At("augmentation.spatial.elasticSpacing", $"is {ElasticSpacing}; it must be 4 or more");
        }
    }
}

/// <summary>Rotation, scale and elastic deformation as one resampling, so that the image is interpolated only once. A volume is changed in the plane of its slices, each alike.</summary>
/// <remarks>
/// Source: Ronneberger et al. 2015, section 3.1: random displacements on a coarse grid, Gaussian with 10 pixels, bicubic in between.
/// Differs: the grid's spacing is fixed in pixels instead of 3 x 3 nodes per image, and outside lies the mirrored image.
/// </remarks>
public sealed class RandomSpatial(SpatialOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var angle = random.Between(-o.Degrees, o.Degrees);

        // Logarithmic, so that twice as large is as likely as half as large.
        var scale = Math.Exp(random.Between(Math.Log(o.ScaleLow), Math.Log(o.ScaleHigh)));
        var columns = (extent.Width / o.ElasticSpacing) + 4;
        var rows = (extent.Height / o.ElasticSpacing) + 4;
        var (dx, dy) = (new float[columns * rows], new float[columns * rows]);
        if (o.ElasticSigma > 0)
        {
            for (var i = 0; i < dx.Length; i++)
            {
                dx[i] = (float)(random.NextNormal() * o.ElasticSigma);
                dy[i] = (float)(random.NextNormal() * o.ElasticSigma);
            }
        }

        return change
            ? new Spatial(angle, scale, new DisplacementGrid(columns, rows, o.ElasticSpacing, dx, dy), o.Interpolation)
            : null;
    }
}

/// <summary>Displacements at the nodes of a coarse grid; node (1, 1) lies on the image's first pixel.</summary>
/// <param name="Columns">Nodes in x.</param>
/// <param name="Rows">Nodes in y.</param>
/// <param name="Spacing">Distance of nodes, pixels.</param>
/// <param name="X">Displacement in x, pixels, [Rows, Columns].</param>
/// <param name="Y">Displacement in y, pixels, [Rows, Columns].</param>
public sealed record DisplacementGrid(int Columns, int Rows, int Spacing, float[] X, float[] Y);

/// <summary>A rotation about the centre, a scale and a displacement field, applied by one resampling.</summary>
/// <param name="Degrees">Counter-clockwise as the picture is seen.</param>
/// <param name="Scale">Above 1 things grow.</param>
/// <param name="Elastic">Displacements in pixels of the source.</param>
/// <param name="Interpolation">How the image is read between pixels.</param>
public sealed record Spatial(double Degrees, double Scale, DisplacementGrid Elastic, Interpolation Interpolation) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var (w, h) = (sample.Width, sample.Height);
        var page = w * h;
        var image = new float[sample.Image.Length];
        var labels = sample.Labels is null ? null : new ushort[sample.Labels.Length];
        var weights = sample.Weights is null ? null : new float[sample.Weights.Length];
        var (xs, ys) = (new float[w], new float[w]);
        for (var y = 0; y < h; y++)
        {
            Sources(w, h, y, xs, ys);
            var row = y * w;
            for (var plane = 0; plane < sample.Channels * sample.Depth; plane++)
            {
                var from = sample.Image.AsSpan(plane * page, page);
                var to = image.AsSpan((plane * page) + row, w);
                if (Interpolation == Interpolation.Cubic)
                {
                    Cubic(from, to, xs, ys, w, h);
                }
                else
                {
                    Bilinear(from, to, xs, ys, w, h);
                }
            }

            for (var z = 0; z < sample.Depth; z++)
            {
                if (weights is not null)
                {
                    Bilinear(sample.Weights.AsSpan(z * page, page), weights.AsSpan((z * page) + row, w), xs, ys, w, h);
                }

                if (labels is not null)
                {
                    Nearest(sample.Labels.AsSpan(z * page, page), labels.AsSpan((z * page) + row, w), xs, ys, w, h);
                }
            }
        }

        return sample with { Image = image, Labels = labels, Weights = weights };
    }

    private static void Nearest(ReadOnlySpan<ushort> from, Span<ushort> to, float[] xs, float[] ys, int w, int h)
    {
        for (var x = 0; x < to.Length; x++)
        {
            var nearX = PatchSampler.Mirror((int)MathF.Floor(xs[x] + 0.5f), w);
            var nearY = PatchSampler.Mirror((int)MathF.Floor(ys[x] + 0.5f), h);
            to[x] = from[(nearY * w) + nearX];
        }
    }

    // For one row of the result, where each pixel comes from.
    private void Sources(int w, int h, int y, float[] xs, float[] ys)
    {
        var (sin, cos) = Math.SinCos(Degrees * Math.PI / 180);
        var (sx, sy) = ((float)(cos / Scale), (float)(sin / Scale));
        var (cx, cy) = ((w - 1) / 2f, (h - 1) / 2f);
        var gy = (float)y / Elastic.Spacing;
        var row = (int)gy;
        Span<float> wy = stackalloc float[4];
        Span<float> wx = stackalloc float[4];
        Weights(gy - row, wy);

        // Rows of the grid are blended once per row of the picture, columns per pixel.
        var (lineX, lineY) = (new float[Elastic.Columns], new float[Elastic.Columns]);
        for (var i = 0; i < 4; i++)
        {
            var offset = Math.Min(row + i, Elastic.Rows - 1) * Elastic.Columns;
            for (var c = 0; c < Elastic.Columns; c++)
            {
                lineX[c] += wy[i] * Elastic.X[offset + c];
                lineY[c] += wy[i] * Elastic.Y[offset + c];
            }
        }

        for (var x = 0; x < w; x++)
        {
            var gx = (float)x / Elastic.Spacing;
            var column = (int)gx;
            Weights(gx - column, wx);
            var (dx, dy) = (0f, 0f);
            for (var i = 0; i < 4; i++)
            {
                var at = Math.Min(column + i, Elastic.Columns - 1);
                dx += wx[i] * lineX[at];
                dy += wx[i] * lineY[at];
            }

            var (px, py) = (x - cx, y - cy);
            xs[x] = cx + (sx * px) - (sy * py) + dx;
            ys[x] = cy + (sy * px) + (sx * py) + dy;
        }
    }

    private static void Bilinear(ReadOnlySpan<float> from, Span<float> to, float[] xs, float[] ys, int w, int h)
    {
        for (var x = 0; x < to.Length; x++)
        {
            var (fx, fy) = (MathF.Floor(xs[x]), MathF.Floor(ys[x]));
            var (tx, ty) = (xs[x] - fx, ys[x] - fy);
            var (x0, y0) = ((int)fx, (int)fy);
            var (x1, y1) = (x0 + 1, y0 + 1);
            if (x0 < 0 || y0 < 0 || x1 >= w || y1 >= h)
            {
                (x0, x1) = (PatchSampler.Mirror(x0, w), PatchSampler.Mirror(x1, w));
                (y0, y1) = (PatchSampler.Mirror(y0, h), PatchSampler.Mirror(y1, h));
            }

            var (r0, r1) = (y0 * w, y1 * w);
            var upper = from[r0 + x0] + (tx * (from[r0 + x1] - from[r0 + x0]));
            var lower = from[r1 + x0] + (tx * (from[r1 + x1] - from[r1 + x0]));
            to[x] = upper + (ty * (lower - upper));
        }
    }

    private static void Cubic(ReadOnlySpan<float> from, Span<float> to, float[] xs, float[] ys, int w, int h)
    {
        Span<float> wx = stackalloc float[4];
        Span<float> wy = stackalloc float[4];
        Span<int> columns = stackalloc int[4];
        for (var x = 0; x < to.Length; x++)
        {
            var (fx, fy) = (MathF.Floor(xs[x]), MathF.Floor(ys[x]));
            Weights(xs[x] - fx, wx);
            Weights(ys[x] - fy, wy);
            for (var i = 0; i < 4; i++)
            {
                columns[i] = PatchSampler.Mirror((int)fx - 1 + i, w);
            }

            var sum = 0f;
            for (var j = 0; j < 4; j++)
            {
                var row = PatchSampler.Mirror((int)fy - 1 + j, h) * w;
                sum += wy[j] * ((wx[0] * from[row + columns[0]]) + (wx[1] * from[row + columns[1]])
                    + (wx[2] * from[row + columns[2]]) + (wx[3] * from[row + columns[3]]));
            }

            to[x] = sum;
        }
    }

    // Keys 1981 with a = −1/2: passes through the nodes, exact for polynomials of degree 2.
    private static void Weights(float t, Span<float> w)
    {
        var (t2, t3) = (t * t, t * t * t);
        w[0] = -0.5f * (t3 - (2 * t2) + t);
        w[1] = 0.5f * ((3 * t3) - (5 * t2) + 2);
        w[2] = -0.5f * ((3 * t3) - (4 * t2) - t);
        w[3] = 0.5f * (t3 - t2);
    }
}

using SegSharp.Foundation;

namespace SegSharp.Imaging.Filters;

/// <summary>Options of <see cref="NonLocalMeans"/>.</summary>
public sealed record NonLocalMeansOptions : FilterOptions
{
    /// <summary>How alike patches must be, in standard deviations of the noise; more smooths more.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Pixels of a patch to each side: 2 compares 5 × 5.</summary>
    public int Patch { get; init; } = 2;

    /// <summary>How far away patches are looked for, pixels to each side.</summary>
    public int Search { get; init; } = 6;

    /// <summary>Standard deviation of the noise, in units of the image; null estimates it for each slice.</summary>
    public double? Noise { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. Within("non-local-means.strength", Strength, 0.01),
        .. Within("non-local-means.patch", Patch, 1, 10),
        .. Within("non-local-means.search", Search, 1, 30),
        .. Noise is { } noise ? Within("non-local-means.noise", noise, 0) : [],
    ];
}

/// <summary>The mean of pixels whose surroundings look alike: noise goes, edges and textures that repeat stay.</summary>
/// <remarks>
/// Source: Buades et al. 2005; weights exp(−max(0, d² − 2σ²) / (hσ)²) of the mean squared difference d² of two patches. The noise is
/// estimated as by Immerkær 1996. Differs: patches have no Gaussian weights, so that each difference is one box sum.
/// </remarks>
public sealed class NonLocalMeans(NonLocalMeansOptions o) : ImageFilter
{
    /// <inheritdoc/>
    public override float[] Apply(ReadOnlySpan<float> image, Extent extent) => PerSlice(image, extent, (from, to) =>
    {
        var (w, h) = (extent.Width, extent.Height);
        var noise = o.Noise ?? EstimateNoise(from, w, h);
        if (noise <= 0)
        {
            from.CopyTo(to);
            return;
        }

        var (sum, weights) = (new double[from.Length], new double[from.Length]);
        var square = new double[(w + 1) * (h + 1)];
        var width = 1 / (o.Strength * o.Strength * noise * noise);
        for (var dy = -o.Search; dy <= o.Search; dy++)
        {
            for (var dx = -o.Search; dx <= o.Search; dx++)
            {
                SumSquares(from, w, h, dx, dy, square);
                for (var y = Math.Max(0, -dy); y < Math.Min(h, h - dy); y++)
                {
                    var (top, bottom) = (Math.Max(0, y - o.Patch), Math.Min(h, y + o.Patch + 1));
                    for (var x = Math.Max(0, -dx); x < Math.Min(w, w - dx); x++)
                    {
                        var (left, right) = (Math.Max(0, x - o.Patch), Math.Min(w, x + o.Patch + 1));
                        var total = square[(bottom * (w + 1)) + right] - square[(top * (w + 1)) + right] - square[(bottom * (w + 1)) + left] + square[(top * (w + 1)) + left];
                        var distance = total / ((bottom - top) * (right - left));
                        var weight = Math.Exp(-Math.Max(0, distance - (2 * noise * noise)) * width);
                        sum[(y * w) + x] += weight * from[((y + dy) * w) + x + dx];
                        weights[(y * w) + x] += weight;
                    }
                }
            }
        }

        for (var i = 0; i < to.Length; i++)
        {
            to[i] = (float)(sum[i] / weights[i]);
        }
    });

    /// <summary>Standard deviation of the noise, from what is left of a slice when everything linear is taken away.</summary>
    /// <param name="slice">Row by row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <returns>0 for slices of fewer than 3 × 3 pixels.</returns>
    public static double EstimateNoise(ReadOnlySpan<float> slice, int width, int height)
    {
        if (width < 3 || height < 3)
        {
            return 0;
        }

        var sum = 0.0;
        for (var y = 1; y < height - 1; y++)
        {
            for (var x = 1; x < width - 1; x++)
            {
                var i = (y * width) + x;
                sum += Math.Abs(
                    slice[i - width - 1] - (2 * slice[i - width]) + slice[i - width + 1]
                    - (2 * slice[i - 1]) + (4 * slice[i]) - (2 * slice[i + 1])
                    + slice[i + width - 1] - (2 * slice[i + width]) + slice[i + width + 1]);
            }
        }

        return Math.Sqrt(Math.PI / 2) * sum / (6.0 * (width - 2) * (height - 2));
    }

    // Squared differences to the slice shifted by (dx, dy), summed from the upper left; beyond the border the nearest pixel.
    private static void SumSquares(ReadOnlySpan<float> from, int w, int h, int dx, int dy, double[] square)
    {
        for (var y = 0; y < h; y++)
        {
            var row = 0.0;
            var other = Math.Clamp(y + dy, 0, h - 1) * w;
            for (var x = 0; x < w; x++)
            {
                double difference = from[(y * w) + x] - from[other + Math.Clamp(x + dx, 0, w - 1)];
                row += difference * difference;
                square[((y + 1) * (w + 1)) + x + 1] = square[(y * (w + 1)) + x + 1] + row;
            }
        }
    }
}

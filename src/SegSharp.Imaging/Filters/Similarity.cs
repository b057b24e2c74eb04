namespace SegSharp.Imaging.Filters;

/// <summary>How near an image is to a reference.</summary>
/// <param name="RootMeanSquare">Root of the mean squared error, in units of the image.</param>
/// <param name="SignalToNoise">Peak signal to noise, dB: 20 log₁₀(range of the reference / error); infinite where nothing differs.</param>
/// <param name="Structure">Structural similarity, −1 … 1; of a volume the mean over its slices.</param>
public sealed record Similarity(double RootMeanSquare, double SignalToNoise, double Structure)
{
    private const int Window = 7;

    /// <summary>Compares an image with its reference.</summary>
    /// <remarks>Source: Wang et al. 2004. Parity: scikit-image's defaults: uniform windows of 7 × 7, sample covariances, the range of the reference, a border of 3 left out.</remarks>
    /// <param name="reference">Row by row.</param>
    /// <param name="image">On the same grid.</param>
    /// <param name="extent">Voxels per axis.</param>
    /// <returns><see cref="Structure"/> is NaN for slices of fewer than 7 × 7 pixels and for a reference of one value.</returns>
    public static Similarity Of(ReadOnlySpan<float> reference, ReadOnlySpan<float> image, Extent extent)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, reference.Length, nameof(image));
        var (low, high, squares) = (double.MaxValue, double.MinValue, 0.0);
        for (var i = 0; i < reference.Length; i++)
        {
            (low, high) = (Math.Min(low, reference[i]), Math.Max(high, reference[i]));
            squares += ((double)image[i] - reference[i]) * ((double)image[i] - reference[i]);
        }

        var error = Math.Sqrt(squares / reference.Length);
        var page = (int)extent.PageCount;
        var structure = 0.0;
        for (var z = 0; z < extent.Depth; z++)
        {
            structure += OfSlice(reference.Slice(z * page, page), image.Slice(z * page, page), extent.Width, extent.Height, high - low);
        }

        return new Similarity(error, 20 * Math.Log10((high - low) / error), structure / extent.Depth);
    }

    private static double OfSlice(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int w, int h, double range)
    {
        if (w < Window || h < Window || range <= 0)
        {
            return double.NaN;
        }

        const int Count = Window * Window;
        var (c1, c2) = (0.01 * range * 0.01 * range, 0.03 * range * 0.03 * range);
        var sum = 0.0;
        for (var y = 0; y <= h - Window; y++)
        {
            for (var x = 0; x <= w - Window; x++)
            {
                var (sa, sb, saa, sbb, sab) = (0.0, 0.0, 0.0, 0.0, 0.0);
                for (var v = 0; v < Window; v++)
                {
                    for (var u = 0; u < Window; u++)
                    {
                        var (p, q) = ((double)a[((y + v) * w) + x + u], (double)b[((y + v) * w) + x + u]);
                        (sa, sb, saa, sbb, sab) = (sa + p, sb + q, saa + (p * p), sbb + (q * q), sab + (p * q));
                    }
                }

                var (ma, mb) = (sa / Count, sb / Count);
                var (va, vb, cov) = ((saa - (sa * ma)) / (Count - 1), (sbb - (sb * mb)) / (Count - 1), (sab - (sa * mb)) / (Count - 1));
                sum += ((2 * ma * mb) + c1) * ((2 * cov) + c2) / (((ma * ma) + (mb * mb) + c1) * (va + vb + c2));
            }
        }

        return sum / ((h - Window + 1.0) * (w - Window + 1));
    }
}

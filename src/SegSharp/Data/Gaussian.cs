using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Data;

/// <summary>Gaussian smoothing, axis by axis.</summary>
/// <remarks>Source: separable convolution; weights exp(−x²/2σ²) normalised to 1. Parity: scipy gaussian_filter, truncate 4, to 1e-5.</remarks>
public static class Gaussian
{
    /// <summary>Smooths a plane in place; outside lies the mirrored plane (the border pixel not repeated).</summary>
    /// <param name="plane">[H, W].</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="sigma">Width of the Gaussian, pixels; 0 or less changes nothing.</param>
    public static void Blur(Span<float> plane, int width, int height, double sigma) => Blur(plane, width, height, sigma, Border.Mirror);

    /// <summary>Smooths a volume in place along all three axes, a picture along two; slices at the same time where there are cores.</summary>
    /// <param name="volume">[D, H, W].</param>
    /// <param name="extent">Its grid.</param>
    /// <param name="sigma">Width of the Gaussian, voxels; 0 or less changes nothing.</param>
    /// <param name="through">Whether also along z.</param>
    /// <param name="border">What lies outside; with <see cref="Border.GridConstant"/> zeros.</param>
    public static void Blur(float[] volume, Extent extent, double sigma, bool through = true, Border border = Border.Mirror)
    {
        var page = (int)extent.PageCount;
        Parallel.For(0, extent.Depth, z => Blur(volume.AsSpan(z * page, page), extent.Width, extent.Height, sigma, border));
        if (sigma <= 0 || extent.Depth == 1 || !through)
        {
            return;
        }

        var kernel = Kernel(sigma);
        Parallel.For(0, extent.Height, y =>
        {
            var lines = new float[extent.Depth * extent.Width];
            for (var z = 0; z < extent.Depth; z++)
            {
                volume.AsSpan((z * page) + (y * extent.Width), extent.Width).CopyTo(lines.AsSpan(z * extent.Width));
            }

            for (var z = 0; z < extent.Depth; z++)
            {
                Sum(lines, z, extent.Depth, kernel, border, volume.AsSpan((z * page) + (y * extent.Width), extent.Width));
            }
        });
    }

    private static void Blur(Span<float> plane, int width, int height, double sigma, Border border)
    {
        if (sigma <= 0)
        {
            return;
        }

        var kernel = Kernel(sigma);
        var reach = kernel.Length / 2;
        var padded = new float[width + (2 * reach)];
        for (var y = 0; y < height; y++)
        {
            var row = plane.Slice(y * width, width);
            for (var x = 0; x < padded.Length; x++)
            {
                padded[x] = border.Inside(x - reach, width) is >= 0 and var from ? row[from] : 0;
            }

            row.Clear();
            for (var k = 0; k < kernel.Length; k++)
            {
                AddScaled(padded.AsSpan(k, width), kernel[k], row);
            }
        }

        var source = plane.ToArray();
        for (var y = 0; y < height; y++)
        {
            Sum(source, y, height, kernel, border, plane.Slice(y * width, width));
        }
    }

    // The weighted sum of the lines around one of them.
    private static void Sum(float[] lines, int at, int count, float[] kernel, Border border, Span<float> result)
    {
        result.Clear();
        for (var k = 0; k < kernel.Length; k++)
        {
            if (border.Inside(at + k - (kernel.Length / 2), count) is >= 0 and var from)
            {
                AddScaled(lines.AsSpan(from * result.Length, result.Length), kernel[k], result);
            }
        }
    }

    private static float[] Kernel(double sigma)
    {
        var reach = (int)((4 * sigma) + 0.5);
        var weights = new double[(2 * reach) + 1];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Exp(-0.5 * (i - reach) * (i - reach) / (sigma * sigma));
        }

        var sum = weights.Sum();
        return [.. weights.Select(w => (float)(w / sum))];
    }

    private static void AddScaled(ReadOnlySpan<float> from, float factor, Span<float> to)
    {
        var i = 0;
        var lanes = System.Numerics.Vector<float>.Count;
        for (; i <= to.Length - lanes; i += lanes)
        {
            var sum = new System.Numerics.Vector<float>(to[i..]) + (new System.Numerics.Vector<float>(from[i..]) * factor);
            sum.CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            to[i] += from[i] * factor;
        }
    }
}

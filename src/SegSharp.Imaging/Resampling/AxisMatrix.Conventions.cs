namespace SegSharp.Imaging.Resampling;

/// <summary>The shape of an antialiasing filter.</summary>
public enum ResizeFilter
{
    /// <summary>The mean of what a new pixel covers.</summary>
    Box,

    /// <summary>A triangle.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = −0.5.</summary>
    Bicubic,

    /// <summary>A windowed sinc of three lobes.</summary>
    Lanczos,
}

public sealed partial class AxisMatrix
{
    /// <summary>PyTorch's <c>interpolate</c> with mode bilinear or trilinear; OpenCV's <c>INTER_LINEAR</c> without aligned corners.</summary>
    /// <param name="from">Voxels now.</param>
    /// <param name="to">Voxels then.</param>
    /// <param name="alignCorners">Whether the outermost centres stay instead of the outer faces.</param>
    /// <remarks>Parity: torch 1.13, 1e-3 of 8-bit values.</remarks>
    public static AxisMatrix Bilinear(int from, int to, bool alignCorners) => alignCorners
        ? At(from, to, i => to == 1 ? 0 : i * ((from - 1.0) / (to - 1)), Interpolation.Linear, Border.Nearest)
        : Between(from, to, Interpolation.Linear);

    /// <summary>PyTorch's <c>interpolate(mode="bicubic", align_corners=False)</c> and OpenCV's <c>INTER_CUBIC</c>: Keys' cubic with a = −0.75 through four voxels, without antialiasing.</summary>
    /// <remarks>Parity: torch 1.13, 1e-3 of 8-bit values.</remarks>
    public static AxisMatrix Bicubic(int from, int to) => Of(from, to, i =>
    {
        var at = ((i + 0.5) * ((double)from / to)) - 0.5;
        var first = (int)Math.Floor(at) - 1;
        var row = new double[from];
        for (var k = first; k < first + 4; k++)
        {
            row[Math.Clamp(k, 0, from - 1)] += Keys(at - k, -0.75);
        }

        return (0, row);
    });

    /// <summary>PyTorch's <c>interpolate(mode="area")</c>: the mean of every voxel that a new one touches.</summary>
    /// <remarks>Parity: torch 1.13, 1e-3 of 8-bit values.</remarks>
    public static AxisMatrix Touched(int from, int to) => Of(from, to, i =>
    {
        var (start, end) = ((int)((long)i * from / to), (int)((((long)i + 1) * from + to - 1) / to));
        var weights = new double[end - start];
        Array.Fill(weights, 1.0 / weights.Length);
        return (start, weights);
    });

    /// <summary>OpenCV's <c>INTER_AREA</c> when shrinking: every voxel by the part of it that a new one covers.</summary>
    public static AxisMatrix Covered(int from, int to) => Of(from, to, i =>
    {
        var scale = (double)from / to;
        var (low, high) = (i * scale, Math.Min((i + 1) * scale, from));
        var (start, end) = ((int)Math.Floor(low + 1e-9), Math.Min(from, (int)Math.Ceiling(high - 1e-9)));
        var weights = new double[end - start];
        for (var k = 0; k < weights.Length; k++)
        {
            weights[k] = (Math.Min(high, start + k + 1) - Math.Max(low, start + k)) / (high - low);
        }

        return (start, weights);
    });

    /// <summary>The nearest voxel as others choose it.</summary>
    /// <param name="from">Voxels now.</param>
    /// <param name="to">Voxels then.</param>
    /// <param name="fromCentres">True: the voxel that holds the new centre (PyTorch's nearest-exact, Pillow); false: the one that holds the new voxel's start (PyTorch's nearest).</param>
    /// <remarks>Source: PyTorch computes the position in single precision; so does this.</remarks>
    public static AxisMatrix NearestVoxel(int from, int to, bool fromCentres) => Of(from, to, i =>
        (Math.Min((int)MathF.Floor((i + (fromCentres ? 0.5f : 0)) * ((float)from / to)), from - 1), [1.0]));

    /// <summary>A filter that widens when it shrinks, so that nothing is skipped: Pillow's <c>resize</c>, PyTorch's <c>antialias=True</c>.</summary>
    /// <remarks>Source: Pillow 9.4, <c>Resample.c</c>. Parity: PyTorch 1.13 for bilinear, 1e-3 of 8-bit values; Pillow's 8 bits: <see cref="PilResize"/>.</remarks>
    public static AxisMatrix Antialiased(int from, int to, ResizeFilter filter) => Of(from, to, i =>
    {
        var scale = (double)from / to;
        var widening = Math.Max(scale, 1);
        var support = Support(filter) * widening;
        var centre = (i + 0.5) * scale;
        var (first, end) = (Math.Max(0, (int)(centre - support + 0.5)), Math.Min(from, (int)(centre + support + 0.5)));
        var weights = new double[end - first];
        for (var k = 0; k < weights.Length; k++)
        {
            weights[k] = Weight(filter, (k + first - centre + 0.5) / widening);
        }

        var sum = weights.Sum();
        return (first, Array.ConvertAll(weights, w => w / sum));
    });

    /// <summary>Smoothing with a Gaussian; 0 leaves the axis as it is.</summary>
    /// <param name="size">Voxels.</param>
    /// <param name="sigma">In voxels; cut off at 4 of them.</param>
    /// <param name="border">What lies outside; a fixed value is 0.</param>
    /// <remarks>Source: scipy's <c>gaussian_filter</c>; scikit-image's antialiasing takes σ = (from / to − 1) / 2.</remarks>
    public static AxisMatrix Gaussian(int size, double sigma, Border border = Border.Nearest)
    {
        var radius = (int)((4 * sigma) + 0.5);
        if (radius == 0)
        {
            return Identity(size);
        }

        var kernel = Enumerable.Range(-radius, (2 * radius) + 1).Select(k => Math.Exp(-0.5 * k * k / (sigma * sigma))).ToArray();
        var sum = kernel.Sum();
        return Of(size, size, i =>
        {
            var row = new double[size];
            for (var k = -radius; k <= radius; k++)
            {
                var at = (int)SplineLine.Inside(i + k, size, border);
                if (at >= 0 && at < size)
                {
                    row[at] += kernel[k + radius] / sum;
                }
            }

            return (0, row);
        });
    }

    internal static double Support(ResizeFilter filter) => filter switch
    {
        ResizeFilter.Box => 0.5,
        ResizeFilter.Bilinear => 1,
        ResizeFilter.Bicubic => 2,
        _ => 3,
    };

    internal static double Weight(ResizeFilter filter, double at)
    {
        static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
        return filter switch
        {
            ResizeFilter.Box => at is > -0.5 and <= 0.5 ? 1 : 0,
            ResizeFilter.Bilinear => Math.Max(0, 1 - Math.Abs(at)),
            ResizeFilter.Bicubic => Keys(at, -0.5),
            _ => at is >= -3 and < 3 ? Sinc(at) * Sinc(at / 3) : 0,
        };
    }

    private static double Keys(double at, double a)
    {
        var x = Math.Abs(at);
        return x < 1 ? (((((a + 2) * x) - (a + 3)) * x * x) + 1)
            : x < 2 ? ((((((x - 5) * x) + 8) * x) - 4) * a)
            : 0;
    }
}

using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Prediction.Promptable;

/// <summary>A page as the encoder of a family wants it, and where its pixels went.</summary>
/// <param name="Values">[3, side, side], row-major.</param>
/// <param name="InputWidth">Pixels that the page covers, from the left; the rest is padding.</param>
/// <param name="InputHeight">Rows that the page covers, from the top.</param>
public sealed record PreparedPage(float[] Values, int InputWidth, int InputHeight);

/// <summary>What stands between a page and the encoder, for each family.</summary>
public static class PagePreparation
{
    // The convention "sam": red, green, blue on 0…255.
    private static readonly float[] Mean = [.. new SamConventionOptions().Mean.Select(m => (float)m)], Deviation = [.. new SamConventionOptions().Deviation.Select(d => (float)d)];

    /// <summary>The page as its family wants it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="family">Which family.</param>
    /// <param name="side">Side of the encoder's image.</param>
    public static PreparedPage For(PromptablePage page, SamFamily family, int side) => family switch
    {
        SamFamily.Sam => LongestSide(page, side),
        SamFamily.MedSam => Stretched(page, side),
        SamFamily.Med2D => Nearest(page, side),
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "this family sees volumes"),
    };

    /// <summary>The size of a page whose longest side is brought to <paramref name="side"/>.</summary>
    public static (int Width, int Height) LongestSide(int width, int height, int side)
    {
        var scale = side * 1.0 / Math.Max(width, height);
        return (Math.Max(1, (int)((width * scale) + 0.5)), Math.Max(1, (int)((height * scale) + 0.5)));
    }

    /// <summary>SAM: longest side to <paramref name="side"/> as Pillow does, normalised with ImageNet's statistics, then zeros right and below.</summary>
    /// <remarks>Source: segment-anything, ResizeLongestSide and Sam.preprocess. Parity: <c>07-sam/sam-tiny/amg.json</c>, <c>e2e_*</c>.</remarks>
    public static PreparedPage LongestSide(PromptablePage page, int side)
    {
        var (w, h) = LongestSide(page.Width, page.Height, side);
        var values = new float[3 * side * side];
        var count = page.Width * page.Height;
        for (var c = 0; c < 3; c++)
        {
            var plane = PilResize.Bilinear(page.Planes.AsSpan(c * count, count), page.Width, page.Height, w, h);
            for (var i = 0; i < plane.Length; i++)
            {
                values[(((c * side) + (i / w)) * side) + (i % w)] = (plane[i] - Mean[c]) / Deviation[c];
            }
        }

        return new(values, w, h);
    }

    /// <summary>MedSAM: stretched to a square with a cubic spline, cut to whole numbers, then from the page's least to its greatest value 0…1.</summary>
    /// <remarks>Source: Ma et al. 2024 and its inference script. Parity: <c>07-sam/medsam</c>; a byte differs by 1 where the spline lies within 1e-3 of a whole number.</remarks>
    public static PreparedPage Stretched(PromptablePage page, int side)
    {
        var bytes = Cubic(page, side, side);
        var (least, greatest) = (bytes.Min(), bytes.Max());
        var range = Math.Max(greatest - least, 1e-8);
        return new(Array.ConvertAll(bytes, b => (float)((b - least) / range)), side, side);
    }

    /// <summary>The page resized by a cubic spline, smoothed first where it shrinks, within its own range; whole numbers by cutting off.</summary>
    /// <remarks>Source: scikit-image's <c>resize(order=3, preserve_range, anti_aliasing)</c>, then a cast.</remarks>
    public static byte[] Cubic(PromptablePage page, int width, int height)
    {
        var count = page.Width * page.Height;
        var grey = page.Planes.AsSpan(0, count).SequenceEqual(page.Planes.AsSpan(count, count)) && page.Planes.AsSpan(0, count).SequenceEqual(page.Planes.AsSpan(2 * count));
        byte[] Plane(int c) => Array.ConvertAll(CubicPlane(page.Planes.AsSpan(c * count, count), page.Width, page.Height, width, height), v => (byte)v);
        if (grey)
        {
            var plane = Plane(0);
            return [.. plane, .. plane, .. plane];
        }

        return [.. Plane(0), .. Plane(1), .. Plane(2)];
    }

    /// <summary>One plane, before the cast.</summary>
    public static double[] CubicPlane(ReadOnlySpan<byte> plane, int width, int height, int newWidth, int newHeight)
    {
        var values = new double[plane.Length];
        var (least, greatest) = (byte.MaxValue, byte.MinValue);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = plane[i];
            (least, greatest) = (Math.Min(least, plane[i]), Math.Max(greatest, plane[i]));
        }

        // scikit-image mirrors at the outermost pixels' centres unless told otherwise.
        static AxisMatrix Axis(int from, int to) => AxisMatrix.Gaussian(from, Math.Max(0, (((double)from / to) - 1) / 2), Imaging.Resampling.Border.Mirror)
            .Then(AxisMatrix.Spline(from, to, Interpolation.Cubic, centres: false, Imaging.Resampling.Border.Mirror));
        return Array.ConvertAll(Resample.Apply<double>(values, Axis(width, newWidth), Axis(height, newHeight), AxisMatrix.Identity(1)), v => Math.Clamp(v, least, greatest));
    }

    /// <summary>SAM-Med2D: ImageNet's statistics, then the nearest pixel, stretched to a square.</summary>
    /// <remarks>Source: SAM-Med2D's predictor, whose resizing is OpenCV's INTER_NEAREST.</remarks>
    public static PreparedPage Nearest(PromptablePage page, int side)
    {
        var values = new float[3 * side * side];
        var (scaleX, scaleY) = (1 / ((double)side / page.Width), 1 / ((double)side / page.Height));
        for (var i = 0; i < values.Length; i++)
        {
            var c = i / (side * side);
            var x = Math.Min((int)(i % side * scaleX), page.Width - 1);
            var y = Math.Min((int)(i / side % side * scaleY), page.Height - 1);
            values[i] = (page.Planes[(((c * page.Height) + y) * page.Width) + x] - Mean[c]) / Deviation[c];
        }

        return new(values, side, side);
    }
}

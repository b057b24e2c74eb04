using System.Numerics;

namespace SegSharp.Imaging.Signals;

/// <summary>What the ramp of a filtered back-projection is multiplied with.</summary>
public enum RampFilter
{
    /// <summary>The ramp alone: sharpest, loudest.</summary>
    Ramp,

    /// <summary>Times a sinc.</summary>
    SheppLogan,

    /// <summary>Times a cosine.</summary>
    Cosine,

    /// <summary>Times a Hamming window.</summary>
    Hamming,

    /// <summary>Times a Hann window: softest.</summary>
    Hann,

    /// <summary>No filter at all: the blurred sum of the projections.</summary>
    None,
}

/// <summary>How a projection is read between its detectors.</summary>
public enum ProjectionReading
{
    /// <summary>A straight line between two detectors.</summary>
    Linear,

    /// <summary>The nearest detector; of two equally near the lower one.</summary>
    Nearest,

    /// <summary>A cubic spline through all detectors, with the same cubic over the first and the last two gaps.</summary>
    Cubic,
}

/// <summary>Projections of a picture under many angles: a row for each detector, a column for each angle, as a page of <see cref="Angles"/> × <see cref="Detectors"/>.</summary>
/// <param name="Angles">Angles, and columns.</param>
/// <param name="Detectors">Detectors, and rows; the middle one, <c>Detectors / 2</c>, sees the centre.</param>
/// <param name="Values">Line integrals in units of intensity times pixels, [Detectors, Angles].</param>
public sealed record Sinogram(int Angles, int Detectors, double[] Values);

/// <summary>The Radon transform and its inverse by filtered back-projection, in double precision.</summary>
/// <remarks>
/// Source: Kak and Slaney 1988, chapter 3. Parity: scikit-image 0.19 <c>radon</c> and <c>iradon</c>, to 1e-6: bilinear rotation about pixel N/2 with
/// zeros outside, the ramp from its spatial form, padding to the next power of two of twice the detectors.
/// </remarks>
public static class Radon
{
    /// <summary>Equally spaced angles over half a turn: 0 … 180 degrees without the end.</summary>
    public static double[] HalfTurn(int count) => [.. Enumerable.Range(0, count).Select(i => 180.0 * i / count)];

    /// <summary>Detectors that see every corner of such a picture: its diagonal.</summary>
    public static int DetectorsFor(int width, int height) => (int)Math.Ceiling(Math.Sqrt(2) * Math.Max(width, height));

    /// <summary>Projects a picture.</summary>
    /// <param name="image">Row by row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="degrees">The angles.</param>
    /// <param name="circle">Whether all but the inscribed circle is zero, so that as many detectors as the shorter side has pixels see everything. Else <see cref="DetectorsFor"/>.</param>
    public static Sinogram Forward(ReadOnlySpan<double> image, int width, int height, IReadOnlyList<double> degrees, bool circle = false)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Length, width * height, nameof(image));
        var detectors = circle ? Math.Min(width, height) : DetectorsFor(width, height);

        // Where the picture's first pixel lies in the square that is turned.
        int Start(int side) => circle ? -(int)Math.Ceiling((side - detectors) / 2.0) : (detectors / 2) - (side / 2);
        var (left, top) = (Start(width), Start(height));
        var centre = detectors / 2;
        var values = new double[detectors * degrees.Count];
        for (var a = 0; a < degrees.Count; a++)
        {
            var (sin, cos) = Math.SinCos(degrees[a] * (Math.PI / 180));
            for (var row = 0; row < detectors; row++)
            {
                var (dy, y0) = (row - centre, (double)centre);
                for (var column = 0; column < detectors; column++)
                {
                    var dx = column - centre;
                    var x = centre + (cos * dx) + (sin * dy);
                    var y = y0 - (sin * dx) + (cos * dy);
                    values[(column * degrees.Count) + a] += Read(image, width, height, x - left, y - top, -left, -top, detectors);
                }
            }
        }

        return new Sinogram(degrees.Count, detectors, values);
    }

    /// <summary>Reconstructs a picture.</summary>
    /// <param name="sinogram">The projections.</param>
    /// <param name="degrees">Their angles.</param>
    /// <param name="width">Columns to reconstruct, about the centre.</param>
    /// <param name="height">Rows to reconstruct, about the centre.</param>
    /// <param name="filter">What the ramp is multiplied with.</param>
    /// <param name="reading">How projections are read between detectors.</param>
    /// <returns>Row by row.</returns>
    public static double[] Inverse(
        Sinogram sinogram, IReadOnlyList<double> degrees, int width, int height, RampFilter filter = RampFilter.Ramp, ProjectionReading reading = ProjectionReading.Linear)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(degrees.Count, sinogram.Angles, nameof(degrees));
        var detectors = sinogram.Detectors;
        var padded = Math.Max(64, (int)BitOperations.RoundUpToPowerOf2((uint)(2 * detectors)));
        var response = Response(padded, filter);
        var transform = new Fourier(padded);
        var line = new Complex[padded];
        var projection = new double[detectors];
        var image = new double[width * height];
        for (var a = 0; a < degrees.Count; a++)
        {
            Array.Clear(line);
            for (var d = 0; d < detectors; d++)
            {
                line[d] = sinogram.Values[(d * sinogram.Angles) + a];
            }

            transform.Forward(line);
            for (var k = 0; k < padded; k++)
            {
                line[k] *= response[k];
            }

            transform.Inverse(line);
            for (var d = 0; d < detectors; d++)
            {
                projection[d] = line[d].Real;
            }

            Spread(projection, degrees[a], image, width, height, reading);
        }

        var scale = Math.PI / (2 * degrees.Count);
        for (var i = 0; i < image.Length; i++)
        {
            image[i] *= scale;
        }

        return image;
    }

    /// <summary>A projection with zeros on both sides, so that it has more detectors about the same centre.</summary>
    public static Sinogram Widen(Sinogram sinogram, int detectors)
    {
        var values = new double[detectors * sinogram.Angles];
        sinogram.Values.CopyTo(values, ((detectors / 2) - (sinogram.Detectors / 2)) * sinogram.Angles);
        return new Sinogram(sinogram.Angles, detectors, values);
    }

    /// <summary>The filter by frequency, in the order of the transform.</summary>
    /// <param name="size">Coefficients, even.</param>
    /// <param name="filter">Its kind.</param>
    public static double[] Response(int size, RampFilter filter)
    {
        if (filter == RampFilter.None)
        {
            return [.. Enumerable.Repeat(1.0, size)];
        }

        // The ramp of a band-limited picture, from space: sampled in frequency it would lose the mean.
        var line = new Complex[size];
        line[0] = 0.25;
        for (var n = 1; n < size; n += 2)
        {
            var away = Math.PI * Math.Min(n, size - n);
            line[n] = -1 / (away * away);
        }

        new Fourier(size).Forward(line);
        return [.. line.Select((c, k) => 2 * c.Real * Window(k, size, filter))];
    }

    private static double Window(int k, int size, RampFilter filter)
    {
        // The place in a window that has the zero frequency in its middle.
        var place = (k + (size / 2)) % size;
        var omega = Math.PI * Fourier.Frequency(k, size) / size;
        return filter switch
        {
            RampFilter.SheppLogan => k == 0 ? 1 : Math.Sin(omega) / omega,
            RampFilter.Cosine => Math.Sin(Math.PI * place / size),
            RampFilter.Hamming => 0.54 - (0.46 * Math.Cos(2 * Math.PI * place / (size - 1))),
            RampFilter.Hann => 0.5 - (0.5 * Math.Cos(2 * Math.PI * place / (size - 1))),
            _ => 1,
        };
    }

    // Bilinear, with zeros beyond the picture and beyond the square that is turned (first … first + side − 1).
    private static double Read(ReadOnlySpan<double> image, int width, int height, double x, double y, int firstX, int firstY, int side)
    {
        var (fx, fy) = (Math.Floor(x), Math.Floor(y));
        if (fx < -1 || fy < -1 || fx >= width || fy >= height)
        {
            return 0;
        }

        var (x0, y0) = ((int)fx, (int)fy);
        var (tx, ty) = (x - fx, y - fy);
        var (lowX, lowY) = (Math.Max(0, firstX), Math.Max(0, firstY));
        var (highX, highY) = (Math.Min(width, firstX + side), Math.Min(height, firstY + side));
        var sum = 0.0;
        for (var j = 0; j < 2; j++)
        {
            var (row, weight) = (y0 + j, j == 0 ? 1 - ty : ty);
            if (row < lowY || row >= highY || weight == 0)
            {
                continue;
            }

            var near = x0 >= lowX && x0 < highX ? image[(row * width) + x0] : 0;
            var far = x0 + 1 >= lowX && x0 + 1 < highX ? image[(row * width) + x0 + 1] : 0;
            sum += weight * (((1 - tx) * near) + (tx * far));
        }

        return sum;
    }

    private static void Spread(double[] projection, double degrees, double[] image, int width, int height, ProjectionReading reading)
    {
        var (sin, cos) = Math.SinCos(degrees * (Math.PI / 180));
        var (last, centre) = (projection.Length - 1, projection.Length / 2);
        var bend = reading == ProjectionReading.Cubic ? SecondDerivatives(projection) : [];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                // Counted from the centre, so that what lies half between two detectors stays there.
                var t = ((x - (width / 2)) * cos) - ((y - (height / 2)) * sin);
                if (t < -centre || t > last - centre)
                {
                    continue;
                }

                var d = Math.Min((int)Math.Floor(t) + centre, Math.Max(0, last - 1));
                var u = t - (d - centre);
                image[(y * width) + x] += reading switch
                {
                    _ when last == 0 => projection[0],
                    ProjectionReading.Nearest => projection[t <= d - centre + 0.5 ? d : d + 1],
                    ProjectionReading.Linear => projection[d] + (u * (projection[d + 1] - projection[d])),
                    _ => ((1 - u) * projection[d]) + (u * projection[d + 1])
                        + (((((1 - u) * (1 - u) * (1 - u)) - (1 - u)) * bend[d]) / 6) + ((((u * u * u) - u) * bend[d + 1]) / 6),
                };
            }
        }
    }

    // Of the spline whose third derivative does not jump at the second and the last but one knot: there its bend is the second difference.
    private static double[] SecondDerivatives(double[] y)
    {
        var n = y.Length;
        var bend = new double[n];
        if (n < 4)
        {
            return bend;
        }

        double Difference(int i) => y[i - 1] - (2 * y[i]) + y[i + 1];
        bend[1] = Difference(1);
        bend[n - 2] = Difference(n - 2);

        // Between them M[i−1] + 4 M[i] + M[i+1] = 6 · second difference, solved by elimination.
        var (upper, right) = (new double[n], new double[n]);
        right[1] = bend[1];
        for (var i = 2; i < n - 2; i++)
        {
            var pivot = 4 - upper[i - 1];
            upper[i] = 1 / pivot;
            right[i] = ((6 * Difference(i)) - right[i - 1]) / pivot;
        }

        for (var i = n - 3; i >= 2; i--)
        {
            bend[i] = right[i] - (upper[i] * bend[i + 1]);
        }

        bend[0] = (2 * bend[1]) - bend[2];
        bend[n - 1] = (2 * bend[n - 2]) - bend[n - 3];
        return bend;
    }
}

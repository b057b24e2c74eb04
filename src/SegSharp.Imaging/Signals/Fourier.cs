using System.Numerics;

namespace SegSharp.Imaging.Signals;

/// <summary>The discrete Fourier transform of one length, any length: tables are made once and used for many lines. Safe for several threads.</summary>
/// <remarks>
/// Forward is Σ x[n] exp(−2πi kn / N) without a factor, inverse divides by N, as numpy's.
/// Source: Cooley and Tukey 1965 for powers of two; Bluestein 1970 for other lengths, by a convolution whose length is a power of two.
/// </remarks>
public sealed class Fourier
{
    private readonly Complex[] _roots;
    private readonly Fourier? _inner;
    private readonly Complex[] _chirp = [];
    private readonly Complex[] _kernel = [];

    /// <summary>A transform of that length.</summary>
    /// <param name="length">1 or more.</param>
    public Fourier(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        Length = length;
        if (BitOperations.IsPow2(length))
        {
            _roots = [.. Enumerable.Range(0, length / 2).Select(k => Complex.FromPolarCoordinates(1, -2 * Math.PI * k / length))];
            return;
        }

        _roots = [];
        _inner = new Fourier((int)BitOperations.RoundUpToPowerOf2((uint)((2 * length) - 1)));
        _chirp = new Complex[length];
        _kernel = new Complex[_inner.Length];
        for (var n = 0; n < length; n++)
        {
            // The square is taken modulo 2N, so that long lines keep their precision.
            _chirp[n] = Complex.FromPolarCoordinates(1, -Math.PI * ((long)n * n % (2L * length)) / length);
            _kernel[n] = Complex.Conjugate(_chirp[n]);
            _kernel[(_inner.Length - n) % _inner.Length] = _kernel[n];
        }

        _inner.Forward(_kernel);
    }

    /// <summary>Numbers in a line.</summary>
    public int Length { get; }

    /// <summary>The frequency of a coefficient, in cycles per line: 0, 1, … then the negative ones.</summary>
    /// <param name="index">0 … length − 1.</param>
    /// <param name="length">Coefficients.</param>
    public static int Frequency(int index, int length) => index < (length + 1) / 2 ? index : index - length;

    /// <summary>Transforms a line in place.</summary>
    /// <param name="line">As many numbers as the transform is long.</param>
    public void Forward(Span<Complex> line)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(line.Length, Length, nameof(line));
        if (_inner is null)
        {
            Powers(line);
            return;
        }

        var padded = new Complex[_inner.Length];
        for (var n = 0; n < Length; n++)
        {
            padded[n] = line[n] * _chirp[n];
        }

        _inner.Forward(padded);
        for (var k = 0; k < padded.Length; k++)
        {
            padded[k] *= _kernel[k];
        }

        _inner.Inverse(padded);
        for (var k = 0; k < Length; k++)
        {
            line[k] = padded[k] * _chirp[k];
        }
    }

    /// <summary>Takes a transformed line back, in place.</summary>
    /// <param name="line">As many numbers as the transform is long.</param>
    public void Inverse(Span<Complex> line)
    {
        Conjugate(line, 1);
        Forward(line);
        Conjugate(line, 1.0 / Length);
    }

    /// <summary>Transforms a grid along one of its axes, in place.</summary>
    /// <param name="values">x runs fastest.</param>
    /// <param name="extent">Voxels per axis.</param>
    /// <param name="axis">0 = x, 1 = y, 2 = z.</param>
    /// <param name="inverse">Whether it is taken back.</param>
    public static void Along(Span<Complex> values, Extent extent, int axis, bool inverse = false)
    {
        var (length, step) = Line(extent, axis);
        var transform = new Fourier(length);
        var line = new Complex[length];
        for (var start = 0; start < values.Length; start++)
        {
            if (start / step % length != 0)
            {
                continue;
            }

            for (var i = 0; i < length; i++)
            {
                line[i] = values[start + (i * step)];
            }

            if (inverse)
            {
                transform.Inverse(line);
            }
            else
            {
                transform.Forward(line);
            }

            for (var i = 0; i < length; i++)
            {
                values[start + (i * step)] = line[i];
            }
        }
    }

    /// <summary>How many voxels lie along an axis, and how far apart in memory.</summary>
    internal static (int Length, int Step) Line(Extent extent, int axis) => axis switch
    {
        0 => (extent.Width, 1),
        1 => (extent.Height, extent.Width),
        2 => (extent.Depth, extent.Width * extent.Height),
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "0 = x, 1 = y, 2 = z"),
    };

    private static void Conjugate(Span<Complex> line, double factor)
    {
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = new Complex(line[i].Real * factor, -line[i].Imaginary * factor);
        }
    }

    private void Powers(Span<Complex> line)
    {
        for (int i = 1, j = 0; i < Length; i++)
        {
            var bit = Length >> 1;
            for (; (j & bit) != 0; bit >>= 1)
            {
                j ^= bit;
            }

            j ^= bit;
            if (i < j)
            {
                (line[i], line[j]) = (line[j], line[i]);
            }
        }

        for (var half = 1; half < Length; half <<= 1)
        {
            var stride = Length / (2 * half);
            for (var start = 0; start < Length; start += 2 * half)
            {
                for (var k = 0; k < half; k++)
                {
                    var odd = line[start + k + half] * _roots[k * stride];
                    line[start + k + half] = line[start + k] - odd;
                    line[start + k] += odd;
                }
            }
        }
    }
}

using System.Numerics;
using SegSharp.Foundation;
using SegSharp.Imaging.Signals;

namespace SegSharp.Imaging.Filters;

/// <summary>Options of <see cref="HammingWindow"/>.</summary>
public sealed record HammingWindowOptions : FilterOptions
{
    /// <summary>Share of the frequencies that were measured along rows and columns; the window ends there.</summary>
    public double Keep { get; init; } = 0.6;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => Within("hamming.keep", Keep, 0.02, 1);
}

/// <summary>Lets high frequencies fade instead of ending at once: less ringing, softer edges.</summary>
/// <remarks>Source: Hamming's window 0.54 + 0.46 cos(πf / f_max) over the measured frequencies.</remarks>
public sealed class HammingWindow(HammingWindowOptions o) : ImageFilter
{
    /// <inheritdoc/>
    public override float[] Apply(ReadOnlySpan<float> image, Extent extent)
    {
        var values = new Complex[image.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = image[i];
        }

        for (var axis = 0; axis < 2; axis++)
        {
            var (length, step) = Fourier.Line(extent, axis);
            var highest = Math.Max(1, o.Keep * length / 2);
            Fourier.Along(values, extent, axis);
            for (var i = 0; i < values.Length; i++)
            {
                var f = Math.Abs(Fourier.Frequency(i / step % length, length)) / highest;
                values[i] *= f <= 1 ? 0.54 + (0.46 * Math.Cos(Math.PI * f)) : 0;
            }

            Fourier.Along(values, extent, axis, inverse: true);
        }

        return Array.ConvertAll(values, v => (float)v.Real);
    }
}

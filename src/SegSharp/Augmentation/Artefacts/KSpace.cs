using System.Numerics;
using SegSharp.Imaging;
using SegSharp.Imaging.Signals;

namespace SegSharp.Augmentation;

/// <summary>Artefacts that arise while a magnetic resonance scanner collects the frequencies of an image, line by line.</summary>
internal static class KSpace
{
    /// <summary>Where the signal begins: 0, or the smallest value of an image that was shifted below it (z-scores).</summary>
    public static float Level(ReadOnlySpan<float> channel) => Math.Min(0, Tone.Range(channel).Low);

    /// <summary>Changes the frequencies along one axis, and takes the magnitude of what comes back, as scanners show it.</summary>
    /// <param name="channel">The image; changed.</param>
    /// <param name="extent">Voxels per axis.</param>
    /// <param name="axis">0 = x, 1 = y, 2 = z.</param>
    /// <param name="factor">What a line is multiplied with, by its frequency in cycles per image.</param>
    public static void Scale(Span<float> channel, Extent extent, int axis, Func<int, double> factor)
    {
        var level = Level(channel);
        var lines = Transformed(channel, level, extent, axis);
        var (length, step) = LineOf(extent, axis);
        double[] factors = [.. Enumerable.Range(0, length).Select(i => factor(Fourier.Frequency(i, length)))];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] *= factors[i / step % length];
        }

        Fourier.Along(lines, extent, axis, inverse: true);
        Magnitude(lines, level, channel);
    }

    /// <summary>The frequencies along one axis.</summary>
    public static Complex[] Transformed(ReadOnlySpan<float> channel, float level, Extent extent, int axis)
    {
        var values = new Complex[channel.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = channel[i] - level;
        }

        Fourier.Along(values, extent, axis);
        return values;
    }

    /// <summary>What a scanner shows of complex values.</summary>
    public static void Magnitude(Complex[] values, float level, Span<float> channel)
    {
        for (var i = 0; i < values.Length; i++)
        {
            channel[i] = level + (float)values[i].Magnitude;
        }
    }

    /// <summary>How many lines there are along an axis, and how far apart their numbers lie.</summary>
    public static (int Length, int Step) LineOf(Extent extent, int axis) => axis switch
    {
        0 => (extent.Width, 1),
        1 => (extent.Height, extent.Width),
        _ => (extent.Depth, extent.Width * extent.Height),
    };
}

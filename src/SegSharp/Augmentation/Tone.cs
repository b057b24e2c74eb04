using SegSharp.Data;

namespace SegSharp.Augmentation;

/// <summary>Changes of intensity alone: the labels stay the same array.</summary>
internal static class Tone
{
    /// <summary>Changes one plane in place.</summary>
    public delegate void PlaneChange(Span<float> plane);

    /// <summary>A copy of the sample in which every channel of intensities was changed; coordinates stay.</summary>
    public static Sample PerChannel(Sample sample, PlaneChange change)
    {
        var image = (float[])sample.Image.Clone();
        for (var c = 0; c < sample.Channels - sample.Places; c++)
        {
            change(image.AsSpan(c * sample.Voxels, sample.Voxels));
        }

        return sample with { Image = image };
    }

    /// <summary>Smallest and largest value.</summary>
    public static (float Low, float High) Range(ReadOnlySpan<float> plane)
    {
        var (low, high) = (plane[0], plane[0]);
        foreach (var v in plane)
        {
            low = MathF.Min(low, v);
            high = MathF.Max(high, v);
        }

        return (low, high);
    }

    /// <summary>Mean value.</summary>
    public static double Mean(ReadOnlySpan<float> plane)
    {
        var sum = 0.0;
        foreach (var v in plane)
        {
            sum += v;
        }

        return sum / plane.Length;
    }

    /// <summary>Mean and standard deviation over all values.</summary>
    public static (double Mean, double Deviation) Statistics(ReadOnlySpan<float> plane)
    {
        var (mean, squares) = (Mean(plane), 0.0);
        foreach (var v in plane)
        {
            squares += (v - mean) * (v - mean);
        }

        return (mean, Math.Sqrt(squares / plane.Length));
    }

    /// <summary>Shifts and stretches the values so that they have this mean and standard deviation again.</summary>
    public static void Restore(Span<float> plane, (double Mean, double Deviation) to)
    {
        var now = Statistics(plane);
        var factor = to.Deviation / Math.Max(now.Deviation, 1e-8);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = (float)(((plane[i] - now.Mean) * factor) + to.Mean);
        }
    }
}

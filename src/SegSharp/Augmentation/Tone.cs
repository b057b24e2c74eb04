using SegSharp.Data;

namespace SegSharp.Augmentation;

/// <summary>Changes of intensity alone: the labels stay the same array.</summary>
internal static class Tone
{
    /// <summary>Changes one plane in place.</summary>
    public delegate void PlaneChange(Span<float> plane);

    /// <summary>A copy of the sample in which every channel was changed.</summary>
    public static Sample PerChannel(Sample sample, PlaneChange change)
    {
        var image = (float[])sample.Image.Clone();
        for (var c = 0; c < sample.Channels; c++)
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
}

using SegSharp.Data;
using SegSharp.Foundation;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomFlip"/>.</summary>
public sealed record FlipOptions : TransformOptions
{
    /// <summary>Probability of left ↔ right.</summary>
    public double Horizontal { get; init; } = 0.5;

    /// <summary>Probability of top ↔ bottom.</summary>
    public double Vertical { get; init; } = 0.5;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckProbability("augmentation.flip.horizontal", Horizontal), .. CheckProbability("augmentation.flip.vertical", Vertical)];
}

/// <summary>Mirrors image and labels left to right, top to bottom, or both.</summary>
/// <remarks>Source: Simard et al. 2003, the simplest member of the family. With <see cref="RandomRotate90"/> it makes all 8 symmetries of the square equally likely.</remarks>
public sealed class RandomFlip(FlipOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, int width, int height)
    {
        var horizontal = random.Chance(o.Horizontal);
        var vertical = random.Chance(o.Vertical);
        return horizontal || vertical ? new Flip(horizontal, vertical) : null;
    }
}

/// <summary>A mirror image; exact, no interpolation.</summary>
/// <param name="Horizontal">Left ↔ right.</param>
/// <param name="Vertical">Top ↔ bottom.</param>
public sealed record Flip(bool Horizontal, bool Vertical) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var image = new float[sample.Image.Length];
        for (var c = 0; c < sample.Channels; c++)
        {
            Turn<float>(sample.Image.AsSpan(c * sample.Pixels, sample.Pixels), image.AsSpan(c * sample.Pixels, sample.Pixels), sample);
        }

        ushort[]? labels = null;
        if (sample.Labels is not null)
        {
            labels = new ushort[sample.Labels.Length];
            Turn<ushort>(sample.Labels, labels, sample);
        }

        float[]? weights = null;
        if (sample.Weights is not null)
        {
            weights = new float[sample.Weights.Length];
            Turn<float>(sample.Weights, weights, sample);
        }

        return sample with { Image = image, Labels = labels, Weights = weights };
    }

    private void Turn<T>(ReadOnlySpan<T> from, Span<T> to, Sample sample)
    {
        var (w, h) = (sample.Width, sample.Height);
        for (var y = 0; y < h; y++)
        {
            var row = to.Slice(y * w, w);
            from.Slice((Vertical ? h - 1 - y : y) * w, w).CopyTo(row);
            if (Horizontal)
            {
                row.Reverse();
            }
        }
    }
}

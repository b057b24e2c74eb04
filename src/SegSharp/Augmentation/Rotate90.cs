using SegSharp.Data;
using SegSharp.Foundation;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomRotate90"/>.</summary>
public sealed record Rotate90Options : TransformOptions
{
    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [];
}

/// <summary>Turns image and labels by 0, 90, 180 or 270 degrees, each equally likely; an image that is not square only by 0 or 180.</summary>
/// <remarks>Source: Ronneberger et al. 2015, section 3.1: a few images of tissue without a preferred direction.</remarks>
public sealed class RandomRotate90(Rotate90Options o) : Transform
{
    /// <summary>The options in use.</summary>
    public Rotate90Options Options { get; } = o;

    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, int width, int height)
    {
        var quarters = random.Next(4);
        if (width != height)
        {
            quarters &= 2;     // a quarter turn would change the size and no longer fit its batch
        }

        return quarters == 0 ? null : new Rotate90(quarters);
    }
}

/// <summary>A turn by quarters, counter-clockwise as the picture is seen; exact, no interpolation.</summary>
/// <param name="Quarters">1, 2 or 3 times 90 degrees.</param>
public sealed record Rotate90(int Quarters) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var odd = (Quarters & 1) == 1;
        var (width, height) = odd ? (sample.Height, sample.Width) : (sample.Width, sample.Height);
        var image = new float[sample.Image.Length];
        for (var c = 0; c < sample.Channels; c++)
        {
            Turn<float>(sample.Image.AsSpan(c * sample.Pixels, sample.Pixels), image.AsSpan(c * sample.Pixels, sample.Pixels), sample, width);
        }

        ushort[]? labels = null;
        if (sample.Labels is not null)
        {
            labels = new ushort[sample.Labels.Length];
            Turn<ushort>(sample.Labels, labels, sample, width);
        }

        float[]? weights = null;
        if (sample.Weights is not null)
        {
            weights = new float[sample.Weights.Length];
            Turn<float>(sample.Weights, weights, sample, width);
        }

        return sample with { Width = width, Height = height, Image = image, Labels = labels, Weights = weights };
    }

    private void Turn<T>(ReadOnlySpan<T> from, Span<T> to, Sample sample, int width)
    {
        var (w, h) = (sample.Width, sample.Height);
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var place = (Quarters & 3) switch
                {
                    1 => ((w - 1 - x) * width) + y,
                    2 => ((h - 1 - y) * width) + (w - 1 - x),
                    3 => (x * width) + (h - 1 - y),
                    _ => (y * width) + x,
                };
                to[place] = from[(y * w) + x];
            }
        }
    }
}

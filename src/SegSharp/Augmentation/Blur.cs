using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomBlur"/>.</summary>
public sealed record BlurOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.15;

    /// <summary>Smallest width of the Gaussian, pixels.</summary>
    public double Low { get; init; } = 0.5;

    /// <summary>Largest width of the Gaussian, pixels.</summary>
    public double High { get; init; } = 1.0;

    /// <summary>Whether volumes are also blurred along z.</summary>
    public bool Through { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckShared("blur"), .. CheckRange("augmentation.blur.low", Low, High, 0.01, 100)];
}

/// <summary>Blurs the image with a Gaussian, as a microscope out of focus does.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation (σ 0.5 to 1).</remarks>
public sealed class RandomBlur(BlurOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent) => new Blur(random.Between(o.Low, o.High), o.Through && extent.Depth > 1);
}

/// <summary>A Gaussian blur with mirrored borders, cut at 4 σ; in a volume in the plane of its slices, or along all axes.</summary>
/// <param name="Sigma">Width, pixels.</param>
/// <param name="Through">Whether also along z.</param>
public sealed record Blur(double Sigma, bool Through = false) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => sample with { Image = Blurred(sample, Sigma, Through) };

    /// <summary>The blurred image.</summary>
    internal static float[] Blurred(Sample sample, double sigma, bool through)
    {
        var image = (float[])sample.Image.Clone();
        if (!through)
        {
            Gaussian.Blur(image, sample.Extent with { Depth = sample.Depth * sample.Channels }, sigma, through: false);
            return image;
        }

        for (var c = 0; c < sample.Channels; c++)
        {
            var channel = image[(c * sample.Voxels)..((c + 1) * sample.Voxels)];
            Gaussian.Blur(channel, sample.Extent, sigma);
            channel.CopyTo(image, c * sample.Voxels);
        }

        return image;
    }
}

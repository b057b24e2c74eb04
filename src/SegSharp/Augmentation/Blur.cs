using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomBlur"/>.</summary>
public sealed record BlurOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.15;

    /// <summary>Smallest width of the Gaussian, pixels.</summary>
    public double Low { get; init; } = 0.5;

    /// <summary>Largest width of the Gaussian, pixels.</summary>
    public double High { get; init; } = 1.0;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckProbability("augmentation.blur.probability", Probability), .. CheckRange("augmentation.blur.low", Low, High, 0.01)];
}

/// <summary>Blurs the image with a Gaussian, as a microscope out of focus does.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation (σ 0.5 to 1).</remarks>
public sealed class RandomBlur(BlurOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var sigma = random.Between(o.Low, o.High);
        return change ? new Blur(sigma) : null;
    }
}

/// <summary>A Gaussian blur with mirrored borders, cut at 4 σ; in a volume in the plane of its slices.</summary>
/// <param name="Sigma">Width, pixels.</param>
public sealed record Blur(double Sigma) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) =>
        Tone.PerChannel(sample, channel =>
        {
            var page = sample.Width * sample.Height;
            for (var z = 0; z < sample.Depth; z++)
            {
                Gaussian.Blur(channel.Slice(z * page, page), sample.Width, sample.Height, Sigma);
            }
        });
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomSharpen"/>.</summary>
public sealed record SharpenOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.15;

    /// <summary>Width of the Gaussian whose blur is taken away, pixels.</summary>
    public double Sigma { get; init; } = 1;

    /// <summary>Smallest strength.</summary>
    public double Low { get; init; } = 0.2;

    /// <summary>Largest strength; 1 doubles what the blur took away.</summary>
    public double High { get; init; } = 1.0;

    /// <summary>Whether volumes are also sharpened along z.</summary>
    public bool Through { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckShared("sharpen"),
        .. CheckRange("augmentation.sharpen.sigma", Sigma, Sigma, 0.01, 100),
        .. CheckRange("augmentation.sharpen.low", Low, High, 0),
    ];
}

/// <summary>Sharpens the image by unsharp masking, as scanners and cameras do by themselves.</summary>
/// <remarks>Source: unsharp masking, v + strength · (v − blurred v); MONAI's RandGaussianSharpen is a relative of it.</remarks>
public sealed class RandomSharpen(SharpenOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent) => new Sharpen(o.Sigma, random.Between(o.Low, o.High), o.Through && extent.Depth > 1);
}

/// <summary>Unsharp masking.</summary>
/// <param name="Sigma">Width of the blur, pixels.</param>
/// <param name="Strength">0 changes nothing.</param>
/// <param name="Through">Whether also along z.</param>
public sealed record Sharpen(double Sigma, double Strength, bool Through = false) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var (image, strength) = (Blur.Blurred(sample, Sigma, Through), (float)Strength);
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = sample.Image[i] + (strength * (sample.Image[i] - image[i]));
        }

        return sample with { Image = image };
    }
}

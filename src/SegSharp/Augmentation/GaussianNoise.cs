using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomGaussianNoise"/>.</summary>
public sealed record GaussianNoiseOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.15;

    /// <summary>Largest standard deviation, in units of the image.</summary>
    public double Largest { get; init; } = 0.05;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckShared("noise"), .. CheckRange("augmentation.noise.largest", Largest, Largest, 0)];
}

/// <summary>Adds independent normal noise to every pixel.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation. Differs: the spread is drawn, not the variance.</remarks>
public sealed class RandomGaussianNoise(GaussianNoiseOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent) => new GaussianNoise(random.Between(0, o.Largest), unchecked((long)random.NextBits()));
}

/// <summary>Normal noise from a seed of its own, so that it can be repeated.</summary>
/// <param name="Spread">Standard deviation.</param>
/// <param name="Seed">Seed of the noise.</param>
public sealed record GaussianNoise(double Spread, long Seed) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var random = new RandomStream(Seed);
        return Tone.PerChannel(sample, plane =>
        {
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] += (float)(Spread * random.NextNormal());
            }
        });
    }
}

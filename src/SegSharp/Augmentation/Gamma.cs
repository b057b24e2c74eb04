using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomGamma"/>.</summary>
public sealed record GammaOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.3;

    /// <summary>Smallest exponent; below 1 dark tones become lighter.</summary>
    public double Low { get; init; } = 0.7;

    /// <summary>Largest exponent.</summary>
    public double High { get; init; } = 1.5;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckProbability("augmentation.gamma.probability", Probability), .. CheckRange("augmentation.gamma.low", Low, High, 0.01)];
}

/// <summary>Bends the tone curve of every channel between its own minimum and maximum.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation. Differs: mean and spread are not restored.</remarks>
public sealed class RandomGamma(GammaOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var exponent = random.Between(o.Low, o.High);
        return change ? new Gamma(exponent) : null;
    }
}

/// <summary>A tone curve.</summary>
/// <param name="Exponent">Applied to intensities brought to [0, 1] by their own minimum and maximum.</param>
public sealed record Gamma(double Exponent) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, plane =>
    {
        var (low, high) = Tone.Range(plane);
        var span = high - low;
        if (span <= 0)
        {
            return;
        }

        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = low + (span * MathF.Pow((plane[i] - low) / span, (float)Exponent));
        }
    });
}

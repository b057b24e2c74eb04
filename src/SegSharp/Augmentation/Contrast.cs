using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomContrast"/>.</summary>
public sealed record ContrastOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.3;

    /// <summary>Smallest factor; below 1 greys come together.</summary>
    public double Low { get; init; } = 0.75;

    /// <summary>Largest factor.</summary>
    public double High { get; init; } = 1.25;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckProbability("augmentation.contrast.probability", Probability), .. CheckRange("augmentation.contrast.low", Low, High, 0)];
}

/// <summary>Stretches every channel about its mean, inside the range that it had.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation (contrast 0.75 to 1.25, range preserved).</remarks>
public sealed class RandomContrast(ContrastOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var factor = random.Between(o.Low, o.High);
        return change ? new Contrast(factor) : null;
    }
}

/// <summary>A stretch about the mean.</summary>
/// <param name="Factor">1 changes nothing.</param>
public sealed record Contrast(double Factor) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, plane =>
    {
        var (low, high) = Tone.Range(plane);
        var (mean, factor) = ((float)Tone.Mean(plane), (float)Factor);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = Math.Clamp(mean + ((plane[i] - mean) * factor), low, high);
        }
    });
}

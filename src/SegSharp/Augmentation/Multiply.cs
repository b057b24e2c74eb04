using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomMultiply"/>.</summary>
public sealed record MultiplyOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.15;

    /// <summary>Smallest factor.</summary>
    public double Low { get; init; } = 0.75;

    /// <summary>Largest factor.</summary>
    public double High { get; init; } = 1.25;

    /// <summary>Whether a factor below 1 is as likely as one above.</summary>
    public bool Balanced { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckShared("multiply"), .. CheckRange("augmentation.multiply.low", Low, High, 0)];
}

/// <summary>Multiplies the image by one number: brightness, as a longer exposure changes it.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation (0.75 to 1.25).</remarks>
public sealed class RandomMultiply(MultiplyOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent) => new Multiply(Factor(random, o.Low, o.High, o.Balanced));
}

/// <summary>A factor for all intensities.</summary>
/// <param name="Factor">1 changes nothing.</param>
public sealed record Multiply(double Factor) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, plane =>
    {
        var factor = (float)Factor;
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] *= factor;
        }
    });
}

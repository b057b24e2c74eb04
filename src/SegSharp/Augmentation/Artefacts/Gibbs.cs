using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomGibbs"/>.</summary>
public sealed record GibbsOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Smallest share of the frequencies that is kept along rows and columns.</summary>
    public double Low { get; init; } = 0.4;

    /// <summary>Largest share; 1 keeps all.</summary>
    public double High { get; init; } = 0.8;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.gibbs.probability", Probability),
        .. CheckRange("augmentation.gibbs.low", Low, High, 0.02),
        .. High <= 1 ? [] : new[] { Fault.At("augmentation.gibbs.high", $"is {High}; it must be 1 or less") },
    ];
}

/// <summary>Ringing at sharp edges, since high frequencies were not measured.</summary>
/// <remarks>Source: Gibbs 1899; the scanner measures a box in frequency space and fills the rest with zeros.</remarks>
public sealed class RandomGibbs(GibbsOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var keep = random.Between(o.Low, o.High);
        return change && keep < 1 ? new Gibbs(keep) : null;
    }
}

/// <summary>Frequencies cut off along rows and columns.</summary>
/// <param name="Keep">Share that is kept, from the middle.</param>
public sealed record Gibbs(double Keep) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Keep >= 1 ? sample : Tone.PerChannel(sample, channel =>
    {
        for (var axis = 0; axis < 2; axis++)
        {
            var highest = Keep * KSpace.LineOf(sample.Extent, axis).Length / 2;
            KSpace.Scale(channel, sample.Extent, axis, f => Math.Abs(f) <= highest ? 1 : 0);
        }
    });
}

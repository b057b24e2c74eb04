using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomGhosting"/>.</summary>
public sealed record GhostingOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Fewest ghosts along the axis.</summary>
    public int CountLow { get; init; } = 4;

    /// <summary>Most ghosts.</summary>
    public int CountHigh { get; init; } = 10;

    /// <summary>Weakest: how much of every n-th line is lost.</summary>
    public double Low { get; init; } = 0.5;

    /// <summary>Strongest; 1 loses all of the line.</summary>
    public double High { get; init; } = 1;

    /// <summary>Share of the lines, about the middle, that stay as they are; without it the whole image darkens.</summary>
    public double Restore { get; init; } = 0.02;

    /// <summary>The axis that is measured line by line: 0 = x, 1 = y, 2 = z; null draws x or y.</summary>
    public int? Axis { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.ghosting.probability", Probability),
        .. CheckRange("augmentation.ghosting.countLow", CountLow, CountHigh, 2, 1000),
        .. CheckRange("augmentation.ghosting.low", Low, High, 0),
        .. CheckProbability("augmentation.ghosting.high", High),
        .. CheckProbability("augmentation.ghosting.restore", Restore),
        .. Axis is null or 0 or 1 or 2 ? [] : new[] { Fault.At("augmentation.ghosting.axis", $"is {Axis}; it must be 0, 1 or 2") },
    ];
}

/// <summary>Copies of the image along the axis that is measured line by line: something moved periodically, breath or pulse.</summary>
/// <remarks>Source: the modulation of every n-th line of TorchIO's RandomGhosting (Pérez-García et al. 2021). Differs: magnitude instead of real part.</remarks>
public sealed class RandomGhosting(GhostingOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var count = o.CountLow + random.Next(o.CountHigh - o.CountLow + 1);
        var strength = random.Between(o.Low, o.High);
        var axis = random.Next(2);
        return change && strength > 0 ? new Ghosting(count, strength, o.Axis ?? axis, o.Restore) : null;
    }
}

/// <summary>Every n-th line weakened.</summary>
/// <param name="Count">n: ghosts along the axis, the image itself among them.</param>
/// <param name="Strength">What is lost of these lines, in [0, 1].</param>
/// <param name="Axis">0 = x, 1 = y, 2 = z.</param>
/// <param name="Restore">Share of the lines about the middle that stay.</param>
public sealed record Ghosting(int Count, double Strength, int Axis, double Restore) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Strength <= 0 ? sample : Tone.PerChannel(sample, channel =>
    {
        var middle = Restore * KSpace.LineOf(sample.Extent, Axis).Length / 2;
        KSpace.Scale(channel, sample.Extent, Axis, f => f % Count == 0 && f != 0 && Math.Abs(f) > middle ? 1 - Strength : 1);
    });
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomChannelDropout"/>.</summary>
public sealed record ChannelDropoutOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Probability of each channel to be lost. One channel always stays.</summary>
    public double Share { get; init; } = 0.25;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckProbability("augmentation.channel-dropout.probability", Probability), .. CheckProbability("augmentation.channel-dropout.share", Share)];
}

/// <summary>Leaves channels out, as a patient lacks a sequence: the network learns not to lean on one of them alone.</summary>
/// <remarks>Source: Tompson et al. 2015 for dropping whole channels; on the input it stands for a missing modality.</remarks>
public sealed class RandomChannelDropout(ChannelDropoutOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent) => Draw(random, extent, 1);

    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent, int channels)
    {
        var change = random.Chance(o.Probability);
        var spared = random.Next(channels);
        var lost = Enumerable.Range(0, channels).Where(c => random.Chance(o.Share) && c != spared).ToArray();
        return change && lost.Length > 0 ? new ChannelDropout(lost) : null;
    }
}

/// <summary>Channels that become their own mean everywhere.</summary>
/// <param name="Lost">Their numbers, from 0.</param>
public sealed record ChannelDropout(int[] Lost) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var channel = -1;
        return Tone.PerChannel(sample, plane =>
        {
            if (Lost.Contains(++channel))
            {
                plane.Fill((float)Tone.Mean(plane));
            }
        });
    }
}

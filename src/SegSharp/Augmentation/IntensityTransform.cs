using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of a change of intensities: labels stay as they are.</summary>
public abstract record IntensityOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public abstract double Probability { get; init; }

    /// <summary>Probability of each channel of a changed sample.</summary>
    public double ChannelProbability { get; init; } = 1;

    /// <summary>Whether every channel draws parameters of its own; otherwise all share them.</summary>
    public bool PerChannel { get; init; }

    /// <summary>Faults of the keys that all have.</summary>
    /// <param name="name">The transform's name in the catalogue.</param>
    protected IEnumerable<Fault> CheckShared(string name) =>
    [
        .. CheckProbability($"augmentation.{name}.probability", Probability),
        .. CheckProbability($"augmentation.{name}.channelProbability", ChannelProbability),
    ];
}

/// <summary>A change of intensities, the same for all channels or for each its own.</summary>
/// <param name="o">Its options.</param>
public abstract class IntensityTransform(IntensityOptions o) : Transform
{
    /// <inheritdoc/>
    public sealed override Drawn? Draw(RandomStream random, Extent extent) => Draw(random, extent, 1);

    /// <inheritdoc/>
    public sealed override Drawn? Draw(RandomStream random, Extent extent, int channels)
    {
        var change = random.Chance(o.Probability);
        var shared = DrawOne(random, extent);
        if (!o.PerChannel && o.ChannelProbability >= 1)
        {
            return change ? shared : null;
        }

        var steps = new Drawn?[channels];
        for (var c = 0; c < channels; c++)
        {
            var own = random.Derive(c);
            var chosen = own.Chance(o.ChannelProbability);
            var step = DrawOne(own, extent);
            steps[c] = !chosen ? null
                : o.PerChannel ? step
                : shared is GaussianNoise noise ? noise with { Seed = unchecked(noise.Seed + c) }        // the same spread, not the same grains
                : shared;
        }

        return change && Array.Exists(steps, s => s is not null) ? new ByChannel(steps) : null;
    }

    /// <summary>Draws the parameters, always the same number of them. Below and above 1 are as likely as each other where a range is balanced.</summary>
    protected abstract Drawn DrawOne(RandomStream random, Extent extent);

    /// <summary>A factor between two bounds.</summary>
    /// <param name="random">Two numbers are drawn.</param>
    /// <param name="low">Smallest.</param>
    /// <param name="high">Largest.</param>
    /// <param name="balanced">Whether a factor below 1 is as likely as one above, however far the bounds lie from 1 (nnU-Net).</param>
    protected static double Factor(RandomStream random, double low, double high, bool balanced)
    {
        var (share, below) = (random.NextDouble(), random.Chance(0.5));
        var (from, to) = balanced && low < 1 && high > 1 ? (below ? (low, 1.0) : (1.0, high)) : (low, high);
        return from + ((to - from) * share);
    }
}

/// <summary>A step of its own for each channel.</summary>
/// <param name="Steps">One per channel; null leaves it as it is.</param>
public sealed record ByChannel(Drawn?[] Steps) : Drawn
{
    /// <inheritdoc/>
    /// <exception cref="InputException">Drawn for another number of channels.</exception>
    public override Sample Apply(Sample sample)
    {
        if (Steps.Length != sample.Channels)
        {
            throw new InputException($"'{sample.Id}' has {sample.Channels} channels, but this was drawn for {Steps.Length}", "replay it on images with as many channels");
        }

        var image = (float[])sample.Image.Clone();
        for (var c = 0; c < Steps.Length; c++)
        {
            if (Steps[c] is { } step)
            {
                var alone = sample with { Channels = 1, Image = image[(c * sample.Voxels)..((c + 1) * sample.Voxels)] };
                step.Apply(alone).Image.CopyTo(image, c * sample.Voxels);
            }
        }

        return sample with { Image = image };
    }
}

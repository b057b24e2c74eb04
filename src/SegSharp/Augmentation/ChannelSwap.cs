using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomChannelSwap"/>.</summary>
public sealed record ChannelSwapOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => CheckProbability("augmentation.channel-swap.probability", Probability);
}

/// <summary>Gives the channels another order: for colours whose meaning shall not matter. Wrong where a channel is a modality.</summary>
/// <remarks>Source: colour augmentation of photographs, Krizhevsky et al. 2012 and after.</remarks>
public sealed class RandomChannelSwap(ChannelSwapOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent) => Draw(random, extent, 1);

    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent, int channels)
    {
        var change = random.Chance(o.Probability);
        var order = random.Permutation(channels);
        return change && channels > 1 ? new ChannelSwap(order) : null;
    }
}

/// <summary>Another order of the channels.</summary>
/// <param name="Order">For each channel of the result its number in the source.</param>
public sealed record ChannelSwap(int[] Order) : Drawn
{
    /// <inheritdoc/>
    /// <exception cref="InputException">Drawn for another number of channels.</exception>
    public override Sample Apply(Sample sample)
    {
        if (Order.Length != sample.Channels || !Order.Order().SequenceEqual(Enumerable.Range(0, sample.Channels)))
        {
            throw new InputException($"'{sample.Id}' has {sample.Channels} channels, but the order is [{string.Join(", ", Order)}]", "replay it on images with as many channels");
        }

        var image = new float[sample.Image.Length];
        for (var c = 0; c < Order.Length; c++)
        {
            sample.Image.AsSpan(Order[c] * sample.Voxels, sample.Voxels).CopyTo(image.AsSpan(c * sample.Voxels));
        }

        return sample with { Image = image };
    }
}

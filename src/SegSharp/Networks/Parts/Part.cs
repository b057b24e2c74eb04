using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Networks.Parts;

/// <summary>What every part of a network is told.</summary>
public abstract record PartOptions
{
    /// <summary>Channels that come in.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>One line about it, for the catalogue.</summary>
    public abstract string About { get; }

    /// <summary>The original that recorded numbers hold it against; null while it is unverified.</summary>
    public virtual string? HeldAgainst => null;

    /// <summary>Sides that it is shown with, H and W.</summary>
    public virtual IReadOnlyList<long> UsualSides => [224, 224];

    /// <summary>Every fault, with its key.</summary>
    public virtual IEnumerable<Fault> Check()
    {
        if (InChannels < 1)
        {
            yield return Fault.At("network.inChannels", $"is {InChannels}; it must be 1 or more");
        }
    }
}

/// <summary>What is no segmentation network by itself: a classification network, which can be the contracting arm of one, or a piece that the course shows.</summary>
public abstract class Part : Module
{
    /// <summary>Refuses options with a fault.</summary>
    /// <exception cref="UsageException">At least one fault; every one is named.</exception>
    protected Part(PartOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        Options = options;
    }

    /// <summary>What it was built from.</summary>
    public PartOptions Options { get; }

    /// <summary>Computes its output.</summary>
    /// <param name="x">[N, InChannels, H, W].</param>
    /// <returns>In the caller's scope: [N, Classes] of a classification network, [N, C, …] of others.</returns>
    /// <exception cref="InputException">Other channels, or sides that it cannot take.</exception>
    public abstract Tensor Forward(Tensor x);

    /// <summary>The blocks and arrows of a drawing.</summary>
    /// <param name="sides">Sides of what comes in, H and W.</param>
    public abstract NetworkGraph Graph(long[] sides);

    /// <summary>Its name in the catalogue.</summary>
    protected string Name => PartCatalogue.All.GetByOptions(Options.GetType()).Name;

    /// <summary>Refuses what has other axes or channels, in words rather than in libtorch's.</summary>
    protected void CheckChannels(Tensor x)
    {
        var shape = x.Shape;
        if (shape.Length != 4 || shape[1] != Options.InChannels)
        {
            throw new InputException(
                $"the image is {x.Describe()} but '{Name}' takes [N, {Options.InChannels}, H, W]",
                $"network.inChannels={(shape.Length > 1 ? shape[1] : 1)}");
        }
    }
}

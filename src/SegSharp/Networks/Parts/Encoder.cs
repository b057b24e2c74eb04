using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Networks.Parts;

/// <summary>What every classification network is told.</summary>
public abstract record EncoderOptions : PartOptions
{
    /// <summary>Classes of its head, 1000 in ImageNet; 0 for an encoder without one, as a decoder needs it.</summary>
    public int Classes { get; init; } = 1000;

    /// <summary>Channels of the first convolution; the published networks have 64.</summary>
    public int Base { get; init; } = 64;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Classes < 0)
        {
            yield return Fault.At("network.classes", $"is {Classes}; it must be 0 or more");
        }

        if (Base is < 1 or > 1024)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 to 1024");
        }
    }
}

/// <summary>One resolution of an encoder, for decoders and drawings.</summary>
/// <param name="Channels">Feature maps that leave it.</param>
/// <param name="Operations">What it computes, in words; empty for the image itself.</param>
/// <param name="Down">How it gets its resolution from the one above; null for the top.</param>
public sealed record EncoderLevel(int Channels, IReadOnlyList<string> Operations, string? Down);

/// <summary>A classification network: an image in, one logit per class out; and the feature maps on the way, which a decoder can join.</summary>
/// <remarks>It is no <see cref="Network"/>, whose logits are per voxel. Names and shapes of its parameters are torchvision's unless it says otherwise.</remarks>
public abstract class Encoder : Part
{
    /// <summary>Refuses options with a fault.</summary>
    /// <exception cref="UsageException">At least one fault; every one is named.</exception>
    protected Encoder(EncoderOptions options)
        : base(options)
    {
    }

    /// <summary>What it was built from.</summary>
    public new EncoderOptions Options => (EncoderOptions)base.Options;

    /// <summary>How often the sides are halved until the last map.</summary>
    public int Depth => Levels.Count - 1;

    /// <summary>The resolutions, finest first: level i has the image's sides divided by 2^i.</summary>
    public abstract IReadOnlyList<EncoderLevel> Levels { get; }

    /// <summary>The feature maps of every resolution: what transfer learning, t-SNE and decoders look at.</summary>
    /// <param name="image">[N, InChannels, H, W]; both sides 2^depth or more. A decoder wants multiples of that.</param>
    /// <param name="depth">How deep to go, at most <see cref="Depth"/>; what lies below is not computed. Null for all.</param>
    /// <returns>depth + 1 maps, finest first, [N, Levels[i].Channels, H / 2^i, W / 2^i], in the caller's scope. The first may be the image itself.</returns>
    /// <exception cref="InputException">Other channels, or an image too small.</exception>
    public abstract IReadOnlyList<Tensor> Features(Tensor image, int? depth = null);

    /// <summary>Computes the logits of the classes.</summary>
    /// <param name="image">[N, InChannels, H, W].</param>
    /// <returns>[N, Classes], before a softmax, in the caller's scope.</returns>
    /// <exception cref="InputException">Other channels, an image too small, or an encoder without a head.</exception>
    public abstract Tensor Classify(Tensor image);

    /// <summary>What stands behind the last map, in words.</summary>
    protected abstract IReadOnlyList<string> Head { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Classify(x);

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var nodes = new List<NetworkNode> { NetworkNode.Image(Options.InChannels, sides) };
        var edges = new List<NetworkEdge>();
        foreach (var (i, level) in Levels.Index().Where(l => l.Item.Operations.Count > 0 || l.Item.Down is not null))
        {
            nodes.Add(new() { Id = $"down.{i}", Level = i, Arm = NetworkArm.Down, Channels = level.Channels, Size = string.Join('×', sides.Select(s => s >> i)), Operations = level.Operations });
            edges.Add(new(nodes[^2].Id, nodes[^1].Id, level.Down is null ? NetworkEdgeKind.Conv : NetworkEdgeKind.Pool, level.Down));
        }

        if (Options.Classes > 0)
        {
            nodes.Add(new() { Id = "head", Level = Depth, Arm = NetworkArm.Head, Channels = Options.Classes, Size = "1×1", Operations = Head, Label = "classes" });
            edges.Add(new(nodes[^2].Id, "head", NetworkEdgeKind.Head, "the classifier"));
        }

        return new()
        {
            Title = $"{Name}, base {Options.Base}",
            Subtitle = $"{ParameterCount:N0} parameters, input {Options.InChannels}×{string.Join('×', sides)}",
            Nodes = nodes,
            Edges = edges,
        };
    }

    /// <summary>Refuses an image with other axes or channels, or too small to be halved that often.</summary>
    protected void CheckImage(Tensor image, int depth)
    {
        CheckChannels(image);
        var shape = image.Shape;
        if (depth < 0 || depth > Depth)
        {
            throw new UsageException($"a depth of {depth} was asked for; this encoder has 0 to {Depth}");
        }

        if (shape[2] < 1L << depth || shape[3] < 1L << depth)
        {
            throw new InputException($"an image of {shape[2]}×{shape[3]} is too small for {depth} halvings; both sides must be {1 << depth} or more");
        }
    }

    /// <summary>Refuses to classify without a head.</summary>
    protected void CheckHead()
    {
        if (Options.Classes == 0)
        {
            throw new InputException("this encoder was built without a head, so it gives no classes", "network.classes=1000");
        }
    }
}

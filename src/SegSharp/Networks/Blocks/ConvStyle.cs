using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Blocks;

/// <summary>Which normalisation stands behind a convolution.</summary>
public enum NormKind
{
    /// <summary>None.</summary>
    None,

    /// <summary>By the batch's statistics per channel; running ones in evaluation.</summary>
    Batch,

    /// <summary>By the statistics of every sample and channel.</summary>
    Instance,

    /// <summary>By the statistics of groups of channels of every sample.</summary>
    Group,
}

/// <summary>Which activation stands behind a convolution.</summary>
public enum ActivationKind
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x where positive, 0.01 · x elsewhere.</summary>
    LeakyRelu,

    /// <summary>x where positive, eˣ − 1 elsewhere.</summary>
    Elu,

    /// <summary>x where positive, a learnt slope · x elsewhere; one slope per layer, starting at 0.25.</summary>
    Prelu,

    /// <summary>x · Φ(x), the exact form.</summary>
    Gelu,

    /// <summary>x / (1 + e^−x), also called swish.</summary>
    Silu,
}

/// <summary>How a convolution of a network is dressed: its padding, bias, normalisation and activation.</summary>
public sealed record ConvStyle
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Behind the convolution.</summary>
    public NormKind Norm { get; init; } = NormKind.Batch;

    /// <summary>Groups of channels when <see cref="Norm"/> is <see cref="NormKind.Group"/>; must divide every width.</summary>
    public int Groups { get; init; } = 8;

    /// <summary>Whether the normalisation learns scale and shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a new batch in the running statistics of a batch normalisation.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Behind the normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>Whether the normalisation stands behind the activation instead of before it.</summary>
    public bool NormLast { get; init; }

    /// <summary>Whether convolutions have a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Whether 3×3 convolutions are padded with zeros so that sides stay; without, each takes 2 off every side.</summary>
    public bool Padded { get; init; } = true;

    /// <summary>A 3×3 (×3) convolution without normalisation and activation.</summary>
    public Conv Conv(int inChannels, int outChannels) => new(Dimensions, inChannels, outChannels, padding: Padded ? 1 : 0, bias: Bias);

    /// <summary>The normalisation; null for none.</summary>
    public Layer? Normalise(int channels) => Norm switch
    {
        NormKind.Batch => new BatchNorm(channels, Epsilon, Momentum, Affine),
        NormKind.Instance => new InstanceNorm(channels, Epsilon, Affine),
        NormKind.Group => new GroupNorm(Groups, channels, Epsilon),
        _ => null,
    };

    /// <summary>What is wrong with these numbers of a normalisation.</summary>
    internal static IEnumerable<Fault> FaultsOf(double epsilon, double momentum)
    {
        if (epsilon is not (>= 0 and < 1))
        {
            yield return Fault.At("network.epsilon", $"is {epsilon}; it must be in [0, 1)");
        }

        if (momentum is not (>= 0 and <= 1))
        {
            yield return Fault.At("network.momentum", $"is {momentum}; it must be in [0, 1]");
        }
    }

    /// <summary>The activation. ReLU and leaky ReLU overwrite their input, which neither a convolution nor a normalisation reads again.</summary>
    public Layer Activate() => Activation switch
    {
        ActivationKind.LeakyRelu => new LeakyRelu(inPlace: true),
        ActivationKind.Elu => new Elu(),
        ActivationKind.Prelu => new PRelu(),
        ActivationKind.Gelu => new Gelu(),
        ActivationKind.Silu => new Silu(),
        _ => new Relu(inPlace: true),
    };

    /// <summary>Normalisation and activation in their order, with what stands for each in a name.</summary>
    public IEnumerable<(string Name, Layer Layer)> Behind(int channels)
    {
        var norm = Normalise(channels);
        if (norm is not null && !NormLast)
        {
            yield return ("norm", norm);
        }

        yield return ("act", Activate());
        if (norm is not null && NormLast)
        {
            yield return ("norm", norm);
        }
    }

    /// <summary>The steps of one convolution in words, for drawings.</summary>
    public IEnumerable<string> Words()
    {
        var norm = Norm switch { NormKind.Batch => "batch norm", NormKind.Instance => "instance norm", NormKind.Group => "group norm", _ => null };
        var activation = Activation switch { ActivationKind.LeakyRelu => "leaky ReLU", ActivationKind.Elu => "ELU", ActivationKind.Prelu => "PReLU", ActivationKind.Gelu => "GELU", ActivationKind.Silu => "SiLU", _ => "ReLU" };
        var side = Dimensions == 3 ? "3×3×3" : "3×3";
        string?[] steps = NormLast ? [$"conv {side}", activation, norm] : [$"conv {side}", norm, activation];
        return steps.OfType<string>();
    }
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;

namespace SegSharp.Networks;

/// <summary>What MONAI's BasicUNet and BasicUNetPlusPlus share.</summary>
public abstract record MonaiBasicOptions : NetworkOptions
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Channels of the first two levels; every level below has twice as many. MONAI's widths are 32, 32, 64, 128, 256.</summary>
    public int Base { get; init; } = 32;

    /// <summary>Channels of the five levels, from the top, and of the last block: six numbers in the place of <see cref="Base"/>; empty for that.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>Behind every 3×3 convolution.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Instance;

    /// <summary>Whether the normalisation learns scale and shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Groups of the group normalisation; must divide every width.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Added to the variance in the normalisation.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a new batch in the running statistics of a batch normalisation.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Behind every normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.LeakyRelu;

    /// <summary>What the leaky ReLU multiplies negative values by.</summary>
    public double Slope { get; init; } = 0.1;

    /// <summary>Share of the elements that are zeroed between normalisation and activation in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the 3×3 convolutions have a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>How the decoder doubles the sides.</summary>
    public MonaiUp Up { get; init; } = MonaiUp.Deconv;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <summary>The six numbers.</summary>
    internal IReadOnlyList<int> Features => Widths.Count > 0 ? Widths : [Base, Base, 2 * Base, 4 * Base, 8 * Base, Base];

    /// <summary>The dress of its convolutions.</summary>
    internal MonaiBlocks.Style Style => new()
    {
        Dimensions = Dimensions,
        Norm = Normalisation,
        Affine = Affine,
        Groups = Groups,
        Epsilon = Epsilon,
        Momentum = Momentum,
        Activation = Activation,
        Slope = Slope,
        Dropout = Dropout,
        Bias = Bias,
    };

    /// <summary>What a pair of convolutions computes, in words.</summary>
    internal IReadOnlyList<string> Words => [.. Enumerable.Repeat(new ConvStyle { Dimensions = Dimensions, Norm = Normalisation, Activation = Activation }.Words(), 2).SelectMany(w => w)];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base is < 1 or > 8192)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 to 8192");
        }

        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("network.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        if (Widths.Count is not (0 or 6) || Widths.Any(w => w is < 1 or > 65536))
        {
            yield return Fault.At("network.widths", $"is [{string.Join(", ", Widths)}]; it must be six numbers from 1 to 65536, or none");
        }
        else if (Features.Skip(2).Take(3).FirstOrDefault(w => w < 2, 2) is var narrow && narrow < 2)
        {
            yield return Fault.At("network.widths", $"has a level of {narrow} channel below the second, which is halved on the way up; it must be 2 or more");
        }

        if (Groups < 1 || (Normalisation == NormKind.Group && Base >= 1 && Features.Any(w => w % Groups != 0)))
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide every width: {string.Join(", ", Features)}");
        }

        if (Normalisation == NormKind.Group && !Affine)
        {
            yield return Fault.At("network.affine", "is false; a group normalisation always learns scale and shift");
        }

        foreach (var fault in ConvStyle.FaultsOf(Epsilon, Momentum))
        {
            yield return fault;
        }

        if (Slope is not (>= 0 and <= 1))
        {
            yield return Fault.At("network.slope", $"is {Slope}; it must be in [0, 1]");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

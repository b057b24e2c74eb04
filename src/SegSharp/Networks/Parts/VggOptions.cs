using SegSharp.Foundation;

namespace SegSharp.Networks.Parts;

/// <summary>Options of the VGGs.</summary>
public abstract record VggOptions : EncoderOptions
{
    /// <summary>Width of the two hidden layers of the classifier: 4096 in the paper; 0 for 64 · <see cref="EncoderOptions.Base"/>.</summary>
    public int Hidden { get; init; }

    /// <summary>Share of their values that is zeroed in training.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <inheritdoc/>
    public override string About =>
        $"VGG{Convolutions.Sum() + 3} as in torchvision{(BatchNorm ? ", with batch normalisation" : "")}: {Convolutions.Sum()} convolutions and 3 fully connected layers";

    /// <summary>Convolutions of the five blocks.</summary>
    internal abstract IReadOnlyList<int> Convolutions { get; }

    /// <summary>Whether a batch normalisation stands behind every convolution.</summary>
    internal virtual bool BatchNorm => false;

    /// <summary><see cref="Hidden"/>, or what it stands for.</summary>
    internal int HiddenWidth => Hidden > 0 ? Hidden : 64 * Base;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Hidden < 0)
        {
            yield return Fault.At("network.hidden", $"is {Hidden}; it must be 1 or more, or 0 for 64 · network.base");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>Options of VGG11, configuration A of the paper.</summary>
public sealed record Vgg11Options : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [1, 1, 2, 2, 2];
}

/// <summary>Options of VGG11 with batch normalisation.</summary>
public sealed record Vgg11NormOptions : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [1, 1, 2, 2, 2];

    internal override bool BatchNorm => true;
}

/// <summary>Options of VGG13, configuration B of the paper.</summary>
public sealed record Vgg13Options : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [2, 2, 2, 2, 2];
}

/// <summary>Options of VGG13 with batch normalisation.</summary>
public sealed record Vgg13NormOptions : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [2, 2, 2, 2, 2];

    internal override bool BatchNorm => true;
}

/// <summary>Options of VGG16, configuration D of the paper.</summary>
public sealed record Vgg16Options : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [2, 2, 3, 3, 3];

    /// <inheritdoc/>
    public override string HeldAgainst => "torchvision vgg16";
}

/// <summary>Options of VGG16 with batch normalisation.</summary>
public sealed record Vgg16NormOptions : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [2, 2, 3, 3, 3];

    internal override bool BatchNorm => true;
}

/// <summary>Options of VGG19, configuration E of the paper.</summary>
public sealed record Vgg19Options : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [2, 2, 4, 4, 4];
}

/// <summary>Options of VGG19 with batch normalisation.</summary>
public sealed record Vgg19NormOptions : VggOptions
{
    internal override IReadOnlyList<int> Convolutions => [2, 2, 4, 4, 4];

    internal override bool BatchNorm => true;
}

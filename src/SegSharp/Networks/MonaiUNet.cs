using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>Options of MONAI's U-Net.</summary>
public sealed record MonaiUNetOptions : NetworkOptions
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Channels of the first level; every level below has twice as many.</summary>
    public int Base { get; init; } = 16;

    /// <summary>How often the sides are halved; the first block halves them already.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Channels of every level, from the top, in the place of <see cref="Base"/> and <see cref="Depth"/>; empty for those.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>Convolutions of every residual unit on the way down; 0 for plain convolutions without a sum.</summary>
    public int ResidualUnits { get; init; }

    /// <summary>Behind every convolution but the last.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Instance;

    /// <summary>Whether an instance normalisation learns scale and shift.</summary>
    public bool Affine { get; init; }

    /// <summary>Groups of the group normalisation; must divide every width and the classes.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Behind every normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Prelu;

    /// <summary>Share of the elements that are zeroed between normalisation and activation in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the convolutions have a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <summary>The channels of every level: <see cref="Widths"/>, or <see cref="Base"/> doubled <see cref="Depth"/> times.</summary>
    internal IReadOnlyList<int> Levels => Widths.Count > 0 ? Widths : [.. Enumerable.Range(0, Depth + 1).Select(i => Base << i)];

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "MONAI's U-Net: strided convolutions or residual units, in 2D and 3D; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "MONAI UNet";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("network.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        if (Base < 1)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 or more");
        }

        var sound = Base >= 1 && Classes >= 1;
        if (Depth is < 1 or > 8)
        {
            sound = false;
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 8");
        }
        else if ((long)Base << Depth > 65536)
        {
            sound = false;
            yield return Fault.At("network.base", $"is {Base}, which makes {(long)Base << Depth} channels at depth {Depth}; 65536 is the most");
        }

        if (Widths.Count is 1 or > 9 || Widths.Any(w => w is < 1 or > 65536))
        {
            sound = false;
            yield return Fault.At("network.widths", $"is [{string.Join(", ", Widths)}]; it must be two to nine numbers from 1 to 65536, or none");
        }

        if (ResidualUnits is < 0 or > 8)
        {
            yield return Fault.At("network.residualUnits", $"is {ResidualUnits}; it must be 0 to 8");
        }

        if (Groups < 1 || (Normalisation == NormKind.Group && sound && Levels.Append(Classes).Any(c => c % Groups != 0)))
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide every width and network.classes: {string.Join(", ", Levels.Append(Classes))}");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>MONAI's U-Net: a strided block down, what lies below joins it, a transposed convolution up, one inside the other.</summary>
/// <remarks>
/// Source: Kerfoot et al. 2018 (residual units); Project-MONAI/MONAI UNet. Differs: strides are 2 at every level.
/// Parity: <c>05-variants/monai-unet*</c>, plain and residual, in 2D and 3D. Any size: as <see cref="UNet"/>, to multiples of 2^Depth.
/// Keys: model.0, model.1.submodule and model.2, nested.
/// </remarks>
public sealed class MonaiUNet : Network
{
    private readonly MonaiUNetOptions _options;
    private readonly MonaiUNetBlocks.Level _model;

    /// <summary>Builds with fresh weights.</summary>
    public MonaiUNet(MonaiUNetOptions o)
        : base(o)
    {
        _options = o;
        _model = Child("model", new MonaiUNetBlocks.Level(o, 0));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var logits = _model.Forward(AnySize.Enlarge(image, 1 << (_options.Levels.Count - 1)));
        return scope.Keep(AnySize.Cut(logits, image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var levels = _options.Levels;
        var bottom = levels.Count - 1;
        var larger = sides.Select(s => (s + (1L << bottom) - 1) >> bottom << bottom).ToArray();
        string Size(int halvings) => string.Join('×', larger.Select(s => s >> halvings));
        var three = UShape.Times(Dimensions, 3);
        IReadOnlyList<string> words = [.. new ConvStyle { Dimensions = Dimensions, Norm = _options.Normalisation, Activation = _options.Activation }.Words()];
        var units = _options.ResidualUnits;
        IReadOnlyList<string> down = units == 0 ? words : [.. Enumerable.Repeat(words, units).SelectMany(w => w), "+ its input"];

        // The last convolution of all is bare.
        IReadOnlyList<string> Up(bool top) => units == 0
            ? ["up-" + words[0], .. top ? [] : words.Skip(1)]
            : ["up-" + words[0], .. words.Skip(1), .. top ? [words[0]] : words, "+ its input"];
        var nodes = new List<NetworkNode>
        {
            new() { Id = "image", Level = 0, Arm = NetworkArm.Input, Channels = _options.InChannels, Size = string.Join('×', sides), Label = "image" },
        };
        var edges = new List<NetworkEdge>();
        for (var i = 0; i <= bottom; i++)
        {
            nodes.Add(new() { Id = $"down.{i}", Level = i, Arm = i == bottom ? NetworkArm.Bottom : NetworkArm.Down, Channels = levels[i], Size = Size(Math.Min(i + 1, bottom)), Operations = down });
            var from = i == 0 ? "image" : $"down.{i - 1}";
            edges.Add(i == bottom ? new(from, $"down.{i}", NetworkEdgeKind.Conv, $"conv {three}") : new(from, $"down.{i}", NetworkEdgeKind.Pool, $"conv {three}, stride 2"));
        }

        for (var i = bottom - 1; i >= 0; i--)
        {
            nodes.Add(new() { Id = $"up.{i}", Level = i, Arm = NetworkArm.Up, Channels = i == 0 ? _options.Classes : levels[i - 1], Size = Size(i), Operations = Up(i == 0) });
            edges.Add(new(i + 1 == bottom ? $"down.{bottom}" : $"up.{i + 1}", $"up.{i}", NetworkEdgeKind.Up, $"up-conv {three}, stride 2"));
            edges.Add(new($"down.{i}", $"up.{i}", NetworkEdgeKind.Skip, "copy, join"));
        }

        nodes.Add(new() { Id = "head", Level = 0, Arm = NetworkArm.Head, Channels = _options.Classes, Size = string.Join('×', sides), Label = "logits" });
        edges.Add(new("up.0", "head", NetworkEdgeKind.Head, "the logits"));
        return new()
        {
            Title = $"MONAI's U-Net, {levels[0]} to {levels[^1]} channels",
            Subtitle = $"{ParameterCount:N0} parameters, input {_options.InChannels}×{string.Join('×', sides)}",
            Nodes = nodes,
            Edges = edges,
        };
    }
}

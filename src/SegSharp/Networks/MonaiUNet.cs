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

    /// <summary>How often the sides shrink; the first block shrinks them already.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Channels of every level, from the top, in the place of <see cref="Base"/> and <see cref="Depth"/>; empty for those.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>By how much every block but the lowest shrinks the sides, from the top, per axis: [[1, 2], [2, 2]]; empty for 2.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Strides { get; init; } = [];

    /// <summary>Kernel of the convolutions per axis, odd; empty for 3.</summary>
    public IReadOnlyList<int> Kernel { get; init; } = [];

    /// <summary>Kernel of the transposed convolutions per axis, odd; empty for 3.</summary>
    public IReadOnlyList<int> UpKernel { get; init; } = [];

    /// <summary>Convolutions of every residual unit on the way down; 0 for plain convolutions without a sum.</summary>
    public int ResidualUnits { get; init; }

    /// <summary>Behind every convolution but the last.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Instance;

    /// <summary>Whether an instance normalisation learns scale and shift.</summary>
    public bool Affine { get; init; }

    /// <summary>Groups of the group normalisation; must divide every width, and the classes where there are residual units.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Added to the variance in the normalisation.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a new batch in the running statistics of a batch normalisation.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Behind every normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Prelu;

    /// <summary>What the leaky ReLU multiplies negative values by.</summary>
    public double Slope { get; init; } = 0.01;

    /// <summary>What stands behind a convolution, in order: N the normalisation, D the dropout, A the activation; each at most once.</summary>
    public string Order { get; init; } = "NDA";

    /// <summary>Share of the elements that are zeroed in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the convolutions have a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <summary>Widths, strides and kernels as they are built.</summary>
    internal MonaiLevels Levels => new(Dimensions, Base, Depth, Widths, Strides, Kernel, UpKernel);

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "MONAI's U-Net: strided convolutions or residual units, in 2D and 3D; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "MONAI UNet";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        var levels = Levels.Check().ToList();
        foreach (var fault in base.Check().Concat(levels))
        {
            yield return fault;
        }

        if (ResidualUnits is < 0 or > 8)
        {
            yield return Fault.At("network.residualUnits", $"is {ResidualUnits}; it must be 0 to 8");
        }

        IReadOnlyList<int> normalised = levels.Count > 0 || Classes < 1 ? [] : ResidualUnits > 0 ? [.. Levels.Widths, Classes] : Levels.Widths;
        if (Groups < 1 || (Normalisation == NormKind.Group && normalised.Any(c => c % Groups != 0)))
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide {(ResidualUnits > 0 ? "every width and network.classes" : "every width")}: {string.Join(", ", normalised)}");
        }

        foreach (var fault in ConvStyle.FaultsOf(Epsilon, Momentum))
        {
            yield return fault;
        }

        if (Slope is not (>= 0 and <= 1))
        {
            yield return Fault.At("network.slope", $"is {Slope}; it must be in [0, 1]");
        }

        if (Order.Any(c => !"NDA".Contains(c)) || Order.Distinct().Count() != Order.Length)
        {
            yield return Fault.At("network.order", $"is '{Order}'; it must be made of N, D and A, each at most once");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>MONAI's U-Net: a strided block down, what lies below joins it, a transposed convolution up, one inside the other.</summary>
/// <remarks>
/// Source: Kerfoot et al. 2018 (residual units); Project-MONAI/MONAI UNet.
/// Parity: <c>05-variants/monai-unet*</c>, plain and residual, in 2D and 3D. Any size: as <see cref="UNet"/>, to multiples of all strides.
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

    /// <inheritdoc/>
    public override EncoderPart EncoderPart
    {
        get
        {
            // A level lies inside the one above: what goes down is its first part, and the bottom has no other.
            string At(int level) => "model" + string.Concat(Enumerable.Repeat(".1.submodule", level));
            var bottom = _options.Levels.Widths.Count - 1;
            return new() { Parts = [.. Enumerable.Range(0, bottom).Select(i => At(i) + ".0"), At(bottom)] };
        }
    }

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var logits = _model.Forward(AnySize.Enlarge(image, _options.Levels.Multiples));
        return scope.Keep(AnySize.Cut(logits, image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var (built, levels) = (_options.Levels, _options.Levels.Widths);
        var bottom = levels.Count - 1;
        string Size(int level) => string.Join('×', built.SidesAt(sides, level));

        // Where the strides differ every block says its own, since the arrows are short.
        var even = built.Strides.SelectMany(s => s).Distinct().Count() == 1;
        string Stride(int level) => even ? $"stride {built.Strides[level][0]}" : $"stride {string.Join('×', built.Strides[level])}";
        var (kernel, up) = (string.Join('×', built.Kernel), string.Join('×', built.UpKernel));
        IReadOnlyList<string> words = [$"conv {kernel}", .. new ConvStyle { Norm = _options.Normalisation, Activation = _options.Activation }.Words().Skip(1)];
        var units = _options.ResidualUnits;
        IReadOnlyList<string> down = units == 0 ? words : [.. Enumerable.Repeat(words, units).SelectMany(w => w), "+ its input"];
        IReadOnlyList<string> Down(int level) => even || level == bottom ? down : [Stride(level), .. down];

        // The last convolution of all is bare.
        IReadOnlyList<string> Up(bool top) => units == 0
            ? [$"up-conv {up}", .. top ? [] : words.Skip(1)]
            : [$"up-conv {up}", .. words.Skip(1), .. top ? [words[0]] : words, "+ its input"];
        var nodes = new List<NetworkNode>
        {
            new() { Id = "image", Level = 0, Arm = NetworkArm.Input, Channels = _options.InChannels, Size = string.Join('×', sides), Label = "image" },
        };
        var edges = new List<NetworkEdge>();
        for (var i = 0; i <= bottom; i++)
        {
            nodes.Add(new() { Id = $"down.{i}", Level = i, Arm = i == bottom ? NetworkArm.Bottom : NetworkArm.Down, Channels = levels[i], Size = Size(Math.Min(i + 1, bottom)), Operations = Down(i) });
            var from = i == 0 ? "image" : $"down.{i - 1}";
            edges.Add(i == bottom ? new(from, $"down.{i}", NetworkEdgeKind.Conv, $"conv {kernel}") : new(from, $"down.{i}", NetworkEdgeKind.Pool, even ? $"conv {kernel}, {Stride(i)}" : null));
        }

        for (var i = bottom - 1; i >= 0; i--)
        {
            nodes.Add(new() { Id = $"up.{i}", Level = i, Arm = NetworkArm.Up, Channels = i == 0 ? _options.Classes : levels[i - 1], Size = Size(i), Operations = Up(i == 0) });
            edges.Add(new(i + 1 == bottom ? $"down.{bottom}" : $"up.{i + 1}", $"up.{i}", NetworkEdgeKind.Up, even ? $"up-conv {up}, {Stride(i)}" : null));
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

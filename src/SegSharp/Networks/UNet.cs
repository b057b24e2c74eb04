using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of the padded U-Net.</summary>
public sealed record UNetOptions : NetworkOptions
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Channels of the first level; every level below has twice as many. 64 in the paper; 16 is quick on a CPU.</summary>
    public int Base { get; init; } = 64;

    /// <summary>How often the sides are halved: 4 in the paper, which makes 5 levels.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Convolutions of every block.</summary>
    public int ConvolutionsPerBlock { get; init; } = 2;

    /// <summary>Behind every 3×3 convolution. Batch, as in most re-implementations; the paper has none.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Batch;

    /// <summary>Groups of the group normalisation; must divide <see cref="Base"/>.</summary>
    public int Groups { get; init; } = 8;

    /// <summary>Behind every normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>Whether the 3×3 convolutions have a bias. On, as in PyTorch; a batch normalisation makes it superfluous.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>How the decoder gets back to the larger grid.</summary>
    public UpKind Up { get; init; } = UpKind.Transposed;

    /// <summary>For <see cref="UpKind.Bilinear"/>: whether corner centres stay (true) or outer edges (false).</summary>
    public bool AlignCorners { get; init; }

    /// <summary>Share of the bottom's channels that are zeroed in training. The paper drops out "at the end of the contracting path".</summary>
    public double Dropout { get; init; }

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "padded, configurable U-Net in 2D and 3D; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "course notes U-Net";

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

        if (Depth is < 1 or > 8)
        {
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 8");
        }
        else if ((long)Base << Depth > 65536)
        {
            yield return Fault.At("network.base", $"is {Base}, which makes {(long)Base << Depth} channels at depth {Depth}; 65536 is the most");
        }

        if (ConvolutionsPerBlock is < 1 or > 8)
        {
            yield return Fault.At("network.convolutionsPerBlock", $"is {ConvolutionsPerBlock}; it must be 1 to 8");
        }

        if (Groups < 1 || (Normalisation == NormKind.Group && Base % Groups != 0))
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide network.base, which is {Base}");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>The U-Net: a contracting arm, an expanding arm, and a skip across at every level.</summary>
/// <remarks>
/// Source: Ronneberger et al. 2015, figure 1. Differs: padded convolutions, so out size = in size; normalised.
/// Parity: the exercise's U-Net (31,043,521 parameters at base 64), outputs and gradients to 1e-5.
/// Any size: the image is continued at its far sides with the edge's values to a multiple of 2^Depth, and the logits are cut back.
/// Keys: down.i, raise.i and up.i with level 0 at full resolution and down.Depth at the bottom; head.
/// </remarks>
public sealed class UNet : Network
{
    private readonly UNetOptions _options;
    private readonly int _bottom;
    private readonly MaxPool _pool;
    private readonly Dropout? _dropout;
    private readonly Modules<ConvBlock> _down, _up;
    private readonly Modules<Layer> _raise;
    private readonly Conv _head;

    /// <summary>Builds with fresh weights.</summary>
    public UNet(UNetOptions o)
        : base(o)
    {
        int Width(int level) => o.Base << level;                                // doubles at every level below

        _options = o;
        _bottom = o.Depth;
        var style = Style(o);
        var levels = Enumerable.Range(0, o.Depth).ToList();
        _pool = new MaxPool(o.Dimensions);
        _down = Children("down", levels.Append(_bottom).Select(i => new ConvBlock(style, i == 0 ? o.InChannels : Width(i - 1), Width(i), o.ConvolutionsPerBlock)));
        _raise = Children("raise", levels.Select(i => UpConv.Create(o.Up, o.Dimensions, Width(i + 1), Width(i), alignCorners: o.AlignCorners)));
        _up = Children("up", levels.Select(i => new ConvBlock(style, 2 * Width(i), Width(i), o.ConvolutionsPerBlock)));
        _head = Child("head", new Conv(o.Dimensions, Width(0), o.Classes, kernel: 1));
        _dropout = o.Dropout > 0 ? Child("dropout", new Dropout(o.Dropout, channels: true)) : null;
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["down"] };

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        using var top = Level(0, AnySize.Enlarge(image, 1 << _bottom));
        return scope.Keep(AnySize.Cut(_head.Forward(top), image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides) => UShape.Draw(this, sides, new()
    {
        Title = $"U-Net, base {_options.Base}, depth {_options.Depth}",
        Depth = _options.Depth,
        Width = level => _options.Base << level,
        Block = [.. Enumerable.Repeat(Style(_options).Words(), _options.ConvolutionsPerBlock).SelectMany(w => w)],
        Up = _options.Up,
    });

    private Tensor Level(int i, Tensor above)
    {
        using var scope = new TensorScope();
        var skip = i == 0 ? _down[0].Forward(above) : _down[i].Consume(_pool.Forward(above));   // ↓ this level's features
        if (i == _bottom)
        {
            return scope.Keep(_dropout?.Forward(skip) ?? skip);
        }

        var below = Level(i + 1, skip);                                         // ∪ the smaller U inside
        var raised = _raise[i].Forward(below);                                  // ↑ back to this size
        below.Dispose();
        var joined = Tensor.Cat(axis: 1, raised, skip);                         // → the skip joins: [N, 2W, …]
        raised.Dispose();
        skip.Dispose();
        return scope.Keep(_up[i].Consume(joined));
    }

    private static ConvStyle Style(UNetOptions o) => new()
    {
        Dimensions = o.Dimensions,
        Norm = o.Normalisation,
        Groups = o.Groups,
        Activation = o.Activation,
        Bias = o.Bias,
    };
}

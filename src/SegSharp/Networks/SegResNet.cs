using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of SegResNet.</summary>
public sealed record SegResNetOptions : NetworkOptions
{
    /// <summary>Spatial axes: 3 as in the paper, or 2.</summary>
    public int Dimensions { get; init; } = 3;

    /// <summary>Channels of the first level; every level below has twice as many. 32 in the paper, 8 in MONAI.</summary>
    public int Base { get; init; } = 8;

    /// <summary>Residual blocks of every level of the contracting arm, from the top; their number is the number of levels.</summary>
    public IReadOnlyList<int> DownBlocks { get; init; } = [1, 2, 2, 4];

    /// <summary>Residual blocks of every level of the expanding arm, from the bottom up, one number less; empty for 1 each.</summary>
    public IReadOnlyList<int> UpBlocks { get; init; } = [];

    /// <summary>Before every convolution of a residual block.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Group;

    /// <summary>Whether an instance or batch normalisation learns scale and shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Groups of the group normalisation; must divide <see cref="Base"/>.</summary>
    public int Groups { get; init; } = 8;

    /// <summary>Added to the variance in the normalisation.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a new batch in the running statistics of a batch normalisation.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Behind every normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>What a leaky ReLU multiplies negative values by.</summary>
    public double Slope { get; init; } = 0.01;

    /// <summary>Share of the channels that are zeroed in training, behind the first convolution.</summary>
    public double Dropout { get; init; }

    /// <summary>How the decoder doubles the sides, behind a 1×1 convolution that halves the channels.</summary>
    public MonaiUp Up { get; init; } = MonaiUp.NonTrainable;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "SegResNet: residual blocks with normalisation first, a large encoder, skips are added; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "MONAI SegResNet";

    /// <summary>Blocks of the expanding arm.</summary>
    internal IReadOnlyList<int> Rises => UpBlocks.Count > 0 ? UpBlocks : [.. Enumerable.Repeat(1, Math.Max(0, DownBlocks.Count - 1))];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base is < 1 or > 4096)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 to 4096");
        }

        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("network.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        if (DownBlocks.Count is < 2 or > 8 || DownBlocks.Any(n => n is < 0 or > 32))
        {
            yield return Fault.At("network.downBlocks", $"is [{string.Join(", ", DownBlocks)}]; it must be two to eight numbers from 0 to 32");
        }

        if (UpBlocks.Count > 0 && (UpBlocks.Count != DownBlocks.Count - 1 || UpBlocks.Any(n => n is < 0 or > 32)))
        {
            yield return Fault.At("network.upBlocks", $"is [{string.Join(", ", UpBlocks)}]; it must be {DownBlocks.Count - 1} numbers from 0 to 32, or none");
        }

        if (Groups < 1 || (Normalisation == NormKind.Group && Base >= 1 && Base % Groups != 0))
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide network.base, which is {Base}");
        }

        if (Normalisation == NormKind.None)
        {
            yield return Fault.At("network.normalisation", "is none; a residual block of SegResNet begins with one");
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

/// <summary>SegResNet: residual blocks that normalise first, strided convolutions down, a light way up whose skips are added.</summary>
/// <remarks>
/// Source: Myronenko 2018, without the autoencoder beside it. Parity: MONAI SegResNet in 2D and 3D, interpolated and transposed.
/// Any size: as <see cref="UNet"/>, to multiples of 2 to the levels below the first.
/// Keys: convInit, down_layers.i, up_samples.i and up_layers.i from the bottom up, conv_final.
/// </remarks>
public sealed class SegResNet : Network
{
    private readonly SegResNetOptions _options;
    private readonly Sequential _first;
    private readonly Dropout? _dropout;
    private readonly Modules<Sequential> _down, _join, _raise;
    private readonly Sequential _last;

    /// <summary>Builds with fresh weights.</summary>
    public SegResNet(SegResNetOptions o)
        : base(o)
    {
        _options = o;
        var style = new MonaiBlocks.Style
        {
            Dimensions = o.Dimensions,
            Norm = o.Normalisation,
            Affine = o.Affine,
            Groups = o.Groups,
            Epsilon = o.Epsilon,
            Momentum = o.Momentum,
            Activation = o.Activation,
            Slope = o.Slope,
        };
        _first = Child("convInit", MonaiBlocks.Bare(new Conv(o.Dimensions, o.InChannels, o.Base, bias: false)));
        _dropout = o.Dropout > 0 ? new Dropout(o.Dropout, channels: true) : null;
        if (_dropout is not null)
        {
            Child("dropout", _dropout);
        }

        _down = Children("down_layers", o.DownBlocks.Select((count, i) => new Sequential(
        [
            i == 0 ? new Identity() : MonaiBlocks.Bare(new Conv(o.Dimensions, Width(i - 1), Width(i), stride: 2, bias: false)),
            .. Blocks(style, count, Width(i)),
        ])));
        _join = Children("up_layers", o.Rises.Select((count, i) => new Sequential(Blocks(style, count, Width(Bottom - 1 - i)))));
        _raise = Children("up_samples", o.Rises.Select((_, i) => new Sequential(
            MonaiBlocks.Bare(new Conv(o.Dimensions, Width(Bottom - i), Width(Bottom - 1 - i), kernel: 1, bias: false)),
            MonaiBlocks.Upsample(o.Up, o.Dimensions, Width(Bottom - 1 - i), Width(Bottom - 1 - i), alignCorners: false))));
        _last = Child("conv_final", new Sequential(
            style.Normalise(o.Base)!,
            style.Activate(),
            MonaiBlocks.Bare(new Conv(o.Dimensions, o.Base, o.Classes, kernel: 1))));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["convInit", "down_layers"] };

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var x = _first.Forward(AnySize.Enlarge(image, 1 << Bottom));
        x = _dropout?.Forward(x) ?? x;
        using var top = Level(0, x);
        return scope.Keep(AnySize.Cut(_last.Forward(top), image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var unit = new ConvStyle { Dimensions = Dimensions, Norm = _options.Normalisation, Activation = _options.Activation }.Words().ToList();
        IReadOnlyList<string> block = [.. unit.Skip(1), unit[0], .. unit.Skip(1), unit[0], "+ its input"];
        IReadOnlyList<string> Times(int count) => count == 1 ? block : count == 0 ? ["the sum"] : [$"{count} residual blocks"];
        return UShape.Draw(this, sides, new()
        {
            Title = $"SegResNet, {Width(0)} to {Width(Bottom)} channels",
            Depth = Bottom,
            Width = Width,
            Block = block,
            DownBlock = level => Times(_options.DownBlocks[level]),
            UpBlock = level => Times(_options.Rises[Bottom - 1 - level]),
            Pooling = $"conv {UShape.Times(Dimensions, 3)}, stride 2",
            Raising = $"conv {UShape.Times(Dimensions, 1)}, {MonaiBlocks.Words(_options.Up, Dimensions)}",
            Joining = "copy, add",
            Head = [.. unit.Skip(1), $"conv {UShape.Times(Dimensions, 1)}"],
        });
    }

    private int Bottom => _options.DownBlocks.Count - 1;

    private int Width(int level) => _options.Base << level;

    private Tensor Level(int i, Tensor above)
    {
        using var scope = new TensorScope();
        var skip = _down[i].Forward(above);                                     // ↓ this level's features
        if (i == Bottom)
        {
            return scope.Keep(skip);
        }

        var below = Level(i + 1, skip);                                         // ∪ the smaller U inside
        var raised = _raise[Bottom - 1 - i].Forward(below);                     // ↑ back to this size
        below.Dispose();
        var sum = raised + skip;                                                // → the skip
        skip.Dispose();
        raised.Dispose();
        return scope.Keep(_join[Bottom - 1 - i].Forward(sum));
    }

    private static IEnumerable<Layer> Blocks(MonaiBlocks.Style style, int count, int channels) => Enumerable.Range(0, count).Select(_ => new Residual(style, channels));

    // Normalisation, activation, convolution, twice; one activation serves both.
    private sealed class Residual : Layer
    {
        private readonly Layer _norm1, _norm2, _activation, _conv1, _conv2;

        public Residual(MonaiBlocks.Style style, int channels)
        {
            _norm1 = Child("norm1", style.Normalise(channels)!);
            _norm2 = Child("norm2", style.Normalise(channels)!);
            _activation = Child("act", style.Activate());
            _conv1 = Child("conv1", MonaiBlocks.Bare(new Conv(style.Dimensions, channels, channels, bias: false)));
            _conv2 = Child("conv2", MonaiBlocks.Bare(new Conv(style.Dimensions, channels, channels, bias: false)));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var inside = Half(x, _norm1, _conv1);
            var y = Half(inside, _norm2, _conv2);
            inside.Dispose();
            return scope.Keep(y + x);
        }

        private Tensor Half(Tensor x, Layer norm, Layer conv)
        {
            using var scope = new TensorScope();
            return scope.Keep(conv.Forward(_activation.Forward(norm.Forward(x))));
        }
    }
}

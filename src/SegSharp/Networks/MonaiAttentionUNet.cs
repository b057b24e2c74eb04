using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>Options of MONAI's Attention U-Net.</summary>
public sealed record MonaiAttentionUNetOptions : NetworkOptions
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Channels of the first level; every level below has twice as many.</summary>
    public int Base { get; init; } = 16;

    /// <summary>How often the sides shrink.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Channels of every level, from the top, in the place of <see cref="Base"/> and <see cref="Depth"/>; empty for those.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>By how much the sides shrink on the way to every level below the first, per axis: [[1, 2], [2, 2]]; empty for 2.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Strides { get; init; } = [];

    /// <summary>Kernel of the convolutions of a level per axis, odd; empty for 3.</summary>
    public IReadOnlyList<int> Kernel { get; init; } = [];

    /// <summary>Kernel of the transposed convolutions per axis, odd; empty for 3.</summary>
    public IReadOnlyList<int> UpKernel { get; init; } = [];

    /// <summary>Share of the elements that are zeroed between normalisation and activation in training.</summary>
    public double Dropout { get; init; }

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "MONAI's Attention U-Net: strided convolutions, a gate on every skip, in 2D and 3D; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "MONAI AttentionUnet";

    /// <summary>Widths, strides and kernels as they are built.</summary>
    internal MonaiLevels Levels => new(Dimensions, Base, Depth, Widths, Strides, Kernel, UpKernel);

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check().Concat(Levels.Check()))
        {
            yield return fault;
        }

        if (Levels.Widths.SkipLast(1).FirstOrDefault(w => w < 2, 2) is var narrow && narrow is > 0 and < 2)
        {
            yield return Fault.At(Widths.Count > 0 ? "network.widths" : "network.base", $"gives a level of {narrow} channel, which its gate halves; it must be 2 or more");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>MONAI's Attention U-Net: two convolutions a level, the first with a stride, and a gate that the raised features open.</summary>
/// <remarks>
/// Source: Oktay et al. 2018. Differs, as MONAI does: strided convolutions in the place of pooling, the gate's signal is what was
/// raised already, and a single convolution with instance normalisation and PReLU behind the join. Parity: MONAI AttentionUnet.
/// Any size: as <see cref="UNet"/>, to multiples of the strides. Keys: model.0, model.1.attention, upconv, merge and submodule, nested; model.2.
/// </remarks>
public sealed class MonaiAttentionUNet : Network, IAttention
{
    private readonly MonaiAttentionUNetOptions _options;
    private readonly Net _net;

    /// <summary>Builds with fresh weights.</summary>
    public MonaiAttentionUNet(MonaiAttentionUNetOptions o)
        : base(o)
    {
        _options = o;
        _net = Child("model", new Net(o));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public IReadOnlyList<string> Gates => [.. Enumerable.Range(0, _options.Levels.Count - 1).Select(Path)];

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W].</returns>
    public override Logits Forward(Tensor image) => Run(image, null);

    /// <inheritdoc/>
    public AttendedLogits ForwardWithAttention(Tensor image)
    {
        using var scope = new TensorScope();
        var maps = new List<AttentionMap>();
        var logits = scope.Keep(Run(image, maps));
        maps.ForEach(m => scope.Keep(m.Alpha));
        return new(logits, [.. maps.OrderBy(m => m.Level)]);
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var levels = _options.Levels;
        IReadOnlyList<string> Dress(NormKind norm, ActivationKind activation, IReadOnlyList<long> kernel) => [$"conv {string.Join('×', kernel)}", .. new ConvStyle { Norm = norm, Activation = activation }.Words().Skip(1)];
        return UShape.Draw(this, sides, new()
        {
            Title = $"MONAI's Attention U-Net, {levels.Widths[0]} to {levels.Widths[^1]} channels",
            Depth = levels.Count - 1,
            Width = level => levels.Widths[level],
            SidesAt = level => levels.SidesAt(sides, level),
            Block = [.. Enumerable.Repeat(Dress(NormKind.Batch, ActivationKind.Relu, levels.Kernel), 2).SelectMany(w => w)],
            UpBlock = _ => Dress(NormKind.Instance, ActivationKind.Prelu, MonaiBlocks.Every(Dimensions, 3)),
            PoolingAt = level => $"stride {string.Join('×', levels.Strides[level - 1])}",
            RaisingAt = level => $"up-conv {string.Join('×', levels.UpKernel)}, stride {string.Join('×', levels.Strides[level])}",
            Head = [],
            Gated = _ => true,
        });
    }

    private static string Path(int level) => $"model.1{string.Concat(Enumerable.Repeat(".submodule.1", level))}.attention";

    private Tensor Run(Tensor image, List<AttentionMap>? maps)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var enlarged = AnySize.Enlarge(image, _options.Levels.Multiples);
        var logits = _net.Forward(enlarged, maps);
        for (var i = 0; i < maps?.Count; i++)
        {
            maps[i] = maps[i] with { Covers = enlarged.Shape[2..] };
            scope.Keep(maps[i].Alpha);
        }

        return scope.Keep(AnySize.Cut(logits, image).Contiguous());
    }

    // Keys: 0 the first convolutions, 1 all levels, 2 the head.
    private sealed class Net : Module
    {
        private readonly Layer _first, _head;
        private readonly Level _levels;

        public Net(MonaiAttentionUNetOptions o)
        {
            var widths = o.Levels.Widths;
            _first = Child("0", Two(o, o.InChannels, widths[0], MonaiBlocks.Every(o.Dimensions, 1)));
            _levels = Child("1", new Level(o, 0));
            _head = Child("2", MonaiBlocks.Bare(new Conv(o.Dimensions, widths[0], o.Classes, kernel: 1)));
        }

        public Tensor Forward(Tensor image, List<AttentionMap>? maps)
        {
            using var scope = new TensorScope();
            using var top = _levels.Forward(_first.Forward(image), maps);
            maps?.ForEach(m => scope.Keep(m.Alpha));
            return scope.Keep(_head.Forward(top));
        }
    }

    // A level with everything below it. Keys: attention, upconv.up, merge, submodule (0 down, 1 the level below; alone at the bottom).
    private sealed class Level : Module
    {
        private readonly int _number;
        private readonly Gate _gate;
        private readonly Layer _raise, _merge, _down;
        private readonly Level? _below;

        public Level(MonaiAttentionUNetOptions o, int number)
        {
            var levels = o.Levels;
            var (here, lower, stride) = (levels.Widths[number], levels.Widths[number + 1], levels.Strides[number]);
            var batch = new MonaiBlocks.Style { Dimensions = o.Dimensions, Norm = NormKind.Batch, Affine = true, Activation = ActivationKind.Relu };
            _number = number;
            _gate = Child("attention", new Gate(o.Dimensions, here));
            _raise = Child("upconv", new Sequential([("up", (Layer)MonaiBlocks.Up(batch, lower, here, levels.UpKernel, stride))]));
            _merge = Child("merge", MonaiBlocks.Conv(
                new() { Dimensions = o.Dimensions, Dropout = o.Dropout },
                2 * here,
                here,
                MonaiBlocks.Every(o.Dimensions, 3),
                MonaiBlocks.Every(o.Dimensions, 1)));
            _down = Two(o, here, lower, stride);
            _below = number + 2 < levels.Count ? new Level(o, number + 1) : null;
            Child<Module>("submodule", _below is null ? _down : new Pair(_down, _below));
        }

        public Tensor Forward(Tensor x, List<AttentionMap>? maps)
        {
            using var scope = new TensorScope();
            var lower = _down.Forward(x);                                       // ↓
            if (_below is not null)
            {
                var inside = _below.Forward(lower, maps);                       // ∪
                lower.Dispose();
                lower = inside;
            }

            var raised = _raise.Forward(lower);                                 // ↑
            lower.Dispose();
            var (passed, alpha) = _gate.Forward(x, raised);                     // → what the gate lets through
            maps?.Add(new(Path(_number), _number, alpha, []));
            maps?.ForEach(m => scope.Keep(m.Alpha));
            var joined = Tensor.Cat(axis: 1, passed, raised);
            passed.Dispose();
            raised.Dispose();
            return scope.Keep(_merge.Forward(joined));
        }
    }

    private sealed class Pair : Module
    {
        public Pair(Module first, Module second)
        {
            Child("0", first);
            Child("1", second);
        }
    }

    // The gate of AttentionGate, whose convolutions MONAI wraps: W_g.0.conv.
    private sealed class Gate : Module
    {
        private readonly Sequential _signal, _skip, _psi;

        public Gate(int dimensions, int channels)
        {
            _signal = Child("W_g", Compare(dimensions, channels, channels / 2));
            _skip = Child("W_x", Compare(dimensions, channels, channels / 2));
            _psi = Child("psi", Compare(dimensions, channels / 2, 1));
        }

        public (Tensor Passed, Tensor Alpha) Forward(Tensor x, Tensor g)
        {
            using var scope = new TensorScope();
            var alpha = _psi.Forward(Activation.Relu(_signal.Forward(g) + _skip.Forward(x))).Sigmoid();
            return (scope.Keep(x * alpha), scope.Keep(alpha));
        }

        private static Sequential Compare(int dimensions, int inChannels, int outChannels) =>
            new(MonaiBlocks.Bare(new Conv(dimensions, inChannels, outChannels, kernel: 1)), new BatchNorm(outChannels));
    }

    // Two convolutions; the first has the stride. Keys: conv.0, conv.1.
    private static Sequential Two(MonaiAttentionUNetOptions o, int inChannels, int outChannels, long[] stride)
    {
        var style = new MonaiBlocks.Style { Dimensions = o.Dimensions, Norm = NormKind.Batch, Affine = true, Activation = ActivationKind.Relu, Dropout = o.Dropout };
        return new([("conv", (Layer)new Sequential(
            MonaiBlocks.Conv(style, inChannels, outChannels, o.Levels.Kernel, stride),
            MonaiBlocks.Conv(style, outChannels, outChannels, o.Levels.Kernel, MonaiBlocks.Every(o.Dimensions, 1))))]);
    }
}

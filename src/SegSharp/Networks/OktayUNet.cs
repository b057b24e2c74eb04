using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>Options of the Attention U-Net as its authors published it.</summary>
public sealed record OktayUNetOptions : NetworkOptions
{
    /// <summary>Spatial axes: 3 in the original; 2 is the same network with one axis less.</summary>
    public int Dimensions { get; init; } = 3;

    /// <summary>Channels of the first level; every level below has twice as many. 16 in the paper.</summary>
    public int Base { get; init; } = 16;

    /// <summary>Channels of the five levels, from the top, in the place of <see cref="Base"/>; empty for that.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>How the gates turn a comparison into factors.</summary>
    public GridAttentionMode Gate { get; init; } = GridAttentionMode.Concatenation;

    /// <summary>By how much a gate makes the skip's grid smaller before it compares.</summary>
    public IReadOnlyList<int> Subsample { get; init; } = [];

    /// <summary>Whether the encoder's convolutions are normalised.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>Whether the decoder's convolutions are normalised.</summary>
    public bool DecoderBatchNorm { get; init; } = true;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "Attention U-Net of its authors: gates on three levels, all levels' votes joined; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "ozan-oktay/Attention-Gated-Networks";

    /// <summary>The step of the gates per axis.</summary>
    internal long[] Steps => Subsample.Count == 0 ? Conv.Every(Dimensions, 2) : [.. Subsample.Select(s => (long)s)];

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

        if (Base is < 1 or > 4096)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 {(Base < 1 ? "or more" : "to 4096")}");
        }

        if (Widths.Count is not (0 or 5) || Widths.Any(w => w is < 1 or > 65536))
        {
            yield return Fault.At("network.widths", $"is [{string.Join(", ", Widths)}]; it must be five numbers from 1 to 65536, or none");
        }

        if (Subsample.Count > 0 && (Subsample.Count != Dimensions || Subsample.Any(s => s is < 1 or > 8)))
        {
            yield return Fault.At("network.subsample", $"is [{string.Join(", ", Subsample)}]; it must be {Dimensions} numbers from 1 to 8, or none for 2 everywhere");
        }
    }
}

/// <summary>The Attention U-Net of its authors: gates on the skips of levels 1 to 3, trilinear on the way up, and every level votes on the logits.</summary>
/// <remarks>
/// Source: Oktay et al. 2018, figures 1 and 2. Parity: ozan-oktay/Attention-Gated-Networks unet_CT_single_att_dsv_3D, outputs and
/// gradients. Any size: as <see cref="UNet"/>, to multiples of 16.
/// Keys: conv1 … conv4, center, gating, attentionblock2 … 4, up_concat4 … 1, dsv4 … 1, final.
/// </remarks>
public sealed class OktayUNet : Network, IAttention
{
    private const int Bottom = 4;
    private readonly OktayUNetOptions _options;
    private readonly MaxPool _pool;
    private readonly List<DoubleConv> _down;
    private readonly Sequential _gating;
    private readonly Dictionary<int, Gated> _gates;
    private readonly Dictionary<int, DoubleConv> _up;
    private readonly Dictionary<int, Layer> _votes;
    private readonly Conv _final;

    /// <summary>Builds with fresh weights.</summary>
    public OktayUNet(OktayUNetOptions o)
        : base(o)
    {
        var axes = o.Dimensions;
        _options = o;
        _pool = new MaxPool(axes);

        // The original counts the levels from 1.
        _down = [.. Enumerable.Range(0, Bottom + 1).Select(i => Child(i == Bottom ? "center" : $"conv{i + 1}", new DoubleConv(axes, i == 0 ? o.InChannels : Width(i - 1), Width(i), o.BatchNorm)))];
        _gating = Child("gating", new Sequential([("conv1", (Layer)new Sequential(Dressed(axes, Width(Bottom), Width(Bottom), 1, o.BatchNorm)))]));
        _gates = Enumerable.Range(1, 3).ToDictionary(i => i, i => Child($"attentionblock{i + 1}", new Gated(o, Width(i), Width(i + 1))));
        _up = Enumerable.Range(0, Bottom).Reverse().ToDictionary(i => i, i => Child($"up_concat{i + 1}", new Named<DoubleConv>("conv", new DoubleConv(axes, Width(i + 1) + Width(i), Width(i), o.DecoderBatchNorm))).Inner);
        _votes = Enumerable.Range(0, Bottom).Reverse().ToDictionary(i => i, Layer (i) =>
        {
            var vote = new Conv(axes, Width(i), o.Classes, kernel: 1);
            return i == 0
                ? Child("dsv1", vote)
                : Child($"dsv{i + 1}", new Sequential([("dsv", (Layer)new Sequential(vote, new Upsample(1 << i)))]));
        });
        _final = Child("final", new Conv(axes, Bottom * o.Classes, o.Classes, kernel: 1));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["center", .. Enumerable.Range(1, Bottom).Select(i => $"conv{i}")] };

    /// <inheritdoc/>
    public IReadOnlyList<string> Gates => ["attentionblock2", "attentionblock3", "attentionblock4"];

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
    public override NetworkGraph Graph(long[] sides) => UShape.Draw(this, sides, new()
    {
        Title = $"Attention U-Net of Oktay et al., {Width(0)} to {Width(Bottom)} channels",
        Depth = Bottom,
        Width = Width,
        Block = [.. Enumerable.Repeat(new ConvStyle { Dimensions = Dimensions, Norm = _options.BatchNorm ? NormKind.Batch : NormKind.None }.Words(), 2).SelectMany(w => w)],
        Raising = Dimensions == 3 ? "trilinear ×2" : "bilinear ×2",
        Gated = level => level > 0,
        Votes = $"conv {UShape.Times(Dimensions, 1)}",
    });

    private Tensor Run(Tensor image, List<AttentionMap>? maps)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var skips = new List<Tensor>();
        var x = AnySize.Enlarge(image, 1 << Bottom);
        for (var i = 0; i < Bottom; i++)
        {
            skips.Add(_down[i].Forward(x));                                     // ↓
            x = _pool.Forward(skips[i]);
        }

        x = _down[Bottom].Forward(x);                                           // ∪
        var signal = _gating.Forward(x);
        var votes = new Tensor[Bottom];
        for (var i = Bottom - 1; i >= 0; i--)
        {
            var skip = skips[i];
            if (_gates.TryGetValue(i, out var gate))
            {
                (skip, var alpha) = gate.Forward(skips[i], signal);             // → where the skip is let through
                skips[i].Dispose();
                maps?.Add(new($"attentionblock{i + 1}", i, scope.Keep(alpha), [.. alpha.Shape.Skip(2).Select(s => s << i)]));
            }

            var raised = Pooling.Linear(x, skip.Shape[2..], alignCorners: false);
            var joined = Tensor.Cat(axis: 1, skip, raised);
            skip.Dispose();
            raised.Dispose();
            signal = x = _up[i].Forward(joined);                                // ↑ the next gate's signal too
            joined.Dispose();
            votes[i] = _votes[i].Forward(x);
        }

        return scope.Keep(AnySize.Cut(_final.Forward(Tensor.Cat(axis: 1, votes)), image).Contiguous());
    }

    private int Width(int level) => _options.Widths.Count > 0 ? _options.Widths[level] : _options.Base << level;

    private static Layer[] Dressed(int axes, int inChannels, int outChannels, int kernel, bool norm)
    {
        var conv = new Conv(axes, inChannels, outChannels, kernel);
        return norm ? [conv, new BatchNorm(outChannels), new Relu(inPlace: true)] : [conv, new Relu()];
    }

    private sealed class DoubleConv : Layer
    {
        private readonly Sequential _first, _second;

        public DoubleConv(int axes, int inChannels, int outChannels, bool norm)
        {
            _first = Child("conv1", new Sequential(Dressed(axes, inChannels, outChannels, 3, norm)));
            _second = Child("conv2", new Sequential(Dressed(axes, outChannels, outChannels, 3, norm)));
        }

        public override Tensor Forward(Tensor x)
        {
            using var between = _first.Forward(x);
            return _second.Forward(between);
        }
    }

    /// <summary>A module whose only purpose is a name in the keys.</summary>
    private sealed class Named<T> : Module
        where T : Module
    {
        public Named(string name, T inner) => Inner = Child(name, inner);

        public T Inner { get; }
    }

    private sealed class Gated : Module
    {
        private readonly GridAttentionGate _gate;
        private readonly Sequential _combine;

        public Gated(OktayUNetOptions o, int skip, int signal)
        {
            _gate = Child("gate_block_1", new GridAttentionGate(skip, signal, skip, o.Steps, o.Gate));
            _combine = Child("combine_gates", new Sequential(new Conv(o.Dimensions, skip, skip, kernel: 1), new BatchNorm(skip), new Relu(inPlace: true)));
        }

        public (Tensor Passed, Tensor Alpha) Forward(Tensor x, Tensor g)
        {
            using var scope = new TensorScope();
            var (passed, alpha) = _gate.Forward(x, g);
            return (scope.Keep(_combine.Forward(passed)), scope.Keep(alpha));
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of the 2D Attention U-Net.</summary>
public sealed record AttentionUNetOptions : NetworkOptions
{
    /// <summary>Channels of the first level; every level below has twice as many. 64 in the original.</summary>
    public int Base { get; init; } = 64;

    /// <summary>How often the sides are halved: 4 in the original.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Whether the skips pass a gate; without, it is the plain U-Net that the original compares with.</summary>
    public bool Gates { get; init; } = true;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override string About => "Attention U-Net: a gate on every skip, whose maps can be shown; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "LeeJunHyun/Image_Segmentation";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base < 1)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 or more");
        }
        else if (Gates && Base < 2)
        {
            yield return Fault.At("network.base", $"is {Base}; with gates it must be 2 or more, since a gate works on half the channels");
        }

        if (Depth is < 1 or > 8)
        {
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 8");
        }
        else if ((long)Base << Depth > 65536)
        {
            yield return Fault.At("network.base", $"is {Base}, which makes {(long)Base << Depth} channels at depth {Depth}; 65536 is the most");
        }
    }
}

/// <summary>The Attention U-Net in 2D: what comes from below decides which places of a skip are let through.</summary>
/// <remarks>
/// Source: Oktay et al. 2018, figure 1 and equation 1. Differs, as LeeJunHyun/Image_Segmentation: the gate's signal is the map from below
/// after it was raised, every level has a gate, and the way up is nearest neighbour with a convolution.
/// Parity: its AttU_Net (34,878,573 parameters for RGB), and U_Net without gates; outputs, buffers and gradients. Any size: as <see cref="UNet"/>.
/// Keys: ConvI for the encoder, UpI, AttI and Up_convI on the way up, from Depth + 1 at the bottom to 2 at the top; Conv_1x1.
/// </remarks>
public sealed class AttentionUNet : Network, IAttention
{
    private readonly AttentionUNetOptions _options;
    private readonly MaxPool _pool = new(2);
    private readonly List<Sequential> _down;
    private readonly Dictionary<int, (Sequential Raise, AttentionGate? Gate, Sequential Join)> _up = [];
    private readonly Conv _head;

    /// <summary>Builds with fresh weights.</summary>
    public AttentionUNet(AttentionUNetOptions o)
        : base(o)
    {
        _options = o;
        _down = [.. Enumerable.Range(0, o.Depth + 1).Select(i => Child($"Conv{i + 1}", Twice(i == 0 ? o.InChannels : Width(i - 1), Width(i))))];
        for (var i = o.Depth - 1; i >= 0; i--)
        {
            // The original counts the levels from 1 and names a step up after the level it leaves.
            var number = i + 2;
            var raise = Child($"Up{number}", new Sequential([("up", (Layer)new Sequential(new Upsample(2, Interpolation.Nearest), new Conv(2, Width(i + 1), Width(i)), new BatchNorm(Width(i)), new Relu(inPlace: true)))]));
            var gate = o.Gates ? Child($"Att{number}", new AttentionGate(2, Width(i), Width(i), Width(i) / 2)) : null;
            _up[i] = (raise, gate, Child($"Up_conv{number}", Twice(2 * Width(i), Width(i))));
        }

        _head = Child("Conv_1x1", new Conv(2, Width(0), o.Classes, kernel: 1));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = [.. Enumerable.Range(1, _options.Depth + 1).Select(i => $"Conv{i}")] };

    /// <inheritdoc/>
    public IReadOnlyList<string> Gates => _options.Gates ? [.. Enumerable.Range(2, _options.Depth).Select(n => $"Att{n}")] : [];

    /// <param name="image">[N, InChannels, H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
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
        Title = $"{(_options.Gates ? "Attention U-Net" : "U-Net with nearest upsampling")}, base {_options.Base}, depth {_options.Depth}",
        Depth = _options.Depth,
        Width = Width,
        Block = [.. Enumerable.Repeat(new ConvStyle().Words(), 2).SelectMany(w => w)],
        Up = UpKind.Nearest,
        Gated = _ => _options.Gates,
    });

    private Tensor Run(Tensor image, List<AttentionMap>? maps)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        using var top = Level(0, AnySize.Enlarge(image, 1 << _options.Depth), maps);
        maps?.ForEach(m => scope.Keep(m.Alpha));
        return scope.Keep(AnySize.Cut(_head.Forward(top), image).Contiguous());
    }

    private Tensor Level(int i, Tensor above, List<AttentionMap>? maps)
    {
        using var scope = new TensorScope();
        var skip = i == 0 ? _down[0].Forward(above) : _down[i].Forward(_pool.Forward(above));   // ↓ this level's features
        if (i == _options.Depth)
        {
            return scope.Keep(skip);
        }

        var (raise, gate, join) = _up[i];
        var below = Level(i + 1, skip, maps);                                   // ∪ the smaller U inside
        var raised = raise.Forward(below);                                      // ↑ back to this size
        below.Dispose();
        if (gate is not null)
        {
            var (passed, alpha) = gate.Forward(skip, raised);                   // → where the skip is let through
            skip.Dispose();
            skip = passed;
            maps?.Add(new($"Att{i + 2}", i, alpha, [.. alpha.Shape.Skip(2).Select(s => s << i)]));
        }

        var joined = Tensor.Cat(axis: 1, skip, raised);
        skip.Dispose();
        raised.Dispose();
        maps?.ForEach(m => scope.Keep(m.Alpha));
        return scope.Keep(join.Forward(joined));
    }

    private int Width(int level) => _options.Base << level;

    private static Sequential Twice(int inChannels, int outChannels) => new([("conv", new Sequential(
        new Conv(2, inChannels, outChannels), new BatchNorm(outChannels), new Relu(inPlace: true),
        new Conv(2, outChannels, outChannels), new BatchNorm(outChannels), new Relu(inPlace: true)))]);
}

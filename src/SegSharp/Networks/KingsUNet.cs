using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>Options of King's College's small U-Net.</summary>
public sealed record KingsUNetOptions : NetworkOptions
{
    /// <summary>Grey in and two classes out, as in the course's notebook.</summary>
    public KingsUNetOptions() => Classes = 2;

    /// <summary>Channels of the first level; 8 in the notebook.</summary>
    public int Base { get; init; } = 8;

    /// <summary>Whether a ReLU stands behind the last convolution too, as in the notebook. Off: logits that cannot be negative slow a cross-entropy.</summary>
    public bool FinalRelu { get; init; }

    /// <inheritdoc/>
    public override string About => "King's College's small U-Net: one convolution per level, average pooling; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "PyTorch, written by hand from notebook 11.3";

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
    }
}

/// <summary>A U-Net to be read on one page: one 3×3 convolution with a ReLU per level, average pooling, bilinear enlargement.</summary>
/// <remarks>
/// Source: King's College, Machine Learning for Biomedical Applications, notebook 11.3; 26,970 parameters. Corner centres stay in place
/// when a map is enlarged; what comes from below stands before the skip. Parity: own script, with the notebook's keys: conv1_down …
/// conv3_down, conv4, conv3_up … conv1_up. Any size: the image is continued at its far sides with the edge's values to a multiple of 8.
/// </remarks>
public sealed class KingsUNet : Network
{
    private const int Depth = 3;
    private readonly KingsUNetOptions _options;
    private readonly Conv _down1, _down2, _down3, _bottom, _up3, _up2, _up1;
    private readonly AveragePool _pool = new(2);
    private readonly Upsample _raise = new(2, Interpolation.Linear, alignCorners: true);

    /// <summary>Builds with PyTorch's default weights.</summary>
    public KingsUNet(KingsUNetOptions o)
        : base(o)
    {
        var b = o.Base;
        _options = o;
        _down1 = Child("conv1_down", new Conv(2, o.InChannels, b));
        _down2 = Child("conv2_down", new Conv(2, b, 2 * b));
        _down3 = Child("conv3_down", new Conv(2, 2 * b, 4 * b));
        _bottom = Child("conv4", new Conv(2, 4 * b, 4 * b));
        _up3 = Child("conv3_up", new Conv(2, 8 * b, 2 * b));
        _up2 = Child("conv2_up", new Conv(2, 4 * b, b));
        _up1 = Child("conv1_up", new Conv(2, 2 * b, o.Classes));
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["conv1_down", "conv2_down", "conv3_down", "conv4"] };

    /// <param name="image">[N, InChannels, H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var x1 = Step(_down1, AnySize.Enlarge(image, 1 << Depth));              // [N,  B, H, W]
        var x2 =     Step(_down2, _pool.Forward(x1));                           // [N, 2B, H/2, W/2]
        var x3 =         Step(_down3, _pool.Forward(x2));                       // [N, 4B, H/4, W/4]
        var x4 =             Step(_bottom, _pool.Forward(x3));                  // [N, 4B, H/8, W/8]
        var y3 =         Step(_up3, Join(x4, x3));                              // [N, 2B, H/4, W/4]
        var y2 =     Step(_up2, Join(y3, x2));                                  // [N,  B, H/2, W/2]
        var y1 = _up1.Forward(Join(y2, x1));                                    // [N, Classes, H, W]
        return scope.Keep(AnySize.Cut(_options.FinalRelu ? Activation.ReluInPlace(y1) : y1, image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var u = UShape.Draw(this, sides, new()
        {
            Title = $"King's College's U-Net, base {_options.Base}",
            Depth = Depth,
            Width = level => _options.Base << Math.Min(level, 2),
            UpWidth = level => level == 0 ? _options.Classes : _options.Base << (level - 1),
            Block = ["conv 3×3", "ReLU"],
            Pooling = "average pool 2×2",
            Raising = "bilinear ×2",
            Head = [],
        });
        return u with                                                           // the last block gives the logits itself
        {
            Nodes = [.. u.Nodes.Select(n => n.Id == "up.0" && !_options.FinalRelu ? n with { Operations = ["conv 3×3"] } : n)],
            Edges = [.. u.Edges.Select(e => e.Kind == NetworkEdgeKind.Head ? e with { Label = "the logits" } : e)],
        };
    }

    private static Tensor Step(Conv conv, Tensor x) => Activation.ReluInPlace(conv.Forward(x));

    private Tensor Join(Tensor below, Tensor skip)
    {
        using var scope = new TensorScope();
        return scope.Keep(Tensor.Cat(axis: 1, _raise.Forward(below), skip));
    }
}

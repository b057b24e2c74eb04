using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>Options of U-Net++.</summary>
public sealed record UNetPlusPlusOptions : NetworkOptions
{
    /// <summary>Channels of the first level; every level below has twice as many. 32 in the paper.</summary>
    public int Base { get; init; } = 32;

    /// <summary>How often the sides are halved: 4 in the paper, which makes 15 nodes.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Whether every node of the top level has a head, so that all are trained and any can be the last.</summary>
    public bool DeepSupervision { get; init; }

    /// <summary>
    /// In evaluation, compute only what the head of this column of the top level needs, 1 to <see cref="Depth"/>; 0 for the deepest
    /// head. Training always computes all. Needs <see cref="DeepSupervision"/>.
    /// </summary>
    public int Prune { get; init; }

    /// <summary>Behind every 3×3 convolution.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Batch;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override string About => "U-Net++: nested skips, deep supervision, pruned inference; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "4uiiurz1/pytorch-nested-unet";

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

        if (Depth is < 1 or > 8)
        {
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 8");
        }
        else if ((long)Base << Depth > 65536)
        {
            yield return Fault.At("network.base", $"is {Base}, which makes {(long)Base << Depth} channels at depth {Depth}; 65536 is the most");
        }
        else if (Prune < 0 || Prune > Depth)
        {
            yield return Fault.At("network.prune", $"is {Prune}; it must be 1 to network.depth, which is {Depth}, or 0 for the whole network");
        }
        else if (Prune > 0 && !DeepSupervision)
        {
            yield return Fault.At("network.prune", $"is {Prune}, but without network.deepSupervision only the deepest node has a head");
        }

        if (Normalisation is not (NormKind.Batch or NormKind.Instance or NormKind.None))
        {
            yield return Fault.At("network.normalisation", $"is {Normalisation}; it must be batch, instance or none");
        }
    }
}

/// <summary>U-Net++: between encoder and decoder every level is filled with nodes that are joined densely, so that the skips carry what the decoder expects.</summary>
/// <remarks>
/// Source: Zhou et al. 2018 and 2020, figure 1. Differs: bilinear interpolation where the paper's own program has a transposed convolution.
/// Parity: 4uiiurz1/pytorch-nested-unet NestedUNet (9,163,329 parameters for RGB and one class), outputs and gradients; its list of heads
/// begins with the shallowest, ours with the deepest. Any size: as <see cref="UNet"/>.
/// Keys: convI_J.conv1, bn1, conv2, bn2 for the node of level I and column J; final, or final1 … finalDepth.
/// </remarks>
public sealed class UNetPlusPlus : Network
{
    private readonly UNetPlusPlusOptions _options;
    private readonly MaxPool _pool = new(2);
    private readonly Dictionary<(int Level, int Column), ConvBlock> _nodes = [];
    private readonly List<Conv> _heads;

    /// <summary>Builds with fresh weights.</summary>
    public UNetPlusPlus(UNetPlusPlusOptions o)
        : base(o)
    {
        _options = o;
        var style = new ConvStyle { Norm = o.Normalisation };
        for (var column = 0; column <= o.Depth; column++)
        {
            for (var level = 0; level <= o.Depth - column; level++)
            {
                var above = level == 0 ? o.InChannels : Width(level - 1);
                var joined = (column * Width(level)) + Width(level + 1);
                _nodes[(level, column)] = Child($"conv{level}_{column}", new ConvBlock(style, column == 0 ? above : joined, Width(level), norm: "bn"));
            }
        }

        _heads = [.. Enumerable.Range(1, o.DeepSupervision ? o.Depth : 1)
            .Select(i => Child(o.DeepSupervision ? $"final{i}" : "final", new Conv(2, Width(0), o.Classes, kernel: 1)))];
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = [.. Enumerable.Range(0, _options.Depth + 1).Select(i => $"conv{i}_0")] };

    /// <param name="image">[N, InChannels, H, W] with any sides.</param>
    /// <returns>
    /// Logits [N, Classes, H, W]. With deep supervision the levels are the heads from the deepest, which is the full one, to the first;
    /// all at full size. Pruned, they begin at the head that was asked for.
    /// </returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var reach = Reach;
        var top = NestedGrid.Run(
            AnySize.Enlarge(image, 1 << _options.Depth),
            reach,
            (level, above) => level == 0 ? _nodes[(0, 0)].Forward(above) : _nodes[(level, 0)].Consume(_pool.Forward(above)),
            (_, _, below) => Pooling.Linear(below, [.. below.Shape.Skip(2).Select(s => 2 * s)], alignCorners: true),
            (level, column, joined) => _nodes[(level, column)].Consume(joined));
        List<Tensor> levels = [.. HeadsOf(reach).Select(column => scope.Keep(AnySize.Cut(_heads[_options.DeepSupervision ? column - 1 : 0].Forward(top[column - 1]), image).Contiguous()))];
        return new(levels[0], levels);
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var (reach, multiple) = (_options.Prune > 0 ? _options.Prune : _options.Depth, 1L << _options.Depth);
        IReadOnlyList<string> words = [.. Enumerable.Repeat(new ConvStyle { Norm = _options.Normalisation }.Words(), 2).SelectMany(w => w)];
        var larger = sides.Select(s => (s + multiple - 1) / multiple * multiple).ToArray();
        return NestedGrid.Draw(
            this,
            $"U-Net++, base {_options.Base}, depth {_options.Depth}{(_options.DeepSupervision ? ", deep supervision" : "")}{(_options.Prune > 0 ? $", pruned to L{_options.Prune}" : "")}",
            [sides, .. Enumerable.Range(0, _options.Depth + 1).Select(i => larger.Select(s => s >> i).ToArray())],
            Width,
            _ => words,
            reach,
            HeadsOf(reach),
            ("max pool 2×2", "bilinear ×2"));
    }

    private int Reach => _options.Prune > 0 && !IsTraining ? _options.Prune : _options.Depth;

    // The columns whose head is computed, the deepest first.
    private List<int> HeadsOf(int reach) => _options.DeepSupervision ? [.. Enumerable.Range(1, reach).Reverse()] : [reach];

    private int Width(int level) => _options.Base << level;
}

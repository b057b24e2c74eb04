using SegSharp.Foundation;
using SegSharp.Networks.Originals;

namespace SegSharp.Networks;

/// <summary>Options of nnU-Net's network with residual blocks in its encoder.</summary>
public sealed record ResidualEncoderUNetOptions : DynamicUNetOptions
{
    /// <summary>Residual blocks of every level, from the top; empty for nnU-Net's 1, 3, 4, 6, 6, ….</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [];

    /// <summary>
    /// For blocks with a bottleneck, 1×1, k×k, 1×1: channels inside it, one number per level; empty for blocks of two k×k convolutions.
    /// </summary>
    public IReadOnlyList<int> Bottlenecks { get; init; } = [];

    /// <summary>Channels that leave the convolution before the first block; null for those of the first level.</summary>
    public int? StemWidth { get; init; }

    /// <inheritdoc/>
    public override string About => "nnU-Net's ResEnc: residual blocks on the way down, a light decoder, any kernel and stride per level; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "MIC-DKFZ/dynamic-network-architectures ResidualEncoderUNet";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Blocks.Count > 0 && (Blocks.Count != Levels || Blocks.Any(n => n is < 1 or > 32)))
        {
            yield return Fault.At("network.blocks", $"is [{string.Join(", ", Blocks)}]; it must be {Levels} numbers from 1 to 32, or none");
        }

        if (Bottlenecks.Count > 0 && (Bottlenecks.Count != Levels || Bottlenecks.Any(n => n is < 1 or > 65536)))
        {
            yield return Fault.At("network.bottlenecks", $"is [{string.Join(", ", Bottlenecks)}]; it must be {Levels} numbers from 1 to 65536, or none");
        }

        if (StemWidth is < 1 or > 65536)
        {
            yield return Fault.At("network.stemWidth", $"is {StemWidth}; it must be 1 to 65536, or null");
        }
    }

    /// <summary>Blocks of every stage.</summary>
    internal IReadOnlyList<int> StageBlocks => Blocks.Count > 0 ? Blocks : [.. Enumerable.Range(0, Levels).Select(i => i switch { 0 => 1, 1 => 3, 2 => 4, _ => 6 })];

    internal override int UsualUpConvolutions => 1;
}

/// <summary>nnU-Net's ResEnc: a convolution, residual blocks on the way down, one convolution behind every join on the way up.</summary>
/// <remarks>
/// Source: Isensee et al. 2024 (nnU-Net Revisited); blocks of He T. et al. 2019 (ResNet-D): where sides shrink the shortcut is an
/// average, then a 1×1 convolution where channels change. Parity: ResidualEncoderUNet of MIC-DKFZ/dynamic-network-architectures,
/// with BasicBlockD and BottleneckD. <see cref="NnUnetArchitecture"/> reads the options from a plan.
/// Keys: encoder.stem.convs.0, encoder.stages.i.blocks.j.conv1, conv2 (conv3) and skip, the decoder as <see cref="PlainConvUNet"/>'s.
/// </remarks>
public sealed class ResidualEncoderUNet : DynamicUNet
{
    private readonly ResidualEncoderUNetOptions _options;

    /// <summary>Builds with fresh weights.</summary>
    public ResidualEncoderUNet(ResidualEncoderUNetOptions o)
        : base(o, () => Encoder(o)) => _options = o;

    private protected override string Name => "nnU-Net's ResEnc";

    private protected override IReadOnlyList<string> DownWords(int level, string kernel)
    {
        var block = _options.Bottlenecks.Count == 0
            ? $"residual block {kernel}"
            : $"residual bottleneck {kernel}, {_options.Bottlenecks[level]} inside";
        IReadOnlyList<string> blocks = [$"{_options.StageBlocks[level]} × {block}"];
        return level == 0 ? [.. UnitWords(kernel), .. blocks] : blocks;
    }

    private static DynamicBlocks.Encoder Encoder(ResidualEncoderUNetOptions o)
    {
        var (widths, kernels, strides) = (o.StageWidths, o.StageKernels, o.StageStrides);
        var stem = o.StemWidth ?? widths[0];
        return new(
            new DynamicBlocks.Stack(o, 1, o.InChannels, stem, kernels[0], DynamicBlocks.One(o), normLast: false),
            widths.Select((width, i) => new DynamicBlocks.Residuals(
                o, o.StageBlocks[i], i == 0 ? stem : widths[i - 1], o.Bottlenecks.Count > 0 ? o.Bottlenecks[i] : 0, width, kernels[i], strides[i])));
    }
}

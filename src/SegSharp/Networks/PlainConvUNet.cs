using SegSharp.Foundation;
using SegSharp.Networks.Originals;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of nnU-Net's plain network.</summary>
public sealed record PlainConvUNetOptions : DynamicUNetOptions
{
    /// <summary>Convolutions of every level of the contracting arm, from the top; empty for 2 each.</summary>
    public IReadOnlyList<int> DownConvolutions { get; init; } = [];

    /// <summary>Whether normalisations stand behind the activations instead of before them.</summary>
    public bool NormLast { get; init; }

    /// <inheritdoc/>
    public override string About => "nnU-Net's plain network: strided convolutions, instance norm, any kernel and stride per level; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "MIC-DKFZ/dynamic-network-architectures PlainConvUNet";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (DownConvolutions.Count > 0 && (DownConvolutions.Count != Levels || DownConvolutions.Any(n => n is < 1 or > 32)))
        {
            yield return Fault.At("network.downConvolutions", $"is [{string.Join(", ", DownConvolutions)}]; it must be {Levels} numbers from 1 to 32, or none");
        }
    }

    /// <summary>Convolutions of every stage.</summary>
    internal IReadOnlyList<int> StageDownConvolutions => DownConvolutions.Count > 0 ? DownConvolutions : [.. Enumerable.Repeat(2, Levels)];

    internal override int UsualUpConvolutions => 2;

    internal override bool NormsLast => NormLast;
}

/// <summary>nnU-Net's plain network: two convolutions a level, the first of a level with its stride.</summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net), Methods. Parity: PlainConvUNet of MIC-DKFZ/dynamic-network-architectures; 31,196,399
/// parameters at six levels in 3D, one channel and three classes. <see cref="NnUnetArchitecture"/> reads the options from a plan.
/// Keys: encoder.stages.i.0.convs.j, decoder.stages.i.convs.j, decoder.transpconvs.i and decoder.seg_layers.i from the bottom up;
/// <see cref="KeyMaps.NnUnet"/> knows the further names that nnU-Net writes.
/// </remarks>
public sealed class PlainConvUNet : DynamicUNet
{
    private readonly PlainConvUNetOptions _options;

    /// <summary>Builds with fresh weights.</summary>
    public PlainConvUNet(PlainConvUNetOptions o)
        : base(o, () => Encoder(o)) => _options = o;

    private protected override string Name => "nnU-Net's plain network";

    private protected override IReadOnlyList<string> DownWords(int level, string kernel) =>
        [.. Enumerable.Repeat(UnitWords(kernel), _options.StageDownConvolutions[level]).SelectMany(w => w)];

    private static DynamicBlocks.Encoder Encoder(PlainConvUNetOptions o)
    {
        var (widths, kernels, strides) = (o.StageWidths, o.StageKernels, o.StageStrides);
        return new(null, widths.Select((width, i) => new Sequential(new DynamicBlocks.Stack(
            o, o.StageDownConvolutions[i], i == 0 ? o.InChannels : widths[i - 1], width, kernels[i], strides[i], o.NormLast))));
    }
}

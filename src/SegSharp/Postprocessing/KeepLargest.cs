using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Postprocessing;

/// <summary>Options of <see cref="KeepLargest"/>.</summary>
public sealed record KeepLargestOptions : PostprocessingOptions
{
    /// <summary>The labels whose union is looked at as one thing; empty takes all above 0.</summary>
    public IReadOnlyList<ushort> Labels { get; init; } = [];

    /// <summary>Which voxels touch; full, as in nnU-Net.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Full;

    /// <summary>What is kept when several parts are equally large; all, as in nnU-Net.</summary>
    public Ties Ties { get; init; } = Ties.All;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [];
}

/// <summary>Keeps the largest part of a label or of a union of labels; the rest becomes background.</summary>
/// <remarks>Parity: nnU-Net 2.8.1 <c>remove_all_but_largest_component_from_segmentation</c>, exact.</remarks>
public sealed class KeepLargest(KeepLargestOptions o) : PostprocessingStep
{
    /// <inheritdoc/>
    public override string Name => $"keep the largest part of {Words(o.Labels, "the foreground")}";

    /// <inheritdoc/>
    public override LabelMap Apply(LabelMap mask)
    {
        var before = Of(mask, o.Labels);
        return Without(mask, before, Components.Largest(before, mask.Extent, o.Connectivity, o.Ties));
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Postprocessing;

/// <summary>Options of <see cref="FillHoles"/>.</summary>
public sealed record FillHolesOptions : PostprocessingOptions
{
    /// <summary>The labels whose holes are filled, each by itself; empty takes every label above 0.</summary>
    public IReadOnlyList<ushort> Labels { get; init; } = [];

    /// <summary>Which voxels outside the label touch: through what a hole leaks.</summary>
    public Connectivity Background { get; init; } = Connectivity.Faces;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [];
}

/// <summary>Fills the holes of a label. Only background is filled: another label within a hole stays.</summary>
public sealed class FillHoles(FillHolesOptions o) : PostprocessingStep
{
    /// <inheritdoc/>
    public override string Name => $"fill the holes of {Words(o.Labels, "every label")}";

    /// <inheritdoc/>
    public override LabelMap Apply(LabelMap mask)
    {
        var labels = (ushort[])mask.Labels.Clone();
        foreach (var label in Each(mask, o.Labels))
        {
            var filled = Holes.Fill(Of(mask, [label]), mask.Extent, o.Background);
            for (var i = 0; i < labels.Length; i++)
            {
                labels[i] = filled[i] && labels[i] == 0 ? label : labels[i];
            }
        }

        return new LabelMap(mask.Name, mask.Geometry, labels, mask.Path);
    }
}

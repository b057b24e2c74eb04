using System.Globalization;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Postprocessing;

/// <summary>Options of <see cref="RemoveSmall"/>.</summary>
public sealed record RemoveSmallOptions : PostprocessingOptions
{
    /// <summary>The labels whose parts are looked at, each by itself; empty takes every label above 0.</summary>
    public IReadOnlyList<ushort> Labels { get; init; } = [];

    /// <summary>Parts of fewer voxels go.</summary>
    public long Voxels { get; init; }

    /// <summary>Parts of a smaller volume go, mm³.</summary>
    public double Mm3 { get; init; }

    /// <summary>Which voxels touch.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Full;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (Voxels < 0)
        {
            yield return Fault.At("removeSmall.voxels", $"is {Voxels}; it must be 0 or more");
        }

        if (!(Mm3 >= 0) || !double.IsFinite(Mm3))
        {
            yield return Fault.At("removeSmall.mm3", $"is {Mm3}; it must be 0 or more");
        }
    }
}

/// <summary>Removes the parts of a label that are too small.</summary>
public sealed class RemoveSmall(RemoveSmallOptions o) : PostprocessingStep
{
    /// <inheritdoc/>
    public override string Name =>
        $"remove parts of {Words(o.Labels, "every label")} below {(o.Mm3 > 0 ? string.Create(CultureInfo.InvariantCulture, $"{o.Mm3} mm³") : $"{o.Voxels} voxels")}";

    /// <inheritdoc/>
    public override LabelMap Apply(LabelMap mask)
    {
        // A part of exactly the volume stays, whatever the last bit of the division says.
        var least = Math.Max(o.Voxels, (long)Math.Ceiling((o.Mm3 / mask.Geometry.VoxelVolume) - 1e-9));
        foreach (var label in Each(mask, o.Labels).ToList())
        {
            var before = Of(mask, [label]);
            mask = Without(mask, before, Components.RemoveSmall(before, mask.Extent, o.Connectivity, least));
        }

        return mask;
    }
}

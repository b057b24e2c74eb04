using SegSharp.Foundation;

namespace SegSharp.Imaging.Resampling;

/// <summary>How an image or labels are brought to another spacing.</summary>
public sealed record ResampleOptions
{
    /// <summary>What lies between the voxels: cubic for images, linear for labels and probabilities.</summary>
    public Interpolation Order { get; init; } = Interpolation.Cubic;

    /// <summary>The order along a coarse axis that is treated apart: thick slices hold too little to curve between.</summary>
    public Interpolation CoarseOrder { get; init; } = Interpolation.Nearest;

    /// <summary>Whether a coarse axis is treated apart; null: where one spacing is more than <see cref="CoarseFrom"/> times another.</summary>
    public bool? SeparateCoarse { get; init; }

    /// <summary>The ratio of the largest to the smallest spacing above which the axis is coarse.</summary>
    public double CoarseFrom { get; init; } = 3;

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (!double.IsFinite(CoarseFrom) || CoarseFrom < 1)
        {
            yield return Fault.At("resample.coarseFrom", $"is {CoarseFrom}; it must be 1 or more");
        }
    }

    /// <summary>The axis that is treated apart: 0, 1 or 2 for x, y or z; null when none is, or when two are equally coarse.</summary>
    /// <param name="from">The spacing now.</param>
    /// <param name="to">The spacing then; looked at where the first one has no coarse axis.</param>
    /// <remarks>Source: nnU-Net's <c>determine_do_sep_z_and_axis</c>. Parity: nnU-Net 2.8.1, exact.</remarks>
    public int? CoarseAxis(Triple from, Triple to) => SeparateCoarse switch
    {
        true => Largest(from),
        false => null,
        null => IsCoarse(from) ? Largest(from) : IsCoarse(to) ? Largest(to) : null,
    };

    private static int? Largest(Triple spacing)
    {
        var most = Math.Max(spacing.X, Math.Max(spacing.Y, spacing.Z));
        var axes = Enumerable.Range(0, 3).Where(a => spacing[a] == most).ToArray();
        return axes.Length == 1 ? axes[0] : null;
    }

    private bool IsCoarse(Triple spacing) =>
        Math.Max(spacing.X, Math.Max(spacing.Y, spacing.Z)) / Math.Min(spacing.X, Math.Min(spacing.Y, spacing.Z)) > CoarseFrom;
}

namespace SegSharp.Imaging.Resampling;

/// <summary>What lies beyond the first and the last voxel of an axis; the names follow scipy.ndimage.</summary>
public enum Border
{
    /// <summary>A fixed value as soon as a position leaves the grid of voxel centres (<c>constant</c>).</summary>
    Constant,

    /// <summary>The outermost voxel again and again: aaa|abc|ccc (<c>nearest</c>).</summary>
    Nearest,

    /// <summary>Mirrored at the centre of the outermost voxel: cb|abc|ba (<c>mirror</c>).</summary>
    Mirror,

    /// <summary>Mirrored at the outer face of the outermost voxel: ba|abc|cb (<c>reflect</c>).</summary>
    Reflect,

    /// <summary>From the start again: bc|abc|ab (<c>grid-wrap</c>).</summary>
    Wrap,

    /// <summary>Voxels of a fixed value go on outside, so that the border is interpolated as well (<c>grid-constant</c>).</summary>
    GridConstant,
}

/// <summary>Voxels beyond a border.</summary>
public static class BorderExtensions
{
    /// <summary>The voxel inside that stands for one that may lie outside; −1 where a fixed value does.</summary>
    /// <param name="border">Any but <see cref="Border.Constant"/>, which is about positions, not voxels.</param>
    /// <param name="index">Its number.</param>
    /// <param name="length">Voxels of the axis.</param>
    public static int Inside(this Border border, int index, int length) => SplineLine.Inside(index, length, border);
}

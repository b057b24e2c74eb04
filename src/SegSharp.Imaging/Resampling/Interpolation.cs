namespace SegSharp.Imaging.Resampling;

/// <summary>How a value between voxel centres is made.</summary>
public enum Interpolation
{
    /// <summary>The value of the nearest voxel (order 0).</summary>
    Nearest,

    /// <summary>A straight line between two neighbours on each axis (order 1).</summary>
    Linear,

    /// <summary>The cubic B-spline through all voxels (order 3); it may swing over the range of the values.</summary>
    Cubic,
}

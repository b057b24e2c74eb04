namespace SegSharp.Imaging;

/// <summary>Where the three voxel axes point in the world (RAS+): the columns of a 3x3 matrix, each of length 1.</summary>
/// <param name="AlongX">The way of one step along x.</param>
/// <param name="AlongY">The way of one step along y.</param>
/// <param name="AlongZ">The way of one step along z.</param>
public readonly record struct Direction(Triple AlongX, Triple AlongY, Triple AlongZ)
{
    /// <summary>Voxel axes are world axes.</summary>
    public static Direction Identity => new(new Triple(1, 0, 0), new Triple(0, 1, 0), new Triple(0, 0, 1));
}

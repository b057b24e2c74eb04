namespace SegSharp.Imaging.Resampling.Warping;

/// <summary>A vector for every point: how far it lies from where it would lie without.</summary>
public interface IDisplacement
{
    /// <summary>The longest vector along each axis, voxels: no component is larger anywhere.</summary>
    Triple Largest { get; }

    /// <summary>Adds the vectors of one row of the grid, that of the voxels (0, y, z), (1, y, z) …</summary>
    /// <param name="y">The row.</param>
    /// <param name="z">The plane.</param>
    /// <param name="row">Changed.</param>
    void AddOnGrid(int y, int z, WarpRow row);

    /// <summary>Adds the vectors at any points.</summary>
    /// <param name="at">The points.</param>
    /// <param name="row">Changed; another row than <paramref name="at"/>.</param>
    void AddAt(WarpRow at, WarpRow row);
}

namespace SegSharp.Imaging;

/// <summary>How two grids lie to each other.</summary>
public enum GridMatch
{
    /// <summary>The same numbers, bit for bit.</summary>
    Same,

    /// <summary>The same number of voxels; corners apart only by what single precision rounds away.</summary>
    RoundingNoise,

    /// <summary>Different sizes, or corners that truly lie elsewhere.</summary>
    Different,
}

namespace SegSharp.Imaging.Measurement;

/// <summary>What was measured of one label or one connected object.</summary>
public sealed record MeasuredObject
{
    /// <summary>The label in the mask.</summary>
    public required int Label { get; init; }

    /// <summary>The number of the object among those of its label, from 1 in the order of first voxels; null when labels are measured as a whole.</summary>
    public int? Number { get; init; }

    /// <summary>Voxels.</summary>
    public required long Voxels { get; init; }

    /// <summary>Volume in mm³.</summary>
    public required double VolumeMm3 { get; init; }

    /// <summary>The lowest voxel number on every axis.</summary>
    public required (int X, int Y, int Z) BoxStart { get; init; }

    /// <summary>Voxels of the box around it.</summary>
    public required Extent Box { get; init; }

    /// <summary>The mean of its voxel numbers.</summary>
    public required Triple Centroid { get; init; }

    /// <summary>The centroid in the world, RAS+ mm.</summary>
    public required Triple CentroidWorld { get; init; }

    /// <summary>Its intensities; null when no image was given.</summary>
    public FirstOrder? Intensity { get; init; }

    /// <summary>Its shape; null when it was not asked for.</summary>
    public Shape? Shape { get; init; }
}

using SegSharp.Data;

namespace SegSharp.Figures.Volumes;

/// <summary>How a volume is drawn.</summary>
public sealed record VolumeViewOptions
{
    /// <summary>What is black and what is white: <c>auto</c> (1st to 99th percentile), a CT window by name, or <c>LEVEL,WIDTH</c>; null is <c>auto</c>.</summary>
    public string? Window { get; init; }

    /// <summary>The channel to draw, from 0.</summary>
    public int Channel { get; init; }

    /// <summary>How strongly labels are filled, 0 (outlines only) to 1.</summary>
    public double Fill { get; init; } = 0.18;

    /// <summary>Whether the empty border of the image is left out.</summary>
    public bool Crops { get; init; } = true;

    /// <summary>The voxel, counted from 0 along the file's axes, that the planes run through; null chooses, along each axis, the slice with the most labelled voxels, and the middle where there are none.</summary>
    public (int X, int Y, int Z)? Centre { get; init; }

    /// <summary>Names of the labels for the legend; null prints their numbers.</summary>
    public LabelList? Labels { get; init; }

    /// <summary>Names that stand before those of <see cref="Labels"/>: of a segmentation that names its segments itself.</summary>
    public IReadOnlyDictionary<int, string>? Names { get; init; }

    /// <summary>Printed on top; null for none.</summary>
    public string? Title { get; init; }
}

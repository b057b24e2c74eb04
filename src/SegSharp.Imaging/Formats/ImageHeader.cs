namespace SegSharp.Imaging.Formats;

/// <summary>What a file says about itself before any pixel is decoded.</summary>
public sealed record ImageHeader
{
    /// <summary>Voxels per axis; Depth counts the pages.</summary>
    public required Extent Extent { get; init; }

    /// <summary>Channels that <see cref="Reading.Colours"/> gives.</summary>
    public required int Channels { get; init; }

    /// <summary>The type of the voxels in memory.</summary>
    public required VoxelType VoxelType { get; init; }

    /// <summary>Bits per sample in the file.</summary>
    public required int Bits { get; init; }

    /// <summary>True when pixels are numbers of palette entries.</summary>
    public bool HasPalette { get; init; }

    /// <summary>Millimetres per voxel where the file states them in units of length; null otherwise (dots per inch are not taken for that).</summary>
    public Triple? Spacing { get; init; }

    /// <summary>The grid and its place in the world, where the format states one; null for pictures.</summary>
    public Geometry? Geometry { get; init; }

    /// <summary>Further facts for people: name and text, such as ("sform", "1 (scanner)").</summary>
    public IReadOnlyList<(string Name, string Text)> Facts { get; init; } = [];

    /// <summary>Names and colours of labels, where the file has them.</summary>
    public IReadOnlyList<Segment> Segments { get; init; } = [];

    /// <summary>How the pixels are stored: "deflate, interlaced".</summary>
    public required string Storage { get; init; }
}

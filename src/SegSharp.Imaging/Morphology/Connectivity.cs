namespace SegSharp.Imaging.Morphology;

/// <summary>Which voxels touch each other. In a single page <see cref="Edges"/> and <see cref="Full"/> are the same.</summary>
public enum Connectivity
{
    /// <summary>Those that share a side: 4 neighbours in a page, 6 in a volume.</summary>
    Faces,

    /// <summary>Those that share a side, an edge or a corner: 8 neighbours in a page, 26 in a volume.</summary>
    Full,

    /// <summary>Those that share a side or an edge: 8 neighbours in a page, 18 in a volume.</summary>
    Edges,
}

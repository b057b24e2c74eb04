namespace SegSharp.Imaging;

/// <summary>How often a label occurs.</summary>
/// <param name="Label">The label.</param>
/// <param name="Voxels">Voxels that carry it.</param>
public readonly record struct LabelCount(int Label, long Voxels);

namespace SegSharp.Imaging.Morphology;

/// <summary>Which of several equally large parts is the largest.</summary>
public enum Ties
{
    /// <summary>The one whose first voxel comes first (x fastest), as scipy users write it with <c>argmax</c>.</summary>
    First,

    /// <summary>All of them, as <c>acvl_utils</c> and with it nnU-Net keep them.</summary>
    All,
}

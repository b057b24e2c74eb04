namespace SegSharp.Prediction;

/// <summary>Over which views of an image a prediction is averaged.</summary>
public enum Averaging
{
    /// <summary>The image as it is.</summary>
    None,

    /// <summary>Every combination of mirrored axes, as nnU-Net averages: 4 views of a picture, 8 of a volume.</summary>
    Mirror,

    /// <summary>The eight symmetries of the plane, quarter turns and mirror images; a volume's also mirrored from end to end: 8 views, 16 of a volume.</summary>
    Dihedral,
}

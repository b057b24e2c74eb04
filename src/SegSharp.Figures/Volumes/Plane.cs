namespace SegSharp.Figures.Volumes;

/// <summary>A way to cut a body.</summary>
public enum Plane
{
    /// <summary>Across, seen from the feet: the patient's left is at the picture's right, the front on top.</summary>
    Axial,

    /// <summary>From ear to ear, seen from the front: the patient's left is at the picture's right, the head on top.</summary>
    Coronal,

    /// <summary>From front to back, seen from the patient's left: the front is at the picture's left, the head on top.</summary>
    Sagittal,
}

namespace SegSharp.Metrics;

/// <summary>What counts as the surface of a mask, and how distances are put together to one number. The three differ by their definition, so a number without its convention says little.</summary>
public enum SurfaceConvention
{
    /// <summary>MONAI: voxels of the mask with a face neighbour outside; a percentile is taken for each direction, and the larger one counts.</summary>
    Monai,

    /// <summary>DeepMind's surface-distance: surface elements between voxels, each weighing as much as its area; the larger of the two directed percentiles.</summary>
    DeepMind,

    /// <summary>MedPy: voxels as MONAI's; one percentile of the distances of both directions joined.</summary>
    MedPy,
}

/// <summary>Words for the convention, since every number must say which one it follows.</summary>
public static class SurfaceConventions
{
    /// <summary>The name on the command line and in tables: "monai", "deepmind", "medpy".</summary>
    public static string Text(this SurfaceConvention convention) => convention switch
    {
        SurfaceConvention.DeepMind => "deepmind",
        SurfaceConvention.MedPy => "medpy",
        _ => "monai",
    };

    /// <summary>One sentence for a table's foot.</summary>
    public static string Explain(this SurfaceConvention convention) => convention switch
    {
        SurfaceConvention.DeepMind =>
            "surface distances: deepmind (surface elements between voxels, weighed by their area; the larger of the two directed percentiles)",
        SurfaceConvention.MedPy =>
            "surface distances: medpy (voxels with a face neighbour outside; one percentile of both directions joined)",
        _ => "surface distances: monai (voxels with a face neighbour outside; the larger of the two directed percentiles; "
            + "one mask empty is undefined and counted as missed or spurious, where MONAI says infinity or NaN)",
    };
}

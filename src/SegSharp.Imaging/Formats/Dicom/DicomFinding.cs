namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>How much a finding matters.</summary>
public enum DicomSeverity
{
    /// <summary>Good to know; the volume is right.</summary>
    Note,

    /// <summary>The volume is right, but something was left out or decided.</summary>
    Warning,

    /// <summary>No faithful volume can be made; it is made only on request (<see cref="DicomReading.Anyway"/>).</summary>
    Error,
}

/// <summary>What was found about a series or a folder.</summary>
public enum DicomFindingKind
{
    /// <summary>A file that begins like DICOM and cannot be understood.</summary>
    Unreadable,

    /// <summary>Images of one series that differ in orientation, size or kind: taken as series of their own.</summary>
    Mixed,

    /// <summary>The same image twice.</summary>
    Duplicate,

    /// <summary>Distances between slices that are whole multiples of the usual one.</summary>
    MissingSlices,

    /// <summary>Distances between slices that differ.</summary>
    UnequalSpacing,

    /// <summary>Slices that are not stacked along their normal: a tilted gantry.</summary>
    GantryTilt,

    /// <summary>Several images at each place: time points, echoes.</summary>
    Times,

    /// <summary>Not the same number of images at each place.</summary>
    IncompleteTimes,

    /// <summary>Only two slices.</summary>
    TooFewSlices,

    /// <summary>No position, orientation or spacing is stated: the grid is one of pixels.</summary>
    NoGeometry,

    /// <summary>Low values are bright (MONOCHROME1); values are kept as they are.</summary>
    Inverted,

    /// <summary>The scale from stored values differs from slice to slice; values are float32.</summary>
    UnequalScale,
}

/// <summary>One thing that was found, and what to do about it. Names no patient.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Fix">What to do, or null.</param>
public sealed record DicomFinding(DicomFindingKind Kind, DicomSeverity Severity, string Message, string? Fix = null)
{
    /// <inheritdoc/>
    public override string ToString() => Fix is null ? Message : $"{Message} ({Fix})";
}

/// <summary>How a series becomes a volume.</summary>
public sealed record DicomReading
{
    /// <summary>
    /// Read in spite of findings that are errors: missing slices are filled with the lowest value of the volume, unequal distances
    /// become their mean, two slices become a volume, incomplete time points are left out.
    /// </summary>
    public bool Anyway { get; init; }

    /// <summary>Child processes that decode compressed files at the same time; 0 = one per core, at most 4.</summary>
    public int Decoders { get; init; }

    /// <summary>How long decoding one file may take, besides a second for every four megabytes; the child is killed then.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);
}

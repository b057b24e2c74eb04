namespace SegSharp.Figures.Reports;

/// <summary>Everything that a <see cref="Report"/> shows, in order. Texts are plain; nothing in them is taken for HTML.</summary>
public sealed record ReportContent
{
    /// <summary>The page's title.</summary>
    public required string Title { get; init; }

    /// <summary>A line below it: which data, which model.</summary>
    public string? Subtitle { get; init; }

    /// <summary>The sections, from above.</summary>
    public required IReadOnlyList<ReportSection> Sections { get; init; }

    /// <summary>The last line: program and version, when, on which machine.</summary>
    public string? Footer { get; init; }
}

using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Reports;

/// <summary>A part of a report with a heading of its own.</summary>
public abstract record ReportSection
{
    /// <summary>The heading, also an entry of the page's contents; null joins the section to the one above it.</summary>
    public string? Title { get; init; }

    /// <summary>A paragraph below the heading; null for none.</summary>
    public string? Text { get; init; }
}

/// <summary>A few numbers in large type, the answer before the details.</summary>
/// <param name="Numbers">Each with what it is and on which grid or set.</param>
public sealed record HeadlineSection(IReadOnlyList<HeadlineNumber> Numbers) : ReportSection;

/// <summary>One number of a <see cref="HeadlineSection"/>.</summary>
/// <param name="Name">"Dice, pooled".</param>
/// <param name="Value">"0.812".</param>
/// <param name="Note">"5 validation images at 512×512"; null for none.</param>
public sealed record HeadlineNumber(string Name, string Value, string? Note = null);

/// <summary>Names with their values: recipe, data, machine.</summary>
/// <param name="Facts">Pairs, in order.</param>
public sealed record FactsSection(IReadOnlyList<(string Name, string Value)> Facts) : ReportSection;

/// <summary>A table of scores. Says on which grid they were measured and what an undefined one means.</summary>
public sealed record ScoreSection : ReportSection
{
    /// <summary>The grid of every number here: "128×128", "512×512 (as the files)".</summary>
    public required string Grid { get; init; }

    /// <summary>What a row is: "image", "class", "model".</summary>
    public required string RowName { get; init; }

    /// <summary>Names of the scores, with the unit where there is one.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The rows; summaries (mean, pooled) last.</summary>
    public required IReadOnlyList<ScoreRow> Rows { get; init; }

    /// <summary>Decimals of every number.</summary>
    public int Decimals { get; init; } = 3;

    /// <summary>For tables that compare: whether the best value of a column stands out. Asks, for each column, whether more is better.</summary>
    public Func<string, bool>? MoreIsBetter { get; init; }

    /// <summary>What holds for masks without foreground; printed whenever the table is. Null for tables where it cannot occur.</summary>
    public string? EmptyRule { get; init; }

    /// <summary>Whether the difference between the mean of images and the pooled score is explained below.</summary>
    public bool ExplainsPooling { get; init; }
}

/// <summary>One row of a <see cref="ScoreSection"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">One a column; null = undefined, shown as "–".</param>
/// <param name="IsSummary">Set apart, in bold: mean, pooled.</param>
public sealed record ScoreRow(string Name, IReadOnlyList<double?> Values, bool IsSummary = false);

/// <summary>A table of texts.</summary>
/// <param name="Columns">Headings.</param>
/// <param name="Rows">Rows with a text for every column.</param>
public sealed record TableSection(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportSection;

/// <summary>A figure, as SVG inside the page: sharp at every size, its texts can be searched, curves answer the pointer.</summary>
/// <param name="Figure">What is drawn.</param>
/// <param name="Caption">What to see in it; null for none.</param>
public sealed record FigureSection(Figure Figure, string? Caption = null) : ReportSection
{
    /// <summary>The same drawn otherwise, behind a switch with that name: "smoothed". Null for none. The switch needs no script.</summary>
    public (string Name, Figure Figure)? Alternative { get; init; }
}

/// <summary>Remarks and warnings that a reader must not miss.</summary>
/// <param name="Notes">One sentence or two each.</param>
public sealed record NotesSection(IReadOnlyList<string> Notes) : ReportSection;

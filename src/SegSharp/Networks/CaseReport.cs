namespace SegSharp.Networks;

/// <summary>How a case ended.</summary>
public enum CaseOutcome
{
    /// <summary>Everything within its tolerance.</summary>
    Passed,

    /// <summary>Something over its tolerance, or the weights do not fit.</summary>
    Failed,

    /// <summary>Its original is none that we know.</summary>
    Unknown,

    /// <summary>Not a case: a text, a folder without one.</summary>
    Ignored,
}

/// <summary>A network held against its original.</summary>
/// <param name="Path">The folder or file.</param>
/// <param name="Original">What the case says it is; empty for what is no case.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Comparisons">Every output, buffer and gradient.</param>
/// <param name="Note">Why it failed as a whole, is unknown or was ignored; null otherwise.</param>
public sealed record CaseReport(string Path, string Original, CaseOutcome Outcome, IReadOnlyList<Comparison> Comparisons, string? Note = null);

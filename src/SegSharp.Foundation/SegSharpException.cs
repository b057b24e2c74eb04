namespace SegSharp.Foundation;

/// <summary>An error that a person can act on: one sentence, and a fix where one is known. Exit code 1 on the command line.</summary>
/// <param name="message">Names the file or key, what was found and what was expected.</param>
/// <param name="fix">A command or an edit that mends it, or null when none is known.</param>
/// <param name="inner">The error behind this one.</param>
public class SegSharpException(string message, string? fix = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A command or an edit that mends it; null when none is known.</summary>
    public string? Fix { get; } = fix;

    /// <summary>Lists that are too long for a sentence, by name; <c>--json</c> shows them whole. Empty for most errors.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Details { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

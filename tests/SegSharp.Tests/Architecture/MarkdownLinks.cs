using System.Text.RegularExpressions;

namespace SegSharp.Tests.Architecture;

/// <summary>Links of a Markdown page to files of the repository.</summary>
internal static partial class MarkdownLinks
{
    public static IEnumerable<string> In(string markdown) =>
        from match in Link().Matches(markdown)
        let target = match.Groups["target"].Value.Split('#')[0]
        where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
        select target;

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}

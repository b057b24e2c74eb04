namespace SegSharp.Foundation;

/// <summary>Finds the names that somebody most likely meant.</summary>
public static class Nearest
{
    /// <summary>All names, the nearest to <paramref name="name"/> first; ties in alphabetical order.</summary>
    public static IReadOnlyList<string> Sort(string name, IEnumerable<string> known) =>
        [.. known.OrderBy(k => Distance(name, k)).ThenBy(k => k, StringComparer.Ordinal)];

    /// <summary>Levenshtein distance without regard to case: insertions, deletions and replacements that turn one into the other.</summary>
    public static int Distance(string a, string b)
    {
        a = a.ToUpperInvariant();
        b = b.ToUpperInvariant();
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var row = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(previous[j], row[j - 1]) + 1);
            }

            (previous, row) = (row, previous);
        }

        return previous[b.Length];
    }
}

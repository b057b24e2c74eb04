using SegSharp.Testing;

namespace SegSharp.Tests.Architecture;

/// <summary>A table of ARCHITECTURE.md whose rows say who may use whom.</summary>
internal static class ArrowTable
{
    /// <summary>Rows of the first table below a heading: the name in the first column, the names in the second.</summary>
    public static IReadOnlyDictionary<string, string[]> Below(string heading)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "ARCHITECTURE.md"));
        var rows = lines
            .SkipWhile(l => l != heading)
            .SkipWhile(l => !l.StartsWith('|'))
            .TakeWhile(l => l.StartsWith('|'))
            .Skip(2)
            .Select(l => l.Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(c => Name(c[1]), c => Names(c[2]), StringComparer.Ordinal);
        return rows.Count > 0 ? rows : throw new InvalidDataException($"ARCHITECTURE.md has no table below '{heading}'");
    }

    private static string Name(string cell) => cell.Trim('`');

    private static string[] Names(string cell) =>
        cell == "–" ? [] : [.. cell.Split(',', StringSplitOptions.TrimEntries).Select(Name)];
}

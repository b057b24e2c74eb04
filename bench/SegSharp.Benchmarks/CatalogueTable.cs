using System.Text;

namespace SegSharp.Benchmarks;

/// <summary>The table of <c>docs/reference/networks.md</c>: what every network learnt, and what its step costs beside PyTorch.</summary>
internal static class CatalogueTable
{
    private const string Begin = "<!-- table: ./segsharp bench catalogue --publish -->";
    private const string End = "<!-- end of table -->";

    /// <summary>Writes the table between its marks.</summary>
    public static void Publish()
    {
        var page = Path.Combine(Places.Bench, "..", "docs", "reference", "networks.md");
        var text = File.ReadAllText(page);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), -1);
        to = from < 0 ? -1 : text.IndexOf(End, from, StringComparison.Ordinal);
        if (to < 0)
        {
            throw new InputException($"docs/reference/networks.md has no lines '{Begin}' and '{End}'", "put them where the table belongs");
        }

        AtomicFile.WriteText(page, $"{text[..from]}{Begin}\n{Text()}{text[to..]}");
    }

    /// <summary>One table for each data set.</summary>
    public static string Text()
    {
        var results = CatalogueResult.ReadAll().ToDictionary(r => r.Name, StringComparer.Ordinal);
        var text = new StringBuilder();
        foreach (var group in CatalogueRow.ReadAll().GroupBy(r => r.Data))
        {
            var rows = group.Where(r => results.ContainsKey(r.Name)).ToList();
            if (rows.Count == 0)
            {
                continue;
            }

            var plain = results.GetValueOrDefault(rows[0].Name)?.BestDice;
            var (first, days) = (results[rows[0].Name], rows.Select(r => results[r.Name].Date).Where(d => d.Length > 0).Distinct().Order());
            text.AppendLine($"{(group.Key == "isbi2012" ? "ISBI 2012, 2D" : "Hippocampus, 3D")}: {first.Steps} steps each; {first.Machine}, {string.Join(", ", days)}.");
            text.AppendLine();
            text.AppendLine("| network | parameters | loss | Dice | against plain U-Net | step | PyTorch's step | speedup | peak memory | PyTorch's | |");
            text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|");
            foreach (var row in rows)
            {
                var r = results[row.Name];
                text.AppendLine(
                    $"| {row.Name} | {r.Parameters:N0} | {Number(r.Loss, "0.000")} | {Number(r.BestDice, "0.000")} | {Number(r.BestDice - plain, "+0.000;−0.000;0.000")} | "
                    + $"{Milliseconds(r.Step)} | {Milliseconds(r.PeerStep)} | {Number(r.PeerStep / r.Step, "0.00×")} | {Megabytes(r.Peak)} | {Megabytes(r.PeerPeak)} | {row.Note} |");
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    private static string Number(double? value, string format) => value is { } v ? v.ToString(format) : "–";

    private static string Milliseconds(double? seconds) => seconds is { } s ? $"{s * 1000:0} ms" : "–";

    private static string Megabytes(double? bytes) => bytes is { } b ? $"{b / 1e6:0} MB" : "–";
}

using System.Globalization;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

/// <summary>docs/reference/networks.md says of every network what the catalogue says.</summary>
[Collection("native")]
public sealed class NetworkReferenceTests
{
    private static List<string[]> Rows { get; } = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "reference", "networks.md"))
        .Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries))];

    public static TheoryData<string> Names => [.. Rows.Select(r => r[0].Trim('`'))];

    [Fact]
    public void Every_network_has_its_row_with_its_numbers()
    {
        var expected = NetworkListing.All().Select(n => string.Create(
            CultureInfo.InvariantCulture,
            $"`{n.Name}` {n.Parameters:N0} {string.Join(", ", n.Axes.Select(a => $"{a}D"))} {(n.DeepSupervision ? "yes" : "no")} {n.HeldAgainst ?? "unverified"}"));

        Assert.Equal(expected, Rows.Select(r => $"{r[0]} {r[1]} {r[2]} {(r[3].Length > 0 ? "yes" : "no")} {r[7]}"));
        Assert.All(Rows, r => Assert.True(r.Length == 9 && r[8].Length > 0, $"{r[0]} names no source"));
    }

    [Theory]
    [Trait("Category", "Full")]
    [MemberData(nameof(Names))]
    public void Its_work_and_its_receptive_field_are_what_a_summary_says(string name)
    {
        var row = Rows.Single(r => r[0] == $"`{name}`");
        var input = row[4].Split('×').Select(long.Parse).ToArray();
        using var scope = new TensorScope();
        using var network = Catalogue.All.Get(name).Build(Catalogue.All.Get(name).Defaults());

        var summary = NetworkSummary.Of(network, input[1..]);

        Assert.Equal(row[5], (summary.MultiplyAdds / 1e9).ToString("0.00", CultureInfo.InvariantCulture));
        Assert.Equal(row[6], $"{string.Join('×', summary.ReceptiveField.Sides!)}{(summary.ReceptiveField.Global.Count > 0 ? "*" : "")}");
        Assert.Equal(input[0], network.Options.InChannels);
    }
}

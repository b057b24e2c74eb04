using System.Globalization;
using SegSharp.Imaging.Normalisation;
using SegSharp.Networks.Originals;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Networks;

/// <summary>Holds docs/reference/names.md against the code.</summary>
[Collection("native")]
public sealed class NamesPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "names.md"));

    [Fact]
    public void The_page_has_every_origin_with_its_networks_and_input()
    {
        var rows = OriginalTable.Origins().Select(o => $"| `{o.Name}` | {string.Join(", ", o.Networks)} | {string.Join(", ", o.Encoders)} | {o.Input} | {o.Title} |");

        Assert.Equal(rows, Table("## Origins"));
    }

    [Fact]
    public void The_page_has_every_convention_with_its_numbers()
    {
        var rows = SegSharp.Imaging.Normalisation.Catalogue.Normalisers.Select(e => (e.Name, Options: e.Defaults() as ConventionOptions)).Where(e => e.Options is not null)
            .Select(e => (e.Name, Order: e.Options!.BlueFirst ? "BGR" : "RGB", Mean: Numbers(e.Options.Mean), Deviation: Numbers(e.Options.Deviation ?? [])));

        var there = Table("## Input").Select(r => r.Split('|', StringSplitOptions.TrimEntries)).Select(c => (c[1].Trim('`'), c[2], c[4], c[5])).Skip(1);

        Assert.Equal(rows, there);
    }

    [Fact]
    public void The_page_has_every_prefix_in_its_order()
    {
        var line = Page.Split('\n').Single(l => l.StartsWith("2. **Prefix.**", StringComparison.Ordinal));

        var positions = SegSharp.Networks.NamedWeights.Prefixes.Select(p => line.IndexOf($"`{p}`", StringComparison.Ordinal)).ToList();

        Assert.All(positions, p => Assert.True(p > 0));
        Assert.Equal(positions.Order(), positions);
    }

    private static string Numbers(IEnumerable<double> values) => string.Join(", ", values.Select(v => v.ToString(CultureInfo.InvariantCulture)));

    // The rows of a section's table below its head.
    private static IEnumerable<string> Table(string section) =>
        Page[Page.IndexOf(section, StringComparison.Ordinal)..].Split('\n').Skip(1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))
            .Where(l => l.StartsWith('|')).Skip(2);
}

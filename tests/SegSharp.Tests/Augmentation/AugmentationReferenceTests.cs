using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SegSharp.Augmentation;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Augmentation;

/// <summary>docs/reference/augmentation.md says of every augmentation, option and preset what the catalogue says.</summary>
public sealed partial class AugmentationReferenceTests
{
    private static readonly string[] OfWarps = ["interpolation", "outside"];
    private static readonly string[] OfIntensities = ["channelProbability", "perChannel"];

    private static string Page { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "augmentation.md"));

    public static TheoryData<string> Names => [.. Catalogue.Transforms.Names];

    [Fact]
    public void The_first_tables_list_every_augmentation()
    {
        var listed = Links().Matches(Page).Select(m => m.Groups["name"].Value);

        Assert.Equal(Catalogue.Transforms.Names.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_stands_with_its_default_and_no_other(string name)
    {
        var told = Rows().Matches(Section($"### {name}\n")).ToDictionary(m => m.Groups["key"].Value, m => m.Groups["default"].Value);
        var defaults = Catalogue.Transforms.Get(name).Defaults();
        string[] shared = ["name", .. defaults is WarpOptions ? OfWarps : [], .. defaults is IntensityOptions ? OfIntensities : []];
        var options = OptionsJson.Write(defaults).Where(o => !shared.Contains(o.Key)).ToList();

        Assert.Equal(options.Select(o => o.Key).Order(StringComparer.Ordinal), told.Keys.Order(StringComparer.Ordinal));
        Assert.All(options, o => Assert.True(
            JsonNode.DeepEquals(o.Value, JsonNode.Parse(told[o.Key].Trim('`'))), $"{name}.{o.Key} is {o.Value?.ToJsonString() ?? "null"}, the page says {told[o.Key]}"));
        Assert.Contains("Source: ", Section($"### {name}\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_shared_options_stand_once() =>
        Assert.Equal([.. OfWarps, .. OfIntensities], Rows().Matches(Section("## What holds for all\n")).Select(m => m.Groups["key"].Value));

    [Fact]
    public void Every_preset_stands_with_what_it_is() =>
        Assert.Equal(Presets.Described.Select(p => $"| `{p.Name}` | {p.Help} |"), Section("## Presets\n").Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)));

    private static string Section(string heading)
    {
        var start = Page.IndexOf(heading, StringComparison.Ordinal);
        Assert.True(start >= 0, $"the page has no {heading}");
        var end = Page.IndexOf("\n#", start + heading.Length, StringComparison.Ordinal);
        return end < 0 ? Page[start..] : Page[start..end];
    }

    [GeneratedRegex(@"^\| \[`(?<name>[^`]+)`\]\(#", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Links();

    [GeneratedRegex(@"^\| `(?<key>\w+)` \| (?<default>`[^|]+?) \| [^|]{10,} \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Rows();
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SegSharp.Losses;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Losses;

/// <summary>docs/reference/losses.md says of every loss and every option what the catalogue says.</summary>
[Collection("native")]
public sealed partial class LossReferenceTests
{
    private static readonly string[] Common = ["ignore", "levelWeights"];

    private static string Page { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "losses.md"));

    public static TheoryData<string> Names => [.. LossCatalogue.All.Names];

    [Fact]
    public void The_first_table_lists_every_loss()
    {
        var listed = Links().Matches(Page).Select(m => m.Groups["name"].Value);

        Assert.Equal(LossCatalogue.All.Names.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_of_a_loss_stands_with_its_default_and_no_other(string name)
    {
        var section = Section($"### {name}\n");
        var told = Rows().Matches(section).ToDictionary(m => m.Groups["key"].Value, m => m.Groups["default"].Value);
        var options = OptionsJson.Write(LossCatalogue.All.Get(name).Defaults()).Where(o => o.Key != "name" && !Common.Contains(o.Key)).ToList();

        Assert.Equal(options.Select(o => o.Key).Order(StringComparer.Ordinal), told.Keys.Order(StringComparer.Ordinal));
        Assert.All(options.Where(o => o.Key != "terms"), o => Assert.True(
            JsonNode.DeepEquals(o.Value, JsonNode.Parse(told[o.Key].Trim('`'))), $"{name}.{o.Key} is {o.Value?.ToJsonString() ?? "null"}, the page says {told[o.Key]}"));
        Assert.Contains("Original: ", name == "sum" ? "Original: " : section, StringComparison.Ordinal);
    }

    [Fact]
    public void The_options_of_all_stand_once() =>
        Assert.Equal(Common, Rows().Matches(Section("## What holds for all\n")).Select(m => m.Groups["key"].Value));

    [Fact]
    public void Every_example_is_a_recipe_s_loss()
    {
        var examples = Examples().Matches(Page).Select(m => m.Groups["json"].Value).ToList();

        Assert.NotEmpty(examples);
        Assert.All(examples, e => Assert.Empty(OptionsJson.Read<LossOptions>(JsonNode.Parse(e), "loss").Check()));
    }

    private static string Section(string heading)
    {
        var start = Page.IndexOf(heading, StringComparison.Ordinal);
        Assert.True(start >= 0, $"the page has no {heading}");
        var end = Page.IndexOf("\n#", start + heading.Length, StringComparison.Ordinal);
        return end < 0 ? Page[start..] : Page[start..end];
    }

    [GeneratedRegex(@"^\| \[`(?<name>[^`]+)`\]\(#", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Links();

    [GeneratedRegex(@"^\| `(?<key>\w+)` \| (?<default>[^|]+?) \| [^|]{10,} \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Rows();

    [GeneratedRegex(@"^```json\n(?<json>.+?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Examples();
}

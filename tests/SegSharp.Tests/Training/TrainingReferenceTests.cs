using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SegSharp.Testing;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests.Training;

/// <summary>The page about the trainer says what the code does.</summary>
public sealed class TrainingReferenceTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "training.md"));

    [Fact]
    public void Every_key_stands_there_with_its_default()
    {
        var code = Flat("training", OptionsJson.Write(new TrainingOptions())).ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal);

        var page = Regex.Matches(Page, @"^\| `(?<key>training\.[^`]+)` \| `(?<value>[^`]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture).ToDictionary(m => m.Groups["key"].Value, m => m.Groups["value"].Value, StringComparer.Ordinal);

        Assert.Equal(code.OrderBy(k => k.Key, StringComparer.Ordinal), page.OrderBy(k => k.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_schedule_and_optimizer_stands_there_with_its_options()
    {
        foreach (var entry in ScheduleCatalogue.All)
        {
            var row = Page.Split('\n').SingleOrDefault(l => l.StartsWith($"| `{entry.Name}` |", StringComparison.Ordinal));
            Assert.True(row is not null, $"no row for the schedule '{entry.Name}'");
            Assert.All(OptionsJson.Write(entry.Defaults()).Select(p => p.Key).Except(["name", "warmUp", "warmUpStart"]), key => Assert.Contains($"`{key}`", row!, StringComparison.Ordinal));
        }

        foreach (var entry in OptimizerCatalogue.All)
        {
            Assert.All(OptionsJson.Write(entry.Defaults()).Select(p => p.Key).Append(entry.Name), key => Assert.Matches($"`(training.optimizer.)?{key}`", Page));
        }
    }

    private static IEnumerable<(string Key, string Value)> Flat(string path, JsonObject json) =>
        json.SelectMany(p => p.Value is JsonObject below ? Flat($"{path}.{p.Key}", below) : [($"{path}.{p.Key}", p.Value?.ToJsonString() ?? "null")]);
}

using System.Text.Json;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Metrics;

/// <summary>Original: MIC-DKFZ/nnUNet 2.8.1 compute_metrics_on_folder. Tolerance 1e-9.</summary>
public sealed class NnUnetSummaryParityTests
{
    public static TheoryData<string> Summaries() =>
        Path.Combine(ParityCases.Root, "20-metrics", "nnunet_summary") is var folder && Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "summary_*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
            : [];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Summaries))]
    public void The_summary_is_that_of_nnUNet(string file)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(ParityCases.Require("20-metrics", "nnunet_summary", file)));
        Region[] regions = [.. expected.RootElement.GetProperty("mean").EnumerateObject().Select(r => new Region(r.Name, [.. r.Name.Trim('(', ')').Split(", ").Select(ushort.Parse)]))];
        ushort? ignore = file.Contains("ignore4", StringComparison.Ordinal) ? 4 : null;
        var scores = new Scores(regions, [Metric.Dice]);
        var truths = LabelSource.List(ParityCases.Require("20-metrics", "nnunet_summary", "labelsTr"));
        foreach (var truth in truths)
        {
            scores.Add(truth.Case, new Comparison(
                LabelMap.Read(ParityCases.Require("20-metrics", "nnunet_summary", "predictions", Path.GetFileName(truth.Path))), truth.Read(), ignore));
        }

        var text = NnUnetSummary.ToJson(scores, [.. truths.Select(t => (Path.GetFileName(t.Path), Path.GetFileName(t.Path)))]);

        using var found = JsonDocument.Parse(text.Replace(": NaN", ": \"NaN\"", StringComparison.Ordinal));
        Check(expected.RootElement, found.RootElement, file);
    }

    private static void Check(JsonElement expected, JsonElement found, string at)
    {
        Assert.True(expected.ValueKind == found.ValueKind, $"{at}: {expected} and {found}");
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(expected.EnumerateObject().Select(p => p.Name).Order(), found.EnumerateObject().Select(p => p.Name).Order());
                foreach (var property in expected.EnumerateObject())
                {
                    Check(property.Value, found.GetProperty(property.Name), $"{at}/{property.Name}");
                }

                break;
            case JsonValueKind.Array:
                Assert.Equal(expected.GetArrayLength(), found.GetArrayLength());
                for (var i = 0; i < expected.GetArrayLength(); i++)
                {
                    Check(expected[i], found[i], $"{at}[{i}]");
                }

                break;
            case JsonValueKind.Number:
                Assert.Equal(expected.GetDouble(), found.GetDouble(), 1e-9);
                break;
            default:
                Assert.Equal(expected.ToString(), found.ToString());
                break;
        }
    }
}

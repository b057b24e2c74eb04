using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Metrics;

/// <summary>V_rand and V_info held against scripts/partition.py, which computes them from their definitions with scikit-image. Tolerance 1e-12.</summary>
public sealed class CellPartitionParityTests
{
    private static JsonArray Cases =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(ParityCases.Own, "cell-partition", "cases.json")))!["cases"]!.AsArray();

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Count)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Both_scores_follow_their_definitions(int number)
    {
        var expected = Cases[number]!;
        var (predicted, extent) = Read(expected["predicted"]!.AsArray());
        var (truth, _) = Read(expected["truth"]!.AsArray());

        var score = CellPartition.Of(predicted, truth, extent)!;

        Assert.Equal((double)expected["vrand"]!, score.Rand, 1e-12);
        Assert.Equal((double)expected["vinfo"]!, score.Information, 1e-12);
    }

    private static (bool[] Mask, Extent Extent) Read(JsonArray rows)
    {
        var lines = rows.Select(r => (string)r!).ToList();
        return ([.. lines.SelectMany(l => l.Select(c => c == '#'))], new Extent(lines[0].Length, lines.Count));
    }
}

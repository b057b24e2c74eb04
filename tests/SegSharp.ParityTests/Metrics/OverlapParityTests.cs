using System.Text.Json;
using SegSharp.Metrics;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Metrics;

/// <summary>Originals: plain counting, medpy d6abf410, MONAI d388d1c6. Tolerance: 1e-9 (float64), 1e-6 for MONAI's float32.</summary>
public sealed class OverlapParityTests
{
    public static TheoryData<string> Cases()
    {
        var file = Path.Combine(ParityCases.Root, "20-metrics", "binary_metrics.json");
        if (!File.Exists(file))
        {
            return [];
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. json.RootElement.GetProperty("cases").EnumerateObject().Select(c => c.Name)];
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Counts_and_overlap_are_those_of_the_originals(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(ParityCases.Require("20-metrics", "binary_metrics.json")));
        var expected = json.RootElement.GetProperty("cases").GetProperty(name);
        var expectedCounts = expected.GetProperty("counts");
        var (medpy, monai) = (expected.GetProperty("medpy"), expected.GetProperty("monai"));

        var counts = ConfusionCounts.Of(Labels(name, "pred"), Labels(name, "ref"), new Region("object", 1));

        Assert.Equal(
            new ConfusionCounts(Count("TP"), Count("FP"), Count("FN"), Count("TN")),
            counts);
        Check(monai.GetProperty("dice_ignore_empty_false"), new Dice(new() { Empty = EmptyRule.One }).Of(counts), 1e-6);
        Check(monai.GetProperty("iou_ignore_empty_false"), new IoU(new() { Empty = EmptyRule.One }).Of(counts), 1e-6);
        Check(medpy.GetProperty("dc"), new Dice(new() { Empty = EmptyRule.One }).Of(counts), 1e-9);
        Check(medpy.GetProperty("jc"), new IoU(new() { Empty = EmptyRule.One }).Of(counts), 1e-9);
        Check(medpy.GetProperty("precision"), new Precision(new() { Empty = EmptyRule.Zero }).Of(counts), 1e-9);
        Check(medpy.GetProperty("recall"), new Recall(new() { Empty = EmptyRule.Zero }).Of(counts), 1e-9);

        // medpy says 0 where the truth fills the image; here it is undefined.
        var specificity = Metric.Specificity.Of(counts);
        Check(medpy.GetProperty("specificity"), counts.TrueNegatives + counts.FalsePositives == 0 ? specificity ?? 0 : specificity, 1e-9);

        long Count(string key) => expectedCounts.GetProperty(key).GetInt64();
    }

    private static void Check(JsonElement expected, double? found, double tolerance)
    {
        Assert.NotNull(found);
        Assert.Equal(expected.GetDouble(), found.Value, tolerance);
    }

    private static ushort[] Labels(string name, string side)
    {
        var tensor = Npy.Read(ParityCases.Require("20-metrics", "masks", $"{name}.{side}.npy"));
        return Array.ConvertAll(tensor.Bytes.ToArray(), b => (ushort)b);
    }
}

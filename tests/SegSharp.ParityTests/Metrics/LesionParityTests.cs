using System.Text.Json;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Metrics;

/// <summary>Original: rachitsaluja/BraTS-2023-Metrics 43c90524. Tolerance 1e-6.</summary>
public sealed class LesionParityTests
{
    private static readonly Dictionary<string, Region> Regions = new()
    {
        ["WT"] = new("WT", [1, 2, 3]),
        ["TC"] = new("TC", [1, 3]),
        ["ET"] = new("ET", 3),
    };

    public static TheoryData<string, string> Cases()
    {
        var file = Path.Combine(ParityCases.Root, "20-metrics", "lesionwise", "expected.json");
        var rows = new TheoryData<string, string>();
        if (File.Exists(file))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                foreach (var region in entry.Value.GetProperty("table").EnumerateArray())
                {
                    rows.Add(entry.Name, region.GetProperty("Labels").GetString()!);
                }
            }
        }

        return rows;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Lesions_are_counted_and_scored_as_in_BraTS_2023(string name, string label)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(ParityCases.Require("20-metrics", "lesionwise", "expected.json")));
        var entry = json.RootElement.GetProperty(name);
        var row = entry.GetProperty("table").EnumerateArray().Single(r => r.GetProperty("Labels").GetString() == label);
        var (image, challenge) = name.Split('/') is [var i, var c] ? (i, c) : throw new InvalidDataException(name);
        var rules = LesionRules.All.Single(r => r.Name.Equals(challenge, StringComparison.OrdinalIgnoreCase));
        var comparison = new Comparison(Map("pred"), Map("ref"));
        var region = Regions[label];

        var found = LesionScores.Of(comparison, region, rules);

        Assert.Equal((int)row.GetProperty("Num_TP").GetDouble(), found.Found);
        Assert.Equal((int)row.GetProperty("Num_FP").GetDouble(), found.Spurious);
        Assert.Equal((int)row.GetProperty("Num_FN").GetDouble(), found.Missed);
        Assert.Equal(row.GetProperty("LesionWise_Score_Dice").GetDouble(), found.Dice, 1e-6);
        Assert.Equal(row.GetProperty("LesionWise_Score_HD95").GetDouble(), found.Hausdorff95, 1e-6);
        var counts = comparison.Counts(region);
        Assert.Equal(row.GetProperty("Legacy_Dice").GetDouble(), new Dice(new() { Empty = EmptyRule.One }).Of(counts)!.Value, 1e-6);
        Assert.Equal(row.GetProperty("Specificity").GetDouble(), Metric.Specificity.Of(counts)!.Value, 1e-6);
        Assert.Equal(row.GetProperty("GT_Complete_Volume").GetDouble(), counts.Truth * comparison.Truth.Geometry.VoxelVolume, 1e-6);
        var whole = comparison.Surfaces(region, SurfaceConvention.DeepMind)?.Hausdorff(95);
        Assert.Equal(row.GetProperty("Legacy_HD95").GetDouble(), whole ?? (counts.Predicted + counts.Truth == 0 ? 0 : rules.Penalty), 1e-6);

        var detail = entry.GetProperty("detail").GetProperty(label);
        Assert.Equal(detail.GetProperty("fp_pred_ids").GetArrayLength(), found.SpuriousParts.Count);
        var lesions = detail.GetProperty("per_lesion").EnumerateArray().ToList();
        Assert.Equal(lesions.Count, found.Lesions.Count);
        foreach (var (expected, lesion) in lesions.OrderBy(l => (Number(l, "ref_volume_mm3"), Number(l, "dice"))).Zip(found.Lesions.OrderBy(l => (l.Volume, l.Dice))))
        {
            Assert.Equal(Number(expected, "ref_volume_mm3"), lesion.Volume, 1e-6);
            Assert.Equal(expected.GetProperty("pred_ids").GetArrayLength(), lesion.Predicted.Count);
            Assert.Equal(Number(expected, "dice"), lesion.Dice, 1e-6);
            Assert.Equal(expected.GetProperty("hd95").ValueKind == JsonValueKind.Number ? Number(expected, "hd95") : null, lesion.Hausdorff95);
        }

        LabelMap Map(string side) => LabelMap.Read(ParityCases.Require("20-metrics", "lesionwise", $"{image}.{side}.nii.gz"));
        static double Number(JsonElement e, string key) => e.GetProperty(key).GetDouble();
    }
}

using System.Text.Json;
using SegSharp.Metrics;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Metrics;

/// <summary>Original: scikit-learn 1.2.1. Tolerance 1e-12.</summary>
public sealed class CurveParityTests
{
    private const double Tolerance = 1e-12;

    public static TheoryData<string> Cases(bool isMultiClass)
    {
        var file = Path.Combine(ParityCases.Root, "20-metrics", "roc_pr.json");
        if (!File.Exists(file))
        {
            return [];
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. json.RootElement.EnumerateObject().Where(c => c.Value.TryGetProperty("confusion", out _) == isMultiClass).Select(c => c.Name)];
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases), false)]
    public void Curves_and_their_areas_are_those_of_scikit_learn(string name)
    {
        using var json = Read();
        var expected = json.RootElement.GetProperty(name);
        var ranked = RankedScores.Of(Numbers(expected, "score"), [.. Numbers(expected, "y").Select(y => y != 0)]);

        var (roc, all, pr) = (RocCurve.Of(ranked)!, RocCurve.Of(ranked, all: true)!, PrecisionRecallCurve.Of(ranked)!);

        Check(expected.GetProperty("roc_auc").GetDouble(), roc.Area);
        Check(expected.GetProperty("roc_auc").GetDouble(), all.Area);
        Check(expected.GetProperty("average_precision").GetDouble(), pr.AveragePrecision);
        Check(expected.GetProperty("pr_auc_trapezoid").GetDouble(), pr.Area);
        Check(Numbers(expected.GetProperty("roc_curve"), "fpr"), roc.FalsePositiveRate);
        Check(Numbers(expected.GetProperty("roc_curve"), "tpr"), roc.TruePositiveRate);
        Check(Numbers(expected.GetProperty("roc_curve"), "thresholds"), roc.Thresholds);
        Check(Numbers(expected.GetProperty("roc_curve_no_drop"), "fpr"), all.FalsePositiveRate);
        Check(Numbers(expected.GetProperty("roc_curve_no_drop"), "tpr"), all.TruePositiveRate);
        Check(Numbers(expected.GetProperty("pr_curve"), "precision"), pr.Precision);
        Check(Numbers(expected.GetProperty("pr_curve"), "recall"), pr.Recall);
        Check(Numbers(expected.GetProperty("pr_curve"), "thresholds"), pr.Thresholds);
        if (expected.TryGetProperty("roc_auc_max_fpr_0.2", out var partial))
        {
            Check(partial.GetDouble(), roc.PartialArea(0.2));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases), true)]
    public void Several_classes_score_as_in_scikit_learn(string name)
    {
        using var json = Read();
        var expected = json.RootElement.GetProperty(name);
        int[] truth = [.. Numbers(expected, "y").Select(y => (int)y)];
        double[][] scores = [.. expected.GetProperty("score").EnumerateArray().Select(r => r.EnumerateArray().Select(v => v.GetDouble()).ToArray())];
        var matrix = new ConfusionMatrix([.. expected.GetProperty("confusion").EnumerateArray().Select(r => (IReadOnlyList<long>)[.. r.EnumerateArray().Select(v => v.GetInt64())])]);

        Check(expected.GetProperty("ovr_macro").GetDouble(), MultiClassRoc.OneAgainstRest(scores, truth)!.Value);
        Check(expected.GetProperty("ovo_macro").GetDouble(), MultiClassRoc.OneAgainstOne(scores, truth)!.Value);
        Check(expected.GetProperty("cohen_kappa").GetDouble(), matrix.Kappa!.Value);
        Check(expected.GetProperty("mcc").GetDouble(), matrix.Matthews!.Value);
        Check(expected.GetProperty("balanced_accuracy").GetDouble(), matrix.BalancedAccuracy!.Value);
    }

    private static JsonDocument Read() => JsonDocument.Parse(File.ReadAllBytes(ParityCases.Require("20-metrics", "roc_pr.json")));

    private static double[] Numbers(JsonElement at, string key) => [.. at.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];

    private static void Check(double expected, double found) => Assert.Equal(expected, found, Tolerance);

    private static void Check(double[] expected, IReadOnlyList<double> found)
    {
        Assert.Equal(expected.Length, found.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Check(expected[i], found[i]);
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

/// <summary>Thresholds and calibration, against sums over the voxels themselves.</summary>
public sealed class ProbabilityMeasureTests
{
    [Fact]
    public void Dice_at_every_threshold_is_that_of_the_voxels_above_it()
    {
        var images = new[] { Voxels(1, 400), Voxels(2, 300) };
        var search = new ThresholdSearch();
        foreach (var image in images)
        {
            search.Add(Counted(image));
        }

        var curve = search.Curve();

        Assert.Equal(99, curve.Count);
        foreach (var point in curve)
        {
            Assert.Equal(images.Average(i => Dice(i, point.Threshold)), point.Mean!.Value, 1e-12);
            Assert.Equal(Dice([.. images.SelectMany(i => i)], point.Threshold), point.Pooled!.Value, 1e-12);
        }

        Assert.Equal(curve.Max(c => c.Mean), search.Best()!.Mean);
        Assert.Equal(curve.Max(c => c.Pooled), search.Best(pooled: true)!.Pooled);
    }

    [Fact]
    public void Among_equal_thresholds_the_one_nearest_to_a_half_is_taken()
    {
        var search = new ThresholdSearch();
        search.Add(Counted([(1, true), (0, false)]));

        Assert.Equal((0.5, 1), (search.Best()!.Threshold, search.Best()!.Mean));
    }

    [Fact]
    public void Without_foreground_there_is_no_best_threshold()
    {
        var search = new ThresholdSearch();
        search.Add(Counted([(0.3f, false)]));

        Assert.Null(search.Best());
    }

    [Fact]
    public void Calibration_is_that_of_the_sums_over_the_voxels()
    {
        var voxels = Voxels(3, 5000);

        var c = Calibration.Of(Counted(voxels))!;

        var bins = voxels.GroupBy(v => Math.Min(14, (int)(v.P * 15))).ToList();
        Assert.Equal(bins.Sum(b => Math.Abs(b.Average(v => v.P) - b.Average(v => v.Truth ? 1.0 : 0)) * b.Count()) / voxels.Length, c.ExpectedError, 1e-4);
        Assert.Equal(voxels.Average(v => Math.Pow(v.P - (v.Truth ? 1 : 0), 2)), c.Brier, 1e-4);
        Assert.Equal(voxels.Average(v => -Math.Log(v.Truth ? v.P : 1 - v.P)), c.LogLoss, 1e-4);
        Assert.Equal(voxels.Length, c.Count);
    }

    [Fact]
    public void A_temperature_undoes_what_made_the_network_too_sure()
    {
        // True with probability p, but p is told with logits three times too large.
        var random = new RandomStream(5);
        var voxels = Enumerable.Range(0, 60000).Select(_ =>
        {
            var logit = random.Between(-2, 2);
            return (P: (float)(1 / (1 + Math.Exp(-3 * logit))), Truth: random.Between(0, 1) < 1 / (1 + Math.Exp(-logit)));
        }).ToArray();

        var c = Calibration.Of(Counted(voxels))!;

        Assert.Equal(3, c.Temperature, 0.15);
        Assert.True(c.ScaledLogLoss < c.LogLoss);
    }

    [Fact]
    public void Probabilities_that_mean_what_they_say_have_no_error()
    {
        var c = Calibration.Of(Counted([.. Enumerable.Range(0, 100).Select(i => (0.25f, i % 4 == 0))]))!;

        Assert.Equal(0, c.ExpectedError, 1e-4);
        Assert.Equal(1, c.Temperature, 0.01);
        Assert.Null(Calibration.Of(Counted([(0.001f, false)]), from: 0.01));
    }

    private static (float P, bool Truth)[] Voxels(long seed, int count)
    {
        var random = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (P: (float)random.Between(0.001, 0.999), Truth: random.Between(0, 1) < 0.4))];
    }

    private static ProbabilityHistogram Counted(IEnumerable<(float P, bool Truth)> voxels)
    {
        var histogram = new ProbabilityHistogram();
        foreach (var (p, truth) in voxels)
        {
            histogram.Add(p, truth);
        }

        return histogram;
    }

    // As counted: in steps of 1/65535.
    private static double Dice((float P, bool Truth)[] voxels, double threshold)
    {
        bool Above(float p) => (int)((p * ushort.MaxValue) + 0.5f) / (double)ushort.MaxValue > threshold;
        return 2.0 * voxels.Count(v => Above(v.P) && v.Truth) / (voxels.Count(v => Above(v.P)) + voxels.Count(v => v.Truth));
    }
}

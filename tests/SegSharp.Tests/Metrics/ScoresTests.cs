using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class ScoresTests
{
    private static readonly Region Object = new("object", 1);

    [Fact]
    public void The_toy_of_the_textbook_has_its_numbers()
    {
        var counts = new ConfusionCounts(8, 2, 4, 86);

        Assert.Equal(0.8, Metric.Precision.Of(counts)!.Value, 1e-12);
        Assert.Equal(8 / 12.0, Metric.Recall.Of(counts)!.Value, 1e-12);
        Assert.Equal(16 / 22.0, Metric.Dice.Of(counts)!.Value, 1e-12);
        Assert.Equal(8 / 14.0, Metric.IoU.Of(counts)!.Value, 1e-12);
        Assert.Equal(86 / 88.0, Metric.Specificity.Of(counts)!.Value, 1e-12);
        Assert.Equal(0.94, Metric.Accuracy.Of(counts)!.Value, 1e-12);
    }

    [Theory]
    [InlineData(EmptyRule.Undefined, null)]
    [InlineData(EmptyRule.One, 1.0)]
    [InlineData(EmptyRule.Zero, 0.0)]
    public void Two_empty_masks_follow_the_rule_and_one_is_zero(EmptyRule rule, double? expected)
    {
        foreach (var metric in Catalogue.Of(["dice", "iou", "precision", "recall"], rule))
        {
            Assert.Equal(expected, metric.Of(new ConfusionCounts(0, 0, 0, 10)));
            Assert.Equal(0, metric.Of(new ConfusionCounts(0, 3, 0, 7)));
            Assert.Equal(0, metric.Of(new ConfusionCounts(0, 0, 3, 7)));
        }
    }

    [Fact]
    public void No_count_gives_NaN()
    {
        foreach (var metric in Catalogue.Of([]))
        {
            foreach (var counts in new ConfusionCounts[] { default, new(0, 0, 0, 5), new(5, 0, 0, 0), new(0, 5, 0, 0), new(0, 0, 5, 0) })
            {
                Assert.False(double.IsNaN(metric.Of(counts) ?? 0), $"{metric} of {counts}");
            }
        }
    }

    [Fact]
    public void The_ignored_label_is_not_counted()
    {
        var counts = ConfusionCounts.Of([1, 1, 0, 1], [1, 9, 9, 0], Object, ignore: 9);

        Assert.Equal(new ConfusionCounts(1, 1, 0, 0), counts);
    }

    [Fact]
    public void A_region_is_the_union_of_its_labels()
    {
        var counts = ConfusionCounts.Of([1, 2, 0, 3], [2, 1, 1, 3], new Region("both", [1, 2]));

        Assert.Equal(new ConfusionCounts(2, 0, 1, 1), counts);
    }

    [Fact]
    public void Dice_is_symmetric_and_follows_from_IoU()
    {
        var random = new RandomStream(1);
        for (var i = 0; i < 100; i++)
        {
            var (a, b) = (Random(random), Random(random));
            var (ab, ba) = (ConfusionCounts.Of(a, b, Object), ConfusionCounts.Of(b, a, Object));

            Assert.Equal(Metric.Dice.Of(ab), Metric.Dice.Of(ba));
            if (Metric.IoU.Of(ab) is { } iou)
            {
                Assert.Equal(2 * iou / (1 + iou), Metric.Dice.Of(ab)!.Value, 1e-12);
            }
        }

        static ushort[] Random(RandomStream random) => [.. Enumerable.Range(0, 12).Select(_ => (ushort)random.Next(3))];
    }

    [Fact]
    public void Mean_and_pooled_weigh_images_and_pixels()
    {
        var scores = new Scores([Object], [Metric.Dice]);
        scores.Add("a", Pair([1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 0, 0]));     // Dice 1 on 4 pixels
        scores.Add("b", Pair([1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]));     // Dice 0 on 1 pixel
        scores.Add("c", Pair([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]));     // undefined

        Assert.Equal(new Average(0.5, 2, 3), scores.Mean(0, 0));
        Assert.Equal(0.8, scores.Pooled("object", Metric.Dice)!.Value, 1e-12);     // 8 / (5 + 5)
        Assert.Equal(0.5, scores["object", Metric.Dice]);
        Assert.Null(scores.Cases[2].Values[0][0]);
        Assert.Equal("6x1", scores.Grid);
    }

    [Fact]
    public void A_mean_that_counts_fewer_images_than_its_row_is_named()
    {
        var scores = new Scores([Object], Catalogue.Of(["dice", "accuracy"]));
        scores.Add("a", Pair([1, 1, 0], [1, 1, 0]));
        scores.Add("b", Pair([0, 0, 0], [0, 0, 0]));                       // Dice undefined, accuracy 1

        Assert.Equal(2, scores.Counted(0));
        Assert.Equal(["object: the mean of Dice counts 1 image, not 2; the others leave it undefined"], scores.CountedOtherwise());
    }

    [Fact]
    public void Grids_that_differ_cannot_be_compared()
    {
        var a = new LabelMap("pred", Geometry.Pixels(new Extent(2, 2)), [0, 1, 0, 1]);
        var b = new LabelMap("truth", Geometry.Pixels(new Extent(4, 1)), [0, 1, 0, 1]);

        var error = Assert.Throws<InputException>(() => new Comparison(a, b));

        Assert.Equal("prediction 'pred' is 2x2 but its truth 'truth' is 4x1", error.Message);
    }

    [Fact]
    public void An_unknown_metric_is_answered_with_those_that_exist()
    {
        var error = Assert.Throws<UsageException>(() => Catalogue.Of(["dise"]));

        Assert.Equal("unknown metric 'dise'; known: dice, asd, assd, iou, f1, hd, hd95, mcc, pq, vinfo, voi, arand, kappa, vrand, recall, precision, accuracy, surface-dice, specificity, volume-error, volume-difference", error.Message);
        Assert.Equal("did you mean 'dice'?", error.Fix);
    }

    public static TheoryData<string> Names() => [.. Catalogue.Metrics.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_perfect_prediction_scores_best_by_every_metric(string name)
    {
        var metric = Catalogue.Of([name])[0];

        Assert.Equal(name, metric.Key.Split('@')[0]);
        Assert.Equal(metric.HigherIsBetter ? 1 : 0, metric.Of(Pair([1, 1, 0, 2], [1, 1, 0, 2]), Object));
    }

    [Fact]
    public void Percentiles_and_tolerances_are_metrics_of_their_own()
    {
        var metrics = Catalogue.Of(["hd99.5", "surface-dice", "hd"], new MetricOptions { Tolerances = [1, 2.5] });

        Assert.Equal(["hd99.5", "surface-dice@1mm", "surface-dice@2.5mm", "hd"], metrics.Select(m => m.Key));
        var error = Assert.Throws<UsageException>(() => Catalogue.Of(["hd101"]));
        Assert.Equal("metric 'hd101' asks for percentile 101; it must lie above 0 and be at most 100", error.Message);
    }

    [Fact]
    public void Grids_that_lie_elsewhere_cannot_be_compared_and_rounding_can()
    {
        var grid = Geometry.Pixels(new Extent(4, 4, 4)) with { Spacing = new Triple(0.7, 0.7, 3) };
        var labels = new ushort[64];
        var truth = new LabelMap("truth", grid, labels);

        var error = Assert.Throws<InputException>(() => new Comparison(new LabelMap("pred", grid with { Origin = new Triple(0, 0, 1.5) }, labels), truth));
        var noise = new Comparison(new LabelMap("pred", grid with { Origin = new Triple(1e-6, 0, 0) }, labels), truth);

        Assert.Equal(
            "prediction 'pred' lies elsewhere than its truth 'truth': moved by half a voxel along z (1.5 mm); corners lie up to 1.5 mm apart",
            error.Message);
        Assert.Equal("segsharp data check --pair truth pred --fix mended/pred.nii.gz", error.Fix);
        Assert.Equal(GridMatch.RoundingNoise, noise.Match);
    }

    [Fact]
    public void Only_voxels_inside_the_region_of_interest_count()
    {
        var grid = Geometry.Pixels(new Extent(4, 1));
        LabelMap Map(string name, params ushort[] labels) => new(name, grid, labels);

        var comparison = new Comparison(Map("p", 1, 1, 0, 1), Map("t", 1, 0, 1, 0), within: Map("roi", 1, 1, 0, 0));

        Assert.Equal(new ConfusionCounts(1, 1, 0, 0), comparison.Counts(Object));
        Assert.Equal(1, comparison.Surfaces(Object, SurfaceConvention.Monai)!.Hausdorff());
    }

    [Fact]
    public void One_pass_for_all_regions_counts_what_a_pass_for_each_counts()
    {
        var random = new RandomStream(2);
        ushort[] Labels() => [.. Enumerable.Range(0, 360).Select(i => (ushort)(random.Chance(0.1) ? 300 : i / 7 % 2 == 0 ? 0 : random.Next(4)))];
        var (p, t) = (Labels(), Labels());
        var grid = Geometry.Pixels(new Extent(12, 6, 5));
        var comparison = new Comparison(new LabelMap("p", grid, p), new LabelMap("t", grid, t), ignore: 3);

        foreach (var region in (Region[])[new("one", 1), new("both", [1, 2]), new("far", 300), new("none", 9)])
        {
            Assert.Equal(ConfusionCounts.Of(p, t, region, 3), comparison.Counts(region));
        }
    }

    private static Comparison Pair(ushort[] prediction, ushort[] truth)
    {
        var grid = Geometry.Pixels(new Extent(truth.Length, 1));
        return new Comparison(new LabelMap("p", grid, prediction), new LabelMap("t", grid, truth));
    }
}

using System.Text.Json.Nodes;
using SegSharp.Imaging.Morphology;
using SegSharp.Metrics;
using SegSharp.ParityTests.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Metrics;

/// <summary>stardist, cellpose, scikit-image, MONAI, panoptica and panopticapi on maps of objects. Tolerance 1e-6; 1e-4 for MONAI.</summary>
public sealed class InstanceParityTests
{
    private const string Folder = "20-metrics/instances";

    public static TheoryData<string> Images => [.. Grid.Names(Folder, "*.true.npy").Select(n => n[..^".true".Length])];

    private static JsonObject Expected => JsonNode.Parse(File.ReadAllText(ParityCases.Require(Folder, "expected.json")))!.AsObject();

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Images))]
    public void Matching_is_that_of_stardist(string image)
    {
        var overlap = Overlap(image);
        foreach (var criterion in Enum.GetValues<MatchCriterion>())
        {
            foreach (var expected in Expected[image]![$"stardist_{criterion}".ToLowerInvariant()]!.AsArray())
            {
                Same(expected!, InstanceMatching.Of(overlap, new MatchingOptions { Criterion = criterion, Threshold = (double)expected!["thresh"]! }));
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Images))]
    public void The_pairs_that_count_are_those_of_stardist(string image)
    {
        var expected = Expected[image]!["stardist_iou_matches_0.5"]!;
        var counted = expected["matched_tps"]!.AsArray().Select(i => (int)i!).ToList();

        var pairs = InstanceMatching.Of(Overlap(image), new MatchingOptions()).Pairs;

        Assert.Equal(
            counted.Select(i => ((int)expected["matched_pairs"]![i]![0]!, (int)expected["matched_pairs"]![i]![1]!)),
            pairs.Select(p => (p.Truth, p.Prediction)));
        Assert.All(counted.Zip(pairs), p => Assert.Equal((double)expected["matched_scores"]![p.First]!, p.Second.Score, 1e-6));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Images))]
    public void Average_precision_and_aggregated_jaccard_are_those_of_cellpose(string image)
    {
        var expected = Expected[image]!["cellpose_average_precision"]!;
        var overlap = Overlap(image);
        var thresholds = Expected["thresholds"]!.AsArray();

        for (var i = 0; i < thresholds.Count; i++)
        {
            var matching = InstanceMatching.Of(overlap, new MatchingOptions { Threshold = (double)thresholds[i]! });
            Assert.Equal((double)expected["AP"]![i]!, matching.AveragePrecision!.Value, 1e-6);
            Assert.Equal((double)expected["TP"]![i]!, matching.Found);
            Assert.Equal((double)expected["FP"]![i]!, matching.Spurious);
            Assert.Equal((double)expected["FN"]![i]!, matching.Missed);
        }

        Assert.Equal((double)Expected[image]!["cellpose_aji"]!, InstanceMatching.AggregatedJaccard(overlap)!.Value, 1e-6);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Images))]
    public void Rand_error_and_variation_of_information_are_those_of_scikit_image(string image)
    {
        var overlap = Overlap(image);

        Same(Expected[image]!["skimage_adapted_rand"]!, Clustering.AdaptedRand(overlap));
        Same(Expected[image]!["skimage_adapted_rand_no_ignore"]!, Clustering.AdaptedRand(overlap, background: true));
        Same(Expected[image]!["skimage_voi"]!, Clustering.Variation(overlap));
        Same(Expected[image]!["skimage_voi_ignore0"]!, Clustering.Variation(overlap, background: false));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Images))]
    public void Panoptic_quality_is_that_of_MONAI_and_panoptica(string image)
    {
        var overlap = Overlap(image);
        var half = InstanceMatching.Of(overlap, new MatchingOptions());

        Assert.Equal((double)Expected[image]!["monai_pq_0.5"]!, half.PanopticQuality!.Value, 1e-4);
        Assert.Equal((double)Expected[image]!["monai_sq"]!, half.MeanMatched!.Value, 1e-4);
        Assert.Equal((double)Expected[image]!["monai_rq"]!, half.F1!.Value, 1e-4);
        Assert.Equal((double)Expected[image]!["monai_pq_0.3"]!, InstanceMatching.Of(overlap, new MatchingOptions { Threshold = 0.3 }).PanopticQuality!.Value, 1e-4);

        var panoptica = Expected[image]!["panoptica"]!;
        Assert.Equal([(int)panoptica["tp"]!, (int)panoptica["fp"]!, (int)panoptica["fn"]!], [half.Found, half.Spurious, half.Missed]);
        Assert.Equal((double)panoptica["pq"]!, half.PanopticQuality!.Value, 1e-6);
        Assert.Equal((double)panoptica["sq"]!, half.MeanMatched!.Value, 1e-6);
    }

    [Fact]
    public void Several_images_are_added_up_as_stardist_does()
    {
        var images = Images.Select(row => Overlap(row.Data)).ToList();
        foreach (var expected in Expected["stardist_dataset_by_image_False"]!.AsArray())
        {
            var options = new MatchingOptions { Threshold = (double)expected!["thresh"]! };

            Same(expected, images.Select(o => InstanceMatching.Of(o, options)).Aggregate((a, b) => a + b));
        }

        foreach (var expected in Expected["stardist_dataset_by_image_True"]!.AsArray())
        {
            var options = new MatchingOptions { Threshold = (double)expected!["thresh"]! };
            var each = images.ConvertAll(o => InstanceMatching.Of(o, options));

            Assert.Equal((double)expected["panoptic_quality"]!, each.Average(m => m.PanopticQuality!.Value), 1e-6);
            Assert.Equal((double)expected["accuracy"]!, each.Average(m => m.AveragePrecision!.Value), 1e-6);
            Assert.Equal((double)expected["precision"]!, each.Average(m => m.Precision ?? 0), 1e-6);
        }
    }

    [Fact]
    public void Coco_leaves_the_background_out_as_panopticapi_does()
    {
        var expected = Expected["panopticapi_all_images"]!;

        var all = Images.Select(row => InstanceMatching.OfCoco(Overlap(row.Data))).Aggregate((a, b) => a + b);

        Assert.Equal([(int)expected["tp"]!, (int)expected["fp"]!, (int)expected["fn"]!], [all.Found, all.Spurious, all.Missed]);
        Assert.Equal((double)expected["iou_sum"]!, all.ScoreSum, 1e-6);
        Assert.Equal((double)expected["result"]!["pq"]!, all.PanopticQuality!.Value, 1e-6);
    }

    [Fact]
    public void The_measures_of_the_ISBI_challenge_are_those_of_scikit_image()
    {
        var json = JsonNode.Parse(File.ReadAllText(ParityCases.Require("20-metrics", "isbi2012", "expected.json")))!;
        var truth = Grid.Read("20-metrics", "isbi2012", "true_interior.npy");
        var probability = Grid.Read("20-metrics", "isbi2012", "prob_interior.npy");
        var trueParts = Components.Label(truth.Mask, truth.Extent, Connectivity.Faces, out var trueCount);
        Assert.Equal((int)json["n_components_true"]!, trueCount);

        foreach (var (threshold, expected) in json["thresholds"]!.AsObject())
        {
            // The recorded map is in single precision, and was compared in it.
            var limit = (double)float.Parse(threshold, System.Globalization.CultureInfo.InvariantCulture);
            var mask = Array.ConvertAll(probability.Values, p => p > limit);
            var overlap = new InstanceOverlap(Components.Label(mask, truth.Extent, Connectivity.Faces, out var count), trueParts);

            Assert.Equal((int)expected!["n_components_pred"]!, count);
            Assert.Equal((double)expected["pixel_error_mean_abs_disagreement"]!, Clustering.PixelError(mask, truth.Mask)!.Value, 1e-6);
            Assert.Equal((double)expected["pixel_error_mean_squared_prob"]!, Clustering.PixelError(probability.Values, truth.Mask)!.Value, 1e-6);
            var rand = Clustering.AdaptedRand(overlap)!;
            var triple = expected["adapted_rand_error_precision_recall"]!;
            Assert.Equal((double)triple[0]!, rand.Error, 1e-6);
            Assert.Equal((double)triple[1]!, rand.Precision, 1e-6);
            Assert.Equal((double)triple[2]!, rand.Recall, 1e-6);
            Same(expected["voi"]!, Clustering.Variation(overlap));
            Same(expected["voi_ignore0"]!, Clustering.Variation(overlap, background: false));
        }
    }

    private static InstanceOverlap Overlap(string image) => new(
        Grid.Read(Folder, image + ".pred.npy").Whole,
        Grid.Read(Folder, image + ".true.npy").Whole);

    private static void Same(JsonNode expected, RandError? found)
    {
        Assert.Equal((double)expected["error"]!, found!.Error, 1e-6);
        Assert.Equal((double)expected["precision"]!, found.Precision, 1e-6);
        Assert.Equal((double)expected["recall"]!, found.Recall, 1e-6);
    }

    private static void Same(JsonNode expected, InformationVariation? found)
    {
        Assert.Equal((double)expected[0]!, found!.Splits, 1e-6);
        Assert.Equal((double)expected[1]!, found.Merges, 1e-6);
    }

    private static void Same(JsonNode expected, InstanceMatching found)
    {
        Assert.Equal([(int)expected["tp"]!, (int)expected["fp"]!, (int)expected["fn"]!], [found.Found, found.Spurious, found.Missed]);
        Assert.Equal([(int)expected["n_true"]!, (int)expected["n_pred"]!], [found.Truths, found.Predictions]);
        Assert.Equal((double)expected["precision"]!, found.Precision ?? 0, 1e-6);
        Assert.Equal((double)expected["recall"]!, found.Recall ?? 0, 1e-6);
        Assert.Equal((double)expected["accuracy"]!, found.AveragePrecision ?? 0, 1e-6);
        Assert.Equal((double)expected["f1"]!, found.F1 ?? 0, 1e-6);
        Assert.Equal((double)expected["mean_true_score"]!, found.MeanTrue ?? 0, 1e-6);
        Assert.Equal((double)expected["mean_matched_score"]!, found.MeanMatched ?? 0, 1e-6);
        Assert.Equal((double)expected["panoptic_quality"]!, found.PanopticQuality ?? 0, 1e-6);
    }
}

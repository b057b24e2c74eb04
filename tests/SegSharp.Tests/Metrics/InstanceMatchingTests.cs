using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class InstanceMatchingTests
{
    [Fact]
    public void Two_of_three_cells_are_found()
    {
        // Truth 1 and 2 are met by 7 (3 of 4 voxels) and 8 (exactly), 3 is missed, 9 is invented.
        int[] truth = [1, 1, 1, 1, 0, 2, 2, 0, 3, 3, 0, 0];
        int[] prediction = [7, 7, 7, 0, 0, 8, 8, 0, 0, 0, 0, 9];

        var matching = InstanceMatching.Of(new InstanceOverlap(prediction, truth), new MatchingOptions());

        Assert.Equal((2, 1, 1, 1.75), (matching.Found, matching.Spurious, matching.Missed, matching.ScoreSum));
        Assert.Equal([new MatchedPair(1, 7, 0.75), new MatchedPair(2, 8, 1)], matching.Pairs);
        Assert.Equal(1.75 / 3, matching.PanopticQuality);
        Assert.Equal(0.5, matching.AveragePrecision);
        Assert.Equal(5 / 9.0, InstanceMatching.AggregatedJaccard(new InstanceOverlap(prediction, truth)));
    }

    [Fact]
    public void Nothing_on_both_sides_is_undefined_and_nothing_on_one_side_is_zero()
    {
        var nothing = InstanceMatching.Of(new InstanceOverlap(new int[3], new int[3]), new MatchingOptions());
        var missed = InstanceMatching.Of(new InstanceOverlap(new int[3], [1, 1, 0]), new MatchingOptions());

        Assert.Null(nothing.PanopticQuality);
        Assert.Null(nothing.Precision);
        Assert.Null(InstanceMatching.AggregatedJaccard(new InstanceOverlap(new int[3], new int[3])));
        Assert.Equal(0, missed.PanopticQuality);
        Assert.Equal((0, 0, 1), (missed.Found, missed.Spurious, missed.Missed));
    }

    [Fact]
    public void The_connected_parts_of_a_region_are_its_objects_and_ignored_voxels_belong_to_none()
    {
        var geometry = Geometry.Pixels(new Extent(7, 1));
        var truth = new LabelMap("truth", geometry, [1, 2, 0, 1, 9, 1, 0]);
        var prediction = new LabelMap("prediction", geometry, [1, 1, 0, 1, 1, 1, 0]);

        var overlap = InstanceOverlap.OfParts(new Comparison(prediction, truth, ignore: 9), new Region("both", [1, 2]), Connectivity.Faces);

        Assert.Equal([1, 2, 3], overlap.Truths);
        Assert.Equal([1, 2, 3], overlap.Predictions);
        Assert.Equal(4, overlap.Union);
        Assert.Equal(2, overlap.Both(1, 1));
    }

    [Fact]
    public void A_bad_threshold_is_named()
    {
        var e = Assert.Throws<UsageException>(() => InstanceMatching.Of(new InstanceOverlap([1], [1]), new MatchingOptions { Threshold = 0 }));

        Assert.Equal("matching.threshold is 0; it must be more than 0 and at most 1", e.Message);
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(4, 7)]
    [InlineData(7, 4)]
    [InlineData(1, 3)]
    public void The_assignment_is_the_cheapest_of_all(int rows, int columns)
    {
        var random = new RandomStream(3);
        var costs = new double[rows, columns];
        for (var i = 0; i < costs.Length; i++)
        {
            costs[i / columns, i % columns] = random.Between(-1, 1);
        }

        var paired = Assignment.Least(costs);

        var used = paired.Where(c => c >= 0).ToList();
        Assert.Equal(Math.Min(rows, columns), used.Distinct().Count());
        var sum = Enumerable.Range(0, rows).Where(r => paired[r] >= 0).Sum(r => costs[r, paired[r]]);
        Assert.Equal(Cheapest(costs, 0, 0, used.Count), sum, 1e-12);
    }

    // Every way to pair, by trying.
    private static double Cheapest(double[,] costs, int row, int taken, int left)
    {
        if (left == 0)
        {
            return 0;
        }

        var rows = costs.GetLength(0) - row;
        var best = rows > left ? Cheapest(costs, row + 1, taken, left) : double.PositiveInfinity;
        for (var c = 0; c < costs.GetLength(1) && rows >= left; c++)
        {
            if ((taken & (1 << c)) == 0)
            {
                best = Math.Min(best, costs[row, c] + Cheapest(costs, row + 1, taken | (1 << c), left - 1));
            }
        }

        return best;
    }
}

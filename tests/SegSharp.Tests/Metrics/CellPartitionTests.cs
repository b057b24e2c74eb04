using SegSharp.Imaging;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class CellPartitionTests
{
    // Three cells of 3 x 4 = 12 pixels, divided by columns 3 and 7 of 11.
    private static readonly Extent Page = new(11, 4);

    [Fact]
    public void A_border_in_the_right_place_is_perfect_however_thick_it_is()
    {
        var truth = Columns(3, 7);

        // Thinned, columns 2 to 4 are column 3.
        Assert.Equal(new PartitionScore(1, 1), CellPartition.Of(Columns(3, 7), truth, Page));
        Assert.Equal(CellPartition.Of(Columns(3, 7), truth, Page, thin: false), CellPartition.Of(Columns(3, 7), truth, Page));
    }

    [Fact]
    public void A_missing_border_joins_two_cells()
    {
        var score = CellPartition.Of(Columns(3), Columns(3, 7), Page)!;

        // Together in both: 3 * 12^2; in truth the same; in the prediction 12^2 + 24^2.
        Assert.Equal(2 * 432.0 / (432 + 720), score.Rand, 1e-12);

        // H(truth) = log2 3; H(prediction) = its own; the prediction follows from the truth, so it is all they share.
        var prediction = -((1 / 3.0 * Math.Log2(1 / 3.0)) + (2 / 3.0 * Math.Log2(2 / 3.0)));
        Assert.Equal(2 * prediction / (prediction + Math.Log2(3)), score.Information, 1e-12);
    }

    [Fact]
    public void A_border_pixel_inside_a_true_cell_is_a_cell_of_its_own()
    {
        var predicted = Columns(3, 7);
        predicted[1] = true;                                                    // (1, 0)

        var score = CellPartition.Of(predicted, Columns(3, 7), Page, thin: false)!;

        var both = (2 * 144.0) + 121 + 1;
        Assert.Equal(2 * both / (432 + both), score.Rand, 1e-12);
    }

    [Fact]
    public void Pages_are_cut_by_themselves_and_counted_together()
    {
        var truth = Columns(3, 7).Concat(Columns(3, 7)).ToArray();

        var score = CellPartition.Of(Columns(3, 7).Concat(Columns(3)).ToArray(), truth, new(11, 4, 2))!;

        Assert.Equal(2 * 864.0 / (864 + 432 + 720), score.Rand, 1e-12);
    }

    [Fact]
    public void Nothing_inside_a_true_cell_is_undefined_and_what_does_not_count_is_left_out()
    {
        var all = Enumerable.Repeat(true, 44).ToArray();

        Assert.Null(CellPartition.Of(all, all, Page));
        Assert.Equal(1, CellPartition.Of(Columns(3), Columns(3, 7), Page, i => i % 11 < 7)!.Rand);
    }

    [Fact]
    public void The_best_threshold_shows_in_the_curve()
    {
        var truth = Columns(3, 7);
        var probabilities = Array.ConvertAll(truth, t => t ? 0.65f : 0.25f);
        var curve = new PartitionCurve();

        curve.Add(probabilities, truth, Page);

        Assert.Equal(1, curve.Count);
        Assert.Equal([0.3, 0.4, 0.5, 0.6], PartitionCurve.Thresholds.Where((_, i) => curve.Rand[i] == 1));
        Assert.Equal(1, curve.Information[5]);
        Assert.True(curve.Rand[7] < 1 && curve.Information[7] < 1);
    }

    [Fact]
    public void Both_are_metrics_of_the_border_label()
    {
        var region = new Region("membrane", 1);
        LabelMap Map(bool[] border) => new("map", Geometry.Pixels(Page), Array.ConvertAll(border, b => (ushort)(b ? 1 : 0)));
        var comparison = new Comparison(Map(Columns(3)), Map(Columns(3, 7)));
        var expected = CellPartition.Of(Columns(3), Columns(3, 7), Page)!;

        var metrics = Catalogue.Of(["vrand", "vinfo"]);

        Assert.Equal([expected.Rand, expected.Information], metrics.Select(m => m.Of(comparison, region)!.Value));
        Assert.All(metrics, m => Assert.Null(m.Of(comparison, new Region("absent", 7))));
    }

    private static bool[] Columns(params int[] columns) => [.. Enumerable.Range(0, 44).Select(i => columns.Contains(i % 11))];
}

using SegSharp.Figures.Reports;
using SegSharp.Imaging;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class EvaluationReportTests
{
    [Fact]
    public void An_image_without_a_score_is_neither_best_nor_worst()
    {
        var scores = new Scores([new Region("object", [1])], [Metric.Dice]);
        scores.Add("empty", Pair([0, 0], [0, 0]));
        scores.Add("good", Pair([1, 0], [1, 0]));
        scores.Add("bad", Pair([1, 0], [0, 1]));

        Assert.Equal([(2, "worst"), (1, "best"), (0, "undefined")], EvaluationReport.ToShow(scores, most: 6));
        Assert.Equal([(2, "worst"), (1, "best")], EvaluationReport.ToShow(scores, most: 2));
        Assert.Equal([(2, (string?)null)], EvaluationReport.ToShow(scores, most: 1));
    }

    private static Comparison Pair(ushort[] prediction, ushort[] truth)
    {
        var grid = Geometry.Pixels(new Extent(truth.Length, 1));
        return new Comparison(new LabelMap("p", grid, prediction), new LabelMap("t", grid, truth));
    }
}

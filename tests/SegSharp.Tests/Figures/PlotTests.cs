using System.Xml.Linq;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Plots;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class PlotTests
{
    [Fact]
    public void Curves_name_their_lines_axes_and_best_epoch()
    {
        var figure = new CurveFigure(
            [
                new Plot
                {
                    Title = "Dice",
                    Range = (0, 1),
                    Series = [Series.ByEpoch("validation", [0.2, 0.6, 0.5])],
                    Marker = new(2, "best 0.600 at 2"),
                },
            ],
            "run");

        var texts = Texts(figure);

        Assert.Equal(["run", "Dice", "0", "0.2", "0.4", "0.6", "0.8", "1.0", "1", "2", "3", "epoch", "best 0.600 at 2", "validation"], texts);
    }

    [Fact]
    public void A_value_lies_where_its_tick_says()
    {
        var figure = new CurveFigure([new Plot { Title = "Dice", Range = (0, 1), Series = [Series.ByEpoch("v", [0, 1.0])] }]);

        var svg = XDocument.Parse(figure.ToSvg());

        var line = svg.Descendants().Last(e => e.Name.LocalName == "polyline").Attribute("points")!.Value;
        var grid = svg.Descendants().Where(e => e.Name.LocalName == "polyline" && e.Attribute("class")?.Value == "s-grid").Select(e => e.Attribute("points")!.Value.Split(' ', ',')).ToArray();
        Assert.Equal($"{grid[0][0]},{grid[0][1]} {grid[^1][2]},{grid[^1][3]}", line);
    }

    [Fact]
    public void A_missing_value_breaks_the_line()
    {
        var figure = new CurveFigure([new Plot { Title = "Loss", Series = [Series.ByEpoch("v", [1.0, 2.0, null, 4.0, 5.0])] }]);

        var lines = XDocument.Parse(figure.ToSvg()).Descendants().Count(e => e.Attribute("stroke")?.Value == Palette.Lines[0].Html);

        Assert.Equal(2, lines);
    }

    [Fact]
    public void A_plot_without_values_says_so()
    {
        var figure = new CurveFigure([new Plot { Title = "Dice", Series = [] }]);

        Assert.Equal(["Dice", "no values yet"], Texts(figure));
        Assert.NotEmpty(figure.ToPng());
    }

    [Fact]
    public void Names_that_would_lie_on_one_another_are_moved_apart_within_the_plot()
    {
        var placed = Frame.Spread([99, 100, 50, 98], distance: 13, low: 0, high: 100);

        Assert.Equal([87, 100, 50, 74], placed);
    }

    [Fact]
    public void No_text_leaves_the_sheet()
    {
        var figure = new CurveFigure(
            [
                new Plot { Title = "Loss", IsLog = true, YName = "nats", Series = [Series.ByEpoch("a rather long name of a line", [1e-7, 1e-2])] },
                new Plot { Title = "Rate", Series = [Series.ByEpoch("x", [1e-5, 3e-5])], Marker = new(1, "best of a long explanation at 1") },
            ]);
        var (width, height) = figure.Size();

        foreach (var text in XDocument.Parse(figure.ToSvg()).Descendants().Where(e => e.Name.LocalName == "text" && e.Attribute("x") is not null))
        {
            var (x, y, length) = ((double)text.Attribute("x")!, (double)text.Attribute("y")!, (double?)text.Attribute("textLength") ?? 8);
            var left = (string?)text.Attribute("text-anchor") switch { "middle" => x - (length / 2), "end" => x - length, _ => x };
            Assert.True(left >= 0 && left + length <= width && y > 5 && y < height, $"'{text.Value}' leaves the sheet");
        }
    }

    [Fact]
    public void Training_curves_mark_the_first_epoch_with_the_best_score()
    {
        var curves = new TrainingCurves
        {
            LossName = "BCE",
            TrainingLoss = [1, 0.5, 0.1],
            Score = [null, 0.5, double.NaN, 0.75, 0.75],
            Grid = "128×128",
            Rate = [1e-3, 1e-3, 1e-4],
        };

        var texts = Texts(curves.Draw());

        Assert.Subset(
            texts.ToHashSet(StringComparer.Ordinal),
            new HashSet<string>(["Loss (BCE)", "log scale", "training", "Validation Dice, pooled, at 128×128", "best 0.750, epoch 4", "Learning rate"], StringComparer.Ordinal));
        Assert.DoesNotContain("2.5", texts);
    }

    [Fact]
    public void Training_curves_can_be_drawn_before_the_first_validation()
    {
        var curves = new TrainingCurves { LossName = "BCE", TrainingLoss = [], Score = [null] };

        Assert.Equal(2, Texts(curves.Draw()).Count(t => t == "no values yet"));
    }

    [Fact]
    public void Threads_draw_the_same_picture()
    {
        var figure = new CurveFigure([new Plot { Title = "Loss", Series = [Series.ByEpoch("v", [1, 0.5, 0.25])] }]);
        var expected = figure.ToPng();

        var all = new byte[8][];
        Parallel.For(0, all.Length, i => all[i] = figure.ToPng());

        Assert.All(all, png => Assert.Equal(expected, png));
    }

    [Fact]
    public void A_histogram_counts_every_finite_value_once()
    {
        var histogram = Histogram.Of("h", [-1, 0, 0.49, 0.5, 1, 2, double.NaN], 0, 1, bins: 2);

        Assert.Equal([3, 3], histogram.Counts);
    }

    [Fact]
    public void A_histogram_is_drawn_with_its_names()
    {
        var figure = new HistogramFigure([new("before", 0, 255, [1, 3]), new("after", 0, 255, [2, 2])], "Intensities", "grey value");

        Assert.Subset(Texts(figure).ToHashSet(StringComparer.Ordinal), new HashSet<string>(["Intensities", "before", "after", "grey value", "share per bin"], StringComparer.Ordinal));
    }

    internal static List<string> Texts(Figure figure) =>
        [.. XDocument.Parse(figure.ToSvg()).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
}

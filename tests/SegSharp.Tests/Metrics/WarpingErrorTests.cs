using SegSharp.Imaging;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class WarpingErrorTests
{
    [Fact]
    public void A_moved_border_costs_nothing()
    {
        var truth = """
            ###.####
            ###.####
            ###.####
            """;
        var prediction = """
            ####.###
            ####.###
            ####.###
            """;

        Assert.Equal(0, Error(prediction, truth));
    }

    [Fact]
    public void A_merger_costs_the_pixel_that_joins_the_cells()
    {
        var truth = """
            ###.####
            ###.####
            ###.####
            """;
        var prediction = """
            ###.####
            ########
            ###.####
            """;

        Assert.Equal(1 / 24.0, Error(prediction, truth));
    }

    [Fact]
    public void A_split_costs_a_pixel_of_the_line_that_cuts()
    {
        var truth = """
            ########
            ########
            ########
            """;
        var prediction = """
            ###.####
            ###.####
            ###.####
            """;

        Assert.Equal(1 / 24.0, Error(prediction, truth));
    }

    [Fact]
    public void A_hole_and_an_invented_island_cost_their_last_pixel()
    {
        var truth = """
            .........
            .#####...
            .#####...
            .#####...
            .#####...
            .........
            """;
        var prediction = """
            .........
            .#####...
            .#..##.##
            .#..##.##
            .#####...
            .........
            """;

        // The hole of four pixels cannot be opened, the island of four not be made: all eight stay wrong.
        Assert.Equal(8 / 54.0, Error(prediction, truth));
    }

    [Fact]
    public void A_missed_cell_shrinks_to_a_single_wrong_pixel()
    {
        var truth = """
            ......
            .####.
            .####.
            ......
            """;

        Assert.Equal(1 / 24.0, Error(new string('.', 24), truth));
    }

    [Fact]
    public void Pages_do_not_see_each_other()
    {
        // A column through all pages, missed in the second: one wrong pixel there.
        var truth = Enumerable.Repeat(new bool[] { false, false, false, false, true, false, false, false, false }, 3).SelectMany(p => p).ToArray();
        var prediction = truth.ToArray();
        prediction[13] = false;

        Assert.Equal(1 / 27.0, WarpingError.Of(prediction, truth, new Extent(3, 3, 3)));
    }

    private static double? Error(string prediction, string truth)
    {
        var width = truth.IndexOf('\n', StringComparison.Ordinal);
        var mask = Mask(truth);
        return WarpingError.Of(Mask(prediction), mask, new Extent(width, mask.Length / width));
    }

    private static bool[] Mask(string rows) => [.. rows.ReplaceLineEndings("").Select(c => c == '#')];
}

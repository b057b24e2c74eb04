using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class StructureTests
{
    private static readonly Region Object = new("object", 1);

    [Fact]
    public void Three_objects_two_found_one_invented()
    {
        var comparison = Pair(
            [1, 0, 0, 1, 0, 0, 0, 0, 0, 1],
            [1, 1, 0, 1, 1, 0, 1, 1, 0, 0]);

        var found = Detection.Of(comparison, Object);

        Assert.Equal(new Detection(3, 2, 3, 1), found);
        Assert.Equal((2 / 3.0, 2 / 3.0), (found.Recall, found.Precision));
        Assert.Equal(2 / 3.0, found.F1!.Value, 1e-12);
        Assert.Equal(new Detection(3, 0, 3, 3), Detection.Of(comparison, Object, overlap: 0.6));        // both pairs overlap by half
    }

    [Fact]
    public void A_missed_and_an_invented_structure_stand_beside_the_mean()
    {
        var scores = new Scores([Object], Catalogue.Of(["dice", "hd95"]));
        scores.Add("found", Pair([1, 1, 0], [1, 1, 0]));
        scores.Add("missed", Pair([0, 0, 0], [1, 1, 0]));
        scores.Add("invented", Pair([0, 1, 0], [0, 0, 0]));
        scores.Add("absent", Pair([0, 0, 0], [0, 0, 0]));

        Assert.Equal((1, 1, 1), (scores.Missed(0), scores.Spurious(0), scores.Absent(0)));
        Assert.Equal(new Average(1 / 3.0, 3, 4), scores.Mean(0, 0));
        Assert.Equal(new Average(0, 1, 4), scores.Mean(0, 1));          // HD95 knows only the one that was found: hence the counts
    }

    [Fact]
    public void Generalised_Dice_weighs_small_structures_as_large_ones()
    {
        Assert.Equal(1, GeneralisedDice.Of([new(100, 0, 0, 0), new(4, 0, 0, 0)])!.Value, 1e-12);

        // The large one is perfect, the small one missed: 2 (100 / 100²) / (200 / 100² + 4 / 4²).
        Assert.Equal(0.02 / (0.02 + 0.25), GeneralisedDice.Of([new(100, 0, 0, 0), new(0, 0, 4, 0)])!.Value, 1e-12);
        Assert.Null(GeneralisedDice.Of([new(0, 3, 0, 5)]));
    }

    [Fact]
    public void Regions_are_read_from_the_command_line()
    {
        var regions = Region.Parse("WT=1+2+4, ET=4");

        Assert.Equal([new Region("WT", [1, 2, 4]), new Region("ET", 4)], regions);
        var error = Assert.Throws<UsageException>(() => Region.Parse("WT=1+x"));
        Assert.Equal("regions are 'WT=1+x', expected a list such as WT=1+2+3+4,TC=1+3+4,ET=4 with each name once", error.Message);
    }

    private static Comparison Pair(ushort[] prediction, ushort[] truth)
    {
        var grid = Geometry.Pixels(new Extent(truth.Length, 1));
        return new Comparison(new LabelMap("p", grid, prediction), new LabelMap("t", grid, truth));
    }
}

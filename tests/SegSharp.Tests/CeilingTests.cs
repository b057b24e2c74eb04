using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests;

public sealed class CeilingTests
{
    private static readonly PreparationOptions Half = new() { Crop = new Extent(192, 192), Size = new Extent(96, 96, 77) };
    private static readonly Region Ball = new("ball", 1);

    [Theory]
    [InlineData(20, 0.9585)]
    [InlineData(10, 0.9181)]
    [InlineData(5, 0.8315)]
    [InlineData(3, 0.6809)]
    public void A_ball_at_half_the_size_by_nearest_voxels_comes_back_as_reckoned(int radius, double dice)
    {
        var ceiling = Ceiling.Of(Centred(radius), Half with { LabelOrder = Interpolation.Nearest }, [Ball]);

        Assert.Equal(dice, Assert.Single(ceiling).Dice!.Value, 0.0001);
    }

    [Fact]
    public void A_preparation_that_keeps_the_grid_costs_nothing_and_one_that_cuts_away_costs_all()
    {
        var map = Centred(10);

        Assert.Equal(1, Ceiling.Of(map, new(), [Ball])[0].Dice);
        Assert.Equal(0, Ceiling.Of(Corner(), Half, [Ball])[0].Dice);
        Assert.Null(Ceiling.Of(map, Half, [new Region("nothing", 4)])[0].Dice);
    }

    [Fact]
    public void Regions_are_unions_of_labels()
    {
        var map = Centred(12).Select(l => l == 0 ? (ushort)0 : (ushort)4);

        var ceilings = Ceiling.Of(map, Half, [new("WT", [1, 2, 4]), new("ET", 4)]);

        Assert.Equal(ceilings[0].Dice, ceilings[1].Dice);
        Assert.InRange(ceilings[0].Dice!.Value, 0.9, 1);
    }

    private static LabelMap Centred(int radius)
    {
        var grid = Geometry.Pixels(new Extent(240, 240, 155));
        var labels = new ushort[grid.Extent.Count];
        for (var i = 0; i < labels.Length; i++)
        {
            var (x, y, z) = ((i % 240) - 120, (i / 240 % 240) - 120, (i / (240 * 240)) - 77);
            labels[i] = (x * x) + (y * y) + (z * z) <= radius * radius ? (ushort)1 : (ushort)0;
        }

        return new LabelMap("ball", grid, labels);
    }

    private static LabelMap Corner()
    {
        var grid = Geometry.Pixels(new Extent(240, 240, 155));
        var labels = new ushort[grid.Extent.Count];
        labels[0] = 1;
        return new LabelMap("corner", grid, labels);
    }
}

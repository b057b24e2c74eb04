using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using Xunit;

namespace SegSharp.Tests.Imaging.Morphology;

public sealed class BorderWeightsTests
{
    [Fact]
    public void The_formula_holds_between_two_cells()
    {
        // Cells at x = 2 and x = 7; the pixel at x = 4 is 2 and 3 away.
        var map = new LabelMap("a", Geometry.Pixels(new Extent(10, 1)), [0, 0, 5, 0, 0, 0, 0, 9, 0, 0]);

        var weights = BorderWeights.Of(map, new BorderWeightsOptions { Cells = 2 });

        Assert.Equal(1 + (10 * Math.Exp(-25 / 50.0)), weights[4], 1e-6);
        Assert.Equal(2f, weights[2]);
    }

    [Fact]
    public void One_cell_alone_has_no_border()
    {
        var map = new LabelMap("a", Geometry.Pixels(new Extent(4, 1)), [0, 3, 3, 0]);

        Assert.Equal([1f, 4, 4, 1], BorderWeights.Of(map, new BorderWeightsOptions { Cells = 4 }));
    }

    [Fact]
    public void Pages_do_not_see_each_other()
    {
        var map = new LabelMap("a", Geometry.Pixels(new Extent(3, 1, 2)), [1, 0, 0, 0, 0, 2]);

        Assert.Equal([1f, 1, 1, 1, 1, 1], BorderWeights.Of(map, new BorderWeightsOptions()));
    }

    [Fact]
    public void Every_bad_option_is_named()
    {
        var e = Assert.Throws<UsageException>(() => BorderWeights.Of(new bool[1], new Extent(1, 1), new BorderWeightsOptions { Sigma = 0, Height = -1 }));

        Assert.Equal("borderWeights.height is -1; it must be 0 or more; borderWeights.sigma is 0; it must be more than 0", e.Message);
    }
}

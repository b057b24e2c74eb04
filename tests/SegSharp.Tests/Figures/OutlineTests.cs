using SegSharp.Figures.Volumes;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class OutlineTests
{
    [Fact]
    public void A_pixel_has_the_middles_of_its_four_edges()
    {
        var outline = Assert.Single(Outline.Of([0, 0, 0, 0, 7, 0, 0, 0, 0], 3));

        Assert.Equal(7, outline.Label);
        Assert.Equal([(1.5, 1, 0, 1), (2, 1.5, -1, 0), (1.5, 2, 0, -1), (1, 1.5, 1, 0)], outline.Points);
    }

    [Fact]
    public void Straight_borders_have_no_points_between_their_ends()
    {
        var outline = Assert.Single(Outline.Of([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0], 5));

        Assert.Equal([(1.5, 1), (3.5, 1), (4, 1.5), (4, 2.5), (3.5, 3), (1.5, 3), (1, 2.5), (1, 1.5)], outline.Points.Select(p => (p.X, p.Y)));
    }

    [Fact]
    public void A_hole_and_parts_that_touch_by_a_corner_have_lines_of_their_own()
    {
        Assert.Equal(2, Outline.Of([1, 1, 1, 1, 0, 1, 1, 1, 1], 3).Count);
        Assert.Equal(2, Outline.Of([1, 0, 0, 1], 2).Count);
    }

    [Fact]
    public void Labels_that_touch_both_have_their_outline()
    {
        Assert.Equal([1, 2], Outline.Of([1, 1, 2, 2], 4).Select(o => o.Label));
    }

    [Fact]
    public void A_label_that_fills_the_picture_is_outlined_at_its_edge()
    {
        var outline = Assert.Single(Outline.Of([3, 3, 3, 3], 2));

        Assert.Equal((0, 2), (outline.Points.Min(p => p.X), outline.Points.Max(p => p.Y)));
    }
}

using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Augmentation;

public sealed class HazeTests
{
    private static readonly Sample Dark = new() { Id = "dark", Extent = new(5, 3), Channels = 1, Image = [.. Enumerable.Range(0, 15).Select(i => i == 14 ? 2f : 0f)] };

    [Fact]
    public void A_glow_is_brightest_in_its_middle_and_falls_as_a_Gaussian()
    {
        var image = new Haze(0.5, 0.5, 0.4, 0.25).Apply(Dark).Image;

        // A quarter of the range of 2 at (2, 1); one standard deviation is 0.4 * 5 = 2 pixels.
        Assert.Equal(0.5f, image[7], 1e-6f);
        Assert.Equal(0.5f * MathF.Exp(-0.5f), image[5], 1e-6f);
        Assert.Equal(0.5f * MathF.Exp(-0.125f), image[2], 1e-6f);
        Assert.Equal(0, Dark.Image[7]);
    }

    [Fact]
    public void A_constant_image_has_no_range_and_stays()
    {
        var flat = Dark with { Image = [.. Enumerable.Repeat(3f, 15)] };

        Assert.Equal(flat.Image, new Haze(0.5, 0.5, 0.4, 0.25).Apply(flat).Image);
    }

    [Fact]
    public void What_is_drawn_lies_in_the_options_range()
    {
        var haze = new RandomHaze(new() { Probability = 1, Low = 0.2, High = 0.3 });

        Assert.All(Enumerable.Range(0, 50), i =>
        {
            var drawn = Assert.IsType<Haze>(haze.Draw(new RandomStream(i), Dark.Extent));
            Assert.InRange(drawn.Light, 0.2, 0.3);
            Assert.InRange(drawn.Width, 0.25, 1);
        });
    }
}

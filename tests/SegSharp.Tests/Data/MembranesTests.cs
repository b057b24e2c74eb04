using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class MembranesTests
{
    private static readonly List<MembranePicture> Ten = [.. Enumerable.Range(0, 10).Select(i => Membranes.Draw(new() { Seed = 4, Width = 160, Height = 128 }, i))];

    [Fact]
    public void The_same_seed_draws_the_same_picture_whatever_the_count()
    {
        var again = Membranes.Draw(new() { Seed = 4, Width = 160, Height = 128, Count = 3 }, 2);
        var other = Membranes.Draw(new() { Seed = 5, Width = 160, Height = 128 }, 2);

        Assert.Equal(Ten[2].Image, again.Image);
        Assert.Equal(Ten[2].Labels, again.Labels);
        Assert.NotEqual(Ten[2].Image, other.Image);
    }

    [Fact]
    public void Membranes_cover_about_as_much_as_in_the_real_stack()
    {
        var share = Ten.Average(p => p.Labels.Average(l => (double)l));

        Assert.InRange(share, 0.16, 0.28);      // ISBI 2012: 0.22, single pages 0.17 to 0.27
    }

    [Fact]
    public void Membranes_are_darker_but_no_threshold_finds_them()
    {
        var pixels = Ten.SelectMany(p => p.Image.Zip(p.Labels)).ToList();
        var truth = pixels.Select(p => p.Second).ToArray();

        var dark = pixels.Where(p => p.Second == 1).Average(p => p.First);
        var light = pixels.Where(p => p.Second == 0).Average(p => p.First);
        var best = Enumerable.Range(6, 14).Max(t => Metric.Dice.Of(ConfusionCounts.Of(
            [.. pixels.Select(p => p.First < 10 * t ? (ushort)1 : (ushort)0)], truth, new Region("membrane", 1))));

        Assert.InRange(light - dark, 25, 60);
        Assert.InRange(best!.Value, 0.35, 0.68);     // 0.65 is what a threshold reaches on the blurred real stack
    }

    [Fact]
    public void Size_is_checked()
    {
        var error = Assert.Throws<UsageException>(() => Membranes.Draw(new() { Count = 0, Width = 8 }, 0));

        Assert.Equal("count is 0; it must be 1 or more; size is 8x256; each side must lie between 32 and 8192", error.Message);
    }
}

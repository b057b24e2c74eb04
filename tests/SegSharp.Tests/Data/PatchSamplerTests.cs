using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class PatchSamplerTests
{
    [Fact]
    public void A_patch_is_a_window_of_image_and_labels()
    {
        var sample = MemorySource.Numbered(0, 8, 6);

        var patch = PatchSampler.CutAt(sample, 2, 1, 0, new Extent(3, 2));

        Assert.Equal([10f, 11, 12, 18, 19, 20], patch.Image);
        Assert.Equal([.. new[] { 10, 11, 12, 18, 19, 20 }.Select(i => (ushort)(i % 3))], patch.Labels!);
    }

    [Fact]
    public void An_image_smaller_than_the_patch_is_mirrored()
    {
        var sample = MemorySource.Numbered(0, 3, 1);

        var patch = PatchSampler.CutAt(sample, -2, 0, 0, new Extent(7, 1));

        Assert.Equal([2f, 1, 0, 1, 2, 1, 0], patch.Image);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.0 / 3)]
    [InlineData(1)]
    public void The_share_of_patches_with_foreground_is_the_one_asked_for(double share)
    {
        // One foreground pixel in 64 x 64: a 9 x 9 patch at a random place holds it with probability of at most 81 / 56² = 2.6 %.
        var labels = new ushort[64 * 64];
        labels[(20 * 64) + 30] = 1;
        var sample = MemorySource.Numbered(0, 64, 64) with { Labels = labels };
        var sampler = new PatchSampler(new() { Size = new Extent(9, 9), ForegroundShare = share });
        var random = new RandomStream(5);

        var hits = Enumerable.Range(0, 1000).Count(i => sampler.Cut(sample, random.Derive(i)).Labels!.Contains((ushort)1));

        // Binomial with 1000 draws: 0.05 is more than three standard deviations.
        Assert.InRange(hits / 1000.0, Math.Max(0, share - 0.05), share + 0.05);
    }

    [Theory]
    [InlineData(PatchSampling.Foreground, 0.95, 0.01)]
    [InlineData(PatchSampling.Balanced, 0.5, 0.5)]
    [InlineData(PatchSampling.SizeAware, 0.25, 0.25)]
    [InlineData(PatchSampling.Uniform, 0.1, 0)]
    public void Small_objects_are_seen_as_the_sampling_says(PatchSampling sampling, double large, double other)
    {
        // A square of 400 pixels and two single ones of class 1, one single pixel of class 2.
        var labels = new ushort[64 * 64];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (ushort)(i % 64 < 20 && i / 64 < 20 ? 1 : 0);
        }

        (labels[(5 * 64) + 50], labels[(55 * 64) + 5], labels[(55 * 64) + 55]) = (1, 1, 2);
        var sample = MemorySource.Numbered(0, 64, 64) with { Labels = labels };
        var sampler = new PatchSampler(new() { Size = new Extent(1, 1), ForegroundShare = 1, Sampling = sampling });
        var random = new RandomStream(8);

        var places = Enumerable.Range(0, 4000).Select(i => (int)sampler.Cut(sample, random.Derive(i)).Image[0]).ToList();

        // Binomial with 4000 draws: 0.03 is more than three standard deviations.
        Assert.InRange(places.Count(p => p % 64 < 20 && p / 64 < 20) / 4000.0, large - 0.03, large + 0.05);
        Assert.InRange(places.Count(p => p == (55 * 64) + 55) / 4000.0, other - 0.03, other + 0.03);
    }

    [Fact]
    public void The_ignored_class_is_no_centre()
    {
        var labels = new ushort[16 * 16];
        (labels[20], labels[40]) = (1, 2);
        var sample = MemorySource.Numbered(0, 16, 16) with { Labels = labels };

        foreach (var sampling in new[] { PatchSampling.Foreground, PatchSampling.Balanced, PatchSampling.SizeAware })
        {
            var sampler = new PatchSampler(new() { Size = new Extent(1, 1), ForegroundShare = 1, Sampling = sampling, Ignore = 2 });
            Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(20f, sampler.Cut(sample, new RandomStream(i)).Image[0]));
        }
    }

    [Fact]
    public void An_image_without_foreground_gives_a_patch_anywhere()
    {
        var sample = MemorySource.Numbered(0, 16, 16) with { Labels = new ushort[256] };

        var patch = new PatchSampler(new() { Size = new Extent(4, 4), ForegroundShare = 1 }).Cut(sample, new RandomStream(0));

        Assert.Equal(16, patch.Voxels);
    }

    [Fact]
    public void A_cube_is_cut_from_a_volume_and_mirrored_at_its_ends()
    {
        var sample = MemorySource.Numbered(0, 4, 3, channels: 2, depth: 3);

        var patch = PatchSampler.CutAt(sample, 1, 1, 2, new Extent(2, 2, 2));

        Assert.Equal([29f, 30, 33, 34, 17, 18, 21, 22, 65, 66, 69, 70, 53, 54, 57, 58], patch.Image);
        Assert.Equal([.. new[] { 29, 30, 33, 34, 17, 18, 21, 22 }.Select(i => (ushort)(i % 3))], patch.Labels!);
    }

    [Fact]
    public void A_forced_cube_holds_its_foreground_voxel()
    {
        var labels = new ushort[20 * 20 * 20];
        labels[(13 * 400) + (2 * 20) + 17] = 1;
        var sample = MemorySource.Numbered(0, 20, 20, depth: 20) with { Labels = labels };
        var sampler = new PatchSampler(new() { Size = new Extent(5, 5, 5), ForegroundShare = 1 });

        for (var seed = 0; seed < 50; seed++)
        {
            Assert.Contains((ushort)1, sampler.Cut(sample, new RandomStream(seed)).Labels!);
        }
    }
}

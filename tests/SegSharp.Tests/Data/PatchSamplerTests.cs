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

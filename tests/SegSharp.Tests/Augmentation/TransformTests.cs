using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Tests.Data;
using Xunit;

namespace SegSharp.Tests.Augmentation;

public sealed class TransformTests
{
    private static readonly DisplacementGrid Still = new(6, 6, 16, new float[36], new float[36]);

    [Fact]
    public void Flipping_twice_is_the_identity()
    {
        var sample = MemorySource.Numbered(1, 7, 5, channels: 2);

        foreach (var flip in new[] { new Flip(true, false), new Flip(false, true), new Flip(true, true) })
        {
            var twice = flip.Apply(flip.Apply(sample));

            Assert.Equal(sample.Image, twice.Image);
            Assert.Equal(sample.Labels, twice.Labels);
        }
    }

    [Fact]
    public void A_quarter_turn_is_counter_clockwise()
    {
        var sample = new Sample { Id = "a", Extent = new Extent(2, 2), Channels = 1, Image = [1, 2, 3, 4], Labels = [1, 2, 3, 4] };

        var turned = new Rotate90(1).Apply(sample);

        // 1 2      2 4
        // 3 4  →   1 3, as numpy.rot90
        Assert.Equal([2f, 4, 1, 3], turned.Image);
        Assert.Equal([2, 4, 1, 3], turned.Labels!.Select(l => (int)l));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Turns_add_up_to_a_full_one(int quarters)
    {
        var sample = MemorySource.Numbered(1, 7, 5);

        var full = new Rotate90(4 - quarters).Apply(new Rotate90(quarters).Apply(sample));

        Assert.Equal((7, 5), (full.Width, full.Height));
        Assert.Equal(sample.Image, full.Image);
        Assert.Equal(sample.Labels, full.Labels);
    }

    [Fact]
    public void Flips_and_turns_show_all_eight_symmetries_equally_often()
    {
        var sample = new Sample { Id = "a", Extent = new Extent(2, 2), Channels = 1, Image = [1, 2, 3, 4] };
        var random = new RandomStream(9);

        var counts = Enumerable.Range(0, 8000)
            .GroupBy(i => string.Join("", Augmentations.FlipsAndTurns.Change(sample, random.Derive(i)).Image))
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

        Assert.Equal(8, counts.Count);
        Assert.All(counts.Values, n => Assert.InRange(n, 870, 1130));   // 1000 ± 4 standard deviations
    }

    [Theory]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.Cubic)]
    public void Nothing_drawn_leaves_the_picture(Interpolation interpolation)
    {
        var sample = MemorySource.Numbered(0, 33, 21);

        var same = new Spatial(0, 1, Still, interpolation).Apply(sample);

        Assert.Equal(sample.Image, same.Image);
        Assert.Equal(sample.Labels, same.Labels);
    }

    [Theory]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.Cubic)]
    public void A_rotation_by_90_degrees_is_the_exact_turn(Interpolation interpolation)
    {
        var sample = MemorySource.Numbered(0, 21, 21);

        var turned = new Spatial(90, 1, Still, interpolation).Apply(sample);
        var exact = new Rotate90(1).Apply(sample);

        Assert.Equal(exact.Labels, turned.Labels);
        Assert.All(exact.Image.Zip(turned.Image), p => Assert.Equal(p.First, p.Second, 0.01f));   // values up to 440, coordinates in float
    }

    [Fact]
    public void A_displacement_of_whole_pixels_moves_the_picture()
    {
        var sample = MemorySource.Numbered(0, 20, 12);
        var right = Still with { X = [.. Enumerable.Repeat(3f, 36)] };

        var moved = new Spatial(0, 1, right, Interpolation.Bilinear).Apply(sample);

        Assert.Equal(sample.Image[3], moved.Image[0]);
        Assert.Equal(sample.Labels![(5 * 20) + 9], moved.Labels![(5 * 20) + 6]);
    }

    [Fact]
    public void Labels_never_get_a_new_value()
    {
        var sample = MemorySource.Numbered(0, 64, 48) with { Labels = [.. Enumerable.Range(0, 64 * 48).Select(i => (ushort)(i % 2 == 0 ? 0 : 7))] };
        var transform = new RandomSpatial(new());

        var changed = transform.Draw(new RandomStream(2), new Extent(64, 48))!.Apply(sample);

        Assert.Equal([0, 7], changed.Labels!.Distinct().Order().Select(l => (int)l));
    }

    [Fact]
    public void Weights_go_where_their_pixels_go()
    {
        var sample = MemorySource.Numbered(0, 16, 16);
        sample = sample with { Weights = sample.Image };

        var changed = Augmentations.Apply(sample, [new Flip(true, false), new Rotate90(1), new RandomSpatial(new()).Draw(new RandomStream(1), new Extent(16, 16))!]);

        Assert.Equal(changed.Image, changed.Weights);
    }

    [Fact]
    public void Noise_and_tone_leave_the_labels_and_the_source_alone()
    {
        var sample = MemorySource.Numbered(0, 16, 16);
        var before = sample.Image.ToArray();

        foreach (var drawn in new Drawn[] { new Gamma(0.7), new Brightness(0.1), new Contrast(1.2), new GaussianNoise(0.1, 3), new Blur(1) })
        {
            var changed = drawn.Apply(sample);

            Assert.NotEqual(sample.Image, changed.Image);
            Assert.Same(sample.Labels, changed.Labels);
            Assert.Equal(before, sample.Image);
            Assert.Equal(changed.Image, drawn.Apply(sample).Image);     // repeatable
        }
    }

    [Fact]
    public void Gamma_keeps_the_range_and_contrast_the_mean()
    {
        var sample = MemorySource.Numbered(0, 16, 16);

        var gamma = new Gamma(2).Apply(sample);
        var contrast = new Contrast(0.5).Apply(sample);

        Assert.Equal((0f, 255f), (gamma.Image.Min(), gamma.Image.Max()));
        Assert.Equal(sample.Image.Average(), contrast.Image.Average(), 0.001f);
    }

    [Fact]
    public void A_blurred_point_is_a_Gaussian()
    {
        var sample = MemorySource.Numbered(0, 21, 21) with { Image = new float[441] };
        sample.Image[(10 * 21) + 10] = 1;

        var blurred = new Blur(1.5).Apply(sample);

        Assert.Equal(1, blurred.Image.Sum(), 1e-5f);
        Assert.Equal(Math.Exp(-0.5 / 2.25), blurred.Image[(10 * 21) + 11] / blurred.Image[(10 * 21) + 10], 1e-5);
    }

    public static TheoryData<string> Names() => [.. Catalogue.Transforms.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_transform_of_the_catalogue_builds_repeats_and_keeps_the_size(string name)
    {
        var entry = Catalogue.Transforms.Get(name);
        var options = (TransformOptions)entry.Defaults();
        var sample = MemorySource.Numbered(0, 30, 30, channels: 3);
        var transform = entry.Build(options);

        Assert.Empty(options.Check());
        foreach (var seed in Enumerable.Range(0, 20))
        {
            var drawn = transform.Draw(new RandomStream(seed), new Extent(30, 30));
            Assert.Equal(drawn is null, transform.Draw(new RandomStream(seed), new Extent(30, 30)) is null);
            if (drawn is not null)
            {
                var changed = drawn.Apply(sample);
                Assert.Equal((30, 30, 3, 2700, 900), (changed.Width, changed.Height, changed.Channels, changed.Image.Length, changed.Labels!.Length));
                Assert.Equal(changed.Image, transform.Draw(new RandomStream(seed), new Extent(30, 30))!.Apply(sample).Image);
            }
        }
    }

    [Fact]
    public void Bad_options_are_named_with_their_key()
    {
        var error = Assert.Throws<UsageException>(() => Augmentations.From([new FlipOptions { Horizontal = 2 }, new GammaOptions { Low = 2, High = 1 }]));

        Assert.Equal(
            "augmentation.flip.horizontal is 2; it must lie between 0 and 1; augmentation.gamma.low is 2 to 1; it must be ordered and begin at 0.01 or more",
            error.Message);
    }
}

using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Filters;
using Xunit;
using Catalogue = SegSharp.Augmentation.Catalogue;

namespace SegSharp.Tests.Augmentation.Artefacts;

public sealed class ArtefactTests
{
    private static readonly Extent Size = new(40, 32);

    public static TheoryData<string> Kinds => [.. ArtefactStudy.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_stream_draws_the_same_bits_and_labels_stay(string kind)
    {
        var transform = Transform(kind);
        foreach (var sample in new[] { Body(Size), Body(new Extent(20, 16, 5)) })
        {
            var first = transform.Draw(new RandomStream(4), sample.Extent)!;
            var second = transform.Draw(new RandomStream(4), sample.Extent)!;

            var before = (float[])sample.Image.Clone();
            var changed = first.Apply(sample);

            Assert.Equal(before, sample.Image);
            Assert.NotEqual(before, changed.Image);
            Assert.Equal(changed.Image, first.Apply(sample).Image);
            Assert.Equal(changed.Image, second.Apply(sample).Image);
            Assert.Same(sample.Labels, changed.Labels);
            Assert.All(changed.Image, v => Assert.True(float.IsFinite(v)));
        }
    }

    [Fact]
    public void Without_strength_the_bits_stay()
    {
        var body = Body(Size);
        Drawn[] nothing =
        [
            new Gibbs(1),
            new Ghosting(4, 0, 1, 0.02),
            new Motion([new PatientMove(0.6, 0, 0, 0)], 1),
            new BiasField(3, new double[20]),
            new Spikes([new Spike(0.2, 0.1, 0, 0, 1)]),
            new Rings(0, 1, 4, 90, 1),
            new MetalStreaks([], 1, 0.5, 1e5, 4, 90, 1),
        ];

        Assert.All(nothing, n => Assert.Equal(body.Image, n.Apply(body).Image));
        Assert.Null(new RandomGibbs(new() { Probability = 1, Low = 1, High = 1 }).Draw(new RandomStream(1), Size));
        Assert.Null(new RandomMetalStreaks(new() { Probability = 1, Density = 0 }).Draw(new RandomStream(1), Size));
    }

    [Fact]
    public void The_variance_of_the_noise_goes_as_one_over_the_photons()
    {
        var body = Body(Size);
        double Variance(double photons) => Enumerable.Range(0, 4).Average(seed =>
            new PhotonStarvation(photons, 3, 60, seed).Apply(body).Image.Zip(body.Image, (a, b) => ((double)a - b) * (a - b)).Average());

        var ratio = Variance(1e5) / Variance(1e6);

        // Ten, within what four draws of 1280 pixels let it stray; the count's curvature is below 1 per cent here.
        Assert.InRange(ratio, 9, 11);
    }

    [Fact]
    public void Rays_through_a_wide_body_are_noisier_than_those_across()
    {
        // A flat body: rays along x meet forty voxels, those along y six.
        var flat = new Sample { Id = "flat", Extent = new Extent(48, 48), Channels = 1, Image = new float[48 * 48] };
        for (var i = 0; i < flat.Image.Length; i++)
        {
            flat.Image[i] = Math.Abs((i / 48) - 24) < 3 && Math.Abs((i % 48) - 24) < 20 ? 1 : 0;
        }

        var noise = new PhotonStarvation(3e3, 6, 90, 5).Apply(flat).Image.Zip(flat.Image, (a, b) => (double)a - b).ToArray();

        // Streaks run along x: neighbours along x are alike, those along y are not.
        double Product(int step, int most) => Enumerable.Range(0, noise.Length).Where(i => i % 48 < most).Average(i => i + step < noise.Length ? noise[i] * noise[i + step] : 0);
        Assert.True(Product(3, 45) > 5 * Math.Abs(Product(3 * 48, 48)), $"along x {Product(3, 45)}, along y {Product(144, 48)}");
    }

    [Fact]
    public void Metal_darkens_what_lies_between_two_pieces()
    {
        var water = new Sample { Id = "water", Extent = new Extent(64, 64), Channels = 1, Image = new float[64 * 64] };
        for (var i = 0; i < water.Image.Length; i++)
        {
            var (x, y) = ((i % 64) - 32, (i / 64) - 32);
            water.Image[i] = (x * x) + (y * y) < 28 * 28 ? 1 : 0;
        }

        var changed = new MetalStreaks([new(0.3, 0.5, 0, 4), new(0.7, 0.5, 0, 4)], 0.8, 0.6, 1e7, 3, 120, 1).Apply(water).Image;

        var (between, above) = (changed[(31 * 64) + 32], changed[(16 * 64) + 32]);
        Assert.True(between < above - 0.1, $"between {between}, above {above}");
        Assert.True(changed[(31 * 64) + 19] > 2, "metal is bright");
    }

    [Fact]
    public void Rings_are_the_same_at_every_angle()
    {
        var body = Body(new Extent(64, 64));

        var rings = new Rings(0.05, 0.3, 4, 360, 2).Apply(body).Image.Zip(body.Image, (a, b) => a - b).ToArray();

        // Quarter turns about pixel (32, 32).
        for (var r = 2; r < 30; r++)
        {
            var (right, down, left) = (rings[(32 * 64) + 32 + r], rings[((32 + r) * 64) + 32], rings[(32 * 64) + 32 - r]);
            Assert.Equal(right, down, 1e-4f);
            Assert.Equal(right, left, 0.02f + (0.5f * Math.Abs(right)));
        }
    }

    [Fact]
    public void Ghosts_lie_a_part_of_the_image_away()
    {
        var point = new Sample { Id = "point", Extent = new Extent(32, 32), Channels = 1, Image = new float[32 * 32] };
        point.Image[(10 * 32) + 10] = 1;

        var ghosts = new Ghosting(4, 1, 0, 0).Apply(point).Image;

        // Every fourth line lost: copies of −1/4 at every quarter of the image, seen as magnitudes (the zero frequency stays).
        foreach (var x in new[] { 2, 18, 26 })
        {
            Assert.Equal(0.25, ghosts[(10 * 32) + x], 0.04);
        }

        Assert.Equal(0.75, ghosts[(10 * 32) + 10], 0.04);
        Assert.Equal(0, ghosts[(11 * 32) + 2], 1e-6);
    }

    [Fact]
    public void Motion_keeps_the_place_that_labels_have()
    {
        var body = Body(Size);

        var moved = new Motion([new PatientMove(0.7, 4, 3, -2)], 1).Apply(body).Image;

        // Half of the lines about the middle are the image's own, so the mean of each column is.
        for (var x = 0; x < 40; x++)
        {
            var (before, after) = (Enumerable.Range(0, 32).Average(y => body.Image[(y * 40) + x]), Enumerable.Range(0, 32).Average(y => moved[(y * 40) + x]));
            Assert.InRange(after, before - 1e-3, before + 0.1);
        }
    }

    [Fact]
    public void A_bias_field_is_its_polynomial()
    {
        Assert.Equal(20, PolynomialField.Terms(3).Count);
        var even = new Sample { Id = "even", Extent = new Extent(3, 3), Channels = 1, Image = [1, 1, 1, 1, 1, 1, 1, 1, 1] };
        var coefficients = new double[20];
        coefficients[PolynomialField.Terms(3).ToList().IndexOf((1, 0, 0))] = 0.5;

        var changed = new BiasField(3, coefficients).Apply(even).Image;

        Assert.Equal([MathF.Exp(-0.5f), 1, MathF.Exp(0.5f)], changed[..3].Select(v => v), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData("photon-starvation", "non-local-means")]
    [InlineData("metal-streaks", "streak-removal")]
    [InlineData("rings", "ring-removal")]
    [InlineData("bias-field", "bias-correction")]
    [InlineData("spikes", "spike-removal")]
    public void Its_filter_brings_the_image_nearer(string kind, string filter)
    {
        var body = Body(new Extent(72, 64));

        var study = ArtefactStudy.Of(body.Image, body.Extent, kind, [], seed: 2);

        Assert.Equal(filter, study.Filter);
        Assert.True(study.After!.RootMeanSquare < 0.9 * study.Before.RootMeanSquare, $"{study.Before} → {study.After}");
    }

    [Fact]
    public void A_Hamming_window_takes_the_ripples_away()
    {
        var step = new float[64 * 64];
        for (var i = 0; i < step.Length; i++)
        {
            step[i] = i % 64 is >= 16 and < 48 ? 1 : 0;
        }

        var study = ArtefactStudy.Of(step, new Extent(64, 64), "gibbs", ["low=0.4", "high=0.4"], seed: 1);

        // Gibbs' overshoot is 9 per cent of the step whatever is kept; Hamming's 0.2, and the discrete sum adds some.
        Assert.InRange(study.Changed.Max(), 1.06, 1.12);
        Assert.InRange(study.Reduced!.Max(), 0.99, 1.01);
    }

    [Fact]
    public void What_cannot_be_is_said()
    {
        Assert.Equal("unknown artefact 'ring'; known: rings", string.Join(',', Assert.Throws<UsageException>(() => ArtefactStudy.FilterFor("ring")).Message.Split(',')[..1]));
        Assert.Equal(
            "augmentation.gibbs.high is 2; it must be 1 or less",
            Assert.Throws<UsageException>(() => ArtefactStudy.Of([1, 2, 3, 4], new Extent(2, 2), "gibbs", ["high=2"], 1)).Message);
    }

    private static Transform Transform(string kind)
    {
        var json = OptionsJson.Write(Catalogue.Transforms.Get(kind).Defaults());
        json["probability"] = 1;
        return Catalogue.Transforms.Get(kind).Build(OptionsJson.Read<TransformOptions>(json, kind));
    }

    // An ellipse with two darker organs, and air around it.
    private static Sample Body(Extent extent)
    {
        var (image, labels) = (new float[extent.Count], new ushort[extent.Count]);
        for (var i = 0; i < image.Length; i++)
        {
            var (x, y) = ((2.0 * (i % extent.Width) / (extent.Width - 1)) - 1, (2.0 * (i / extent.Width % extent.Height) / (extent.Height - 1)) - 1);
            double Ball(double cx, double cy, double r) => ((x - cx) * (x - cx)) + ((y - cy) * (y - cy)) < r * r ? 1 : 0;
            image[i] = (float)(0.8 * Ball(0, 0, 0.8) * (1 - (0.3 * Ball(0.3, 0.1, 0.25)) - (0.2 * Ball(-0.3, -0.2, 0.2))));
            labels[i] = (ushort)(Ball(0.3, 0.1, 0.25) + (2 * Ball(-0.3, -0.2, 0.2)));
        }

        return new Sample { Id = "body", Extent = extent, Channels = 1, Image = image, Labels = labels };
    }
}

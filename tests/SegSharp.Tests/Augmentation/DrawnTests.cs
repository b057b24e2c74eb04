using SegSharp.Augmentation;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Augmentation;

public sealed class DrawnTests
{
    public static TheoryData<string> Names => [.. Catalogue.Transforms.Names];

    public static TheoryData<string> PresetNames => [.. Presets.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_drawn_goes_to_JSON_and_back_and_gives_the_same_bits(string name)
    {
        var entry = Catalogue.Transforms.Get(name);
        var transform = entry.Build(entry.Defaults());
        foreach (var extent in new[] { new Extent(24, 24), new Extent(16, 16, 16) })
        {
            var sample = Samples.Waves(extent, channels: 3);
            var drawn = Enumerable.Range(0, 60).Select(i => transform.Draw(new RandomStream(i), extent, 3)).First(d => d is not null)!;

            var again = DrawnJson.Read(System.Text.Json.Nodes.JsonNode.Parse(DrawnJson.Write(drawn).ToJsonString()), "test");

            Assert.Equal(DrawnJson.Write(drawn).ToJsonString(), DrawnJson.Write(again).ToJsonString());
            var (first, second) = (drawn.Apply(sample), again.Apply(sample));
            Assert.Equal(first.Image, second.Image);
            Assert.Equal(first.Labels, second.Labels);
            Assert.Equal(first.Weights, second.Weights);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void How_many_numbers_are_drawn_does_not_depend_on_what_comes_out(string name)
    {
        var entry = Catalogue.Transforms.Get(name);
        var transform = entry.Build(entry.Defaults());

        // After drawing, a stream goes on at the same place whatever was drawn: the next value of two streams
        // that begin alike differs only if one was drawn further.
        var extent = new Extent(32, 32, 8);
        var counts = Enumerable.Range(0, 40).Select(seed =>
        {
            var random = new RandomStream(seed);
            transform.Draw(random, extent, 4);
            var next = random.NextBits();
            var counted = new RandomStream(seed);
            return Enumerable.Range(0, 100_000).First(_ => counted.NextBits() == next);
        });

        Assert.Single(counts.Distinct());
    }

    [Theory]
    [MemberData(nameof(PresetNames))]
    public void Every_preset_is_free_of_faults_and_the_same_for_the_same_seed(string name)
    {
        var options = Presets.Get(name);
        Assert.Empty(options.SelectMany(o => o.Check()));
        foreach (var extent in new[] { new Extent(32, 32), new Extent(24, 24, 12) })
        {
            var sample = Samples.Waves(extent, channels: 2);

            var (one, two) = (Augmentations.From(options).Change(sample, new RandomStream(5)), Augmentations.From(options).Change(sample, new RandomStream(5)));

            Assert.Equal(one.Image, two.Image);
            Assert.Equal(one.Labels, two.Labels);
            Assert.Equal(extent, one.Extent);
            Assert.All(one.Image, v => Assert.True(float.IsFinite(v)));
        }
    }

    [Fact]
    public void A_recipe_may_name_a_preset_instead_of_a_list()
    {
        var recipe = OptionsJson.Read<Recipe>(OptionsJson.Parse("""{ "augmentation": "nnunet" }""", "test"), "");

        Assert.Equal(Presets.Get("nnunet"), recipe.Augmentation);
        Assert.Equal(
            "unknown augmentation 'nunet'; known: nnunet, none, flips, strong, classic",
            Assert.Throws<UsageException>(() => OptionsJson.Read<Recipe>(OptionsJson.Parse("""{ "augmentation": "nunet" }""", "test"), "")).Message);
    }

    [Fact]
    public void A_recipe_of_an_earlier_version_means_what_it_meant()
    {
        var recipe = OptionsJson.Read<Recipe>(
            OptionsJson.Parse(
                """
                { "augmentation": [
                    { "name": "flip", "horizontal": 0.5, "vertical": 0.5, "through": 0.5 }, { "name": "rotate90" },
                    { "name": "spatial", "probability": 1, "degrees": 20, "scaleLow": 0.85, "scaleHigh": 1.25, "elasticSigma": 10, "elasticSpacing": 64, "interpolation": "cubic" },
                    { "name": "gamma", "probability": 0.3, "low": 0.7, "high": 1.5 }, { "name": "brightness", "probability": 0.3, "largest": 0.1 },
                    { "name": "contrast", "probability": 0.3, "low": 0.75, "high": 1.25 }, { "name": "noise", "probability": 0.15, "largest": 0.05 },
                    { "name": "blur", "probability": 0.15, "low": 0.5, "high": 1 } ] }
                """,
                "test"),
            "");

        Assert.Equal(
            [new FlipOptions(), new Rotate90Options(), new SpatialOptions { Degrees = 20, Interpolation = Interpolation.Cubic }, new GammaOptions(), new BrightnessOptions(), new ContrastOptions(), new GaussianNoiseOptions(), new BlurOptions()],
            recipe.Augmentation);
    }

    [Fact]
    public void A_record_is_replayed_bit_for_bit()
    {
        var folder = Directory.CreateTempSubdirectory("segsharp-").FullName;
        var file = Path.Combine(folder, "record.json");
        var augment = Augmentations.From(Presets.Get("strong"));
        var samples = Enumerable.Range(0, 6).Select(i => Samples.Noise(new Extent(20, 20), i) with { Id = $"case{i}" }).ToList();
        var root = new RandomStream(11);
        var record = new AugmentationRecord(11, [.. samples.Select((s, i) => new DrawnSample(s.Id, augment.Draw(root.Derive(i), s.Extent, s.Channels)))]);

        record.Write(file);
        var read = AugmentationRecord.Read(file);

        Assert.Equal(11, read.Seed);
        Assert.True(record.Samples.Sum(s => s.Drawn.Count) > 20);
        foreach (var (sample, i) in samples.Select((s, i) => (s, i)))
        {
            Assert.Equal(sample.Id, read.Samples[i].Sample);
            Assert.Equal(augment.Change(sample, root.Derive(i)).Image, Augmentations.Apply(sample, read.Samples[i].Drawn).Image);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("""{ "step": "melt" }""", "holds a step 'melt'; known: ")]
    [InlineData("""{ "degrees": 3 }""", "holds an entry without a step; known: ")]
    [InlineData("""{ "step": "gamma", "exponent": 2, "colour": 1 }""", "holds a step 'gamma' that cannot be read: ")]
    [InlineData("""{ "step": "gamma" }""", "holds a step 'gamma' that cannot be read: ")]
    [InlineData("""{ "step": "gamma", "exponent": "much" }""", "holds a step 'gamma' that cannot be read: ")]
    [InlineData("""{ "step": "gamma", "exponent": "NaN" }""", "holds a step 'gamma' with NaN, which is no finite number")]
    [InlineData("""{ "step": "gamma", "exponent": 1e999 }""", "holds a step 'gamma' with 1e999, which is no finite number")]
    public void A_step_that_does_not_exist_is_refused(string json, string message)
    {
        var error = Assert.Throws<InputException>(() => DrawnJson.Read(System.Text.Json.Nodes.JsonNode.Parse(json), "record.json"));

        Assert.StartsWith($"'record.json' {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Channels_may_draw_for_themselves()
    {
        var sample = Samples.Waves(new Extent(16, 16), channels: 4);
        var transform = new RandomMultiply(new() { Probability = 1, PerChannel = true, ChannelProbability = 0.5 });

        var drawn = Enumerable.Range(0, 400).Select(i => transform.Draw(new RandomStream(i), sample.Extent, 4)).ToList();

        var chosen = drawn.Sum(d => d is ByChannel b ? b.Steps.Count(s => s is not null) : 0);
        Assert.InRange(chosen, 700, 900);                             // half of 1600, 5 standard deviations
        var one = drawn.OfType<ByChannel>().First(d => d.Steps.Count(s => s is not null) >= 2);
        Assert.True(one.Steps.OfType<Multiply>().Distinct().Count() >= 2);
        var changed = one.Apply(sample);
        Assert.All(Enumerable.Range(0, 4), c => Assert.Equal(sample.Image[(c * 256) + 77] * (float)((one.Steps[c] as Multiply)?.Factor ?? 1), changed.Image[(c * 256) + 77]));
    }

    [Fact]
    public void A_balanced_range_lies_below_1_as_often_as_above()
    {
        var transform = new RandomGamma(new() { Probability = 1, Low = 0.9, High = 3, Balanced = true });

        var below = Enumerable.Range(0, 2000).Count(i => ((Gamma)transform.Draw(new RandomStream(i), new Extent(4, 4))!).Exponent < 1);

        Assert.InRange(below, 890, 1110);
    }

    [Fact]
    public void Gamma_with_statistics_retained_keeps_mean_and_deviation()
    {
        var sample = Samples.Waves(new Extent(32, 32));

        var bent = new Gamma(1.6, Inverted: true, Retain: true).Apply(sample);

        Assert.NotEqual(sample.Image, bent.Image);
        Assert.Equal(sample.Image.Average(), bent.Image.Average(), 1e-5);
        Assert.Equal(sample.Image.Sum(v => v * v), bent.Image.Sum(v => v * v), 1e-2);
    }

    [Fact]
    public void A_hole_changes_the_image_inside_it_and_no_label()
    {
        var sample = Samples.Waves(new Extent(20, 20), channels: 2);

        var cut = new CutOut([new Hole(5, 6, 0, 4, 3, 1)]).Apply(sample);

        Assert.Equal(2 * 12, cut.Image.Zip(sample.Image).Count(p => p.First != p.Second));
        Assert.Equal(sample.Image[..400].Average(), cut.Image[(6 * 20) + 5], 1e-5);
        Assert.Same(sample.Labels, cut.Labels);
    }

    [Fact]
    public void Low_resolution_of_one_axis_leaves_the_others_sharp()
    {
        var sample = Samples.Noise(new Extent(24, 24, 24));

        var thick = new LowResolution(1, 1, 1 / 3.0).Apply(sample);

        // Planes in the middle of their group of three are kept by the spline through them.
        Assert.Equal(sample.Image[(7 * 576)..(8 * 576)], thick.Image[(7 * 576)..(8 * 576)], (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.InRange(thick.Image.Min(), sample.Image.Min() - 1e-6f, 1);
    }

    [Fact]
    public void A_lost_channel_becomes_its_mean_and_one_always_stays()
    {
        var transform = new RandomChannelDropout(new() { Probability = 1, Share = 1 });
        var sample = Samples.Waves(new Extent(8, 8), channels: 3);

        var changed = transform.Draw(new RandomStream(1), sample.Extent, 3)!.Apply(sample);

        Assert.Equal(2, Enumerable.Range(0, 3).Count(c => changed.Image[(c * 64)..((c + 1) * 64)].Distinct().Count() == 1));
    }
}

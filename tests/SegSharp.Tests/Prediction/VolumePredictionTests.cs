using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Prediction;

[Collection(NativeCollection.Name)]
public sealed class VolumePredictionTests
{
    private static readonly Geometry Oblique = Geometry.From(
        new Extent(26, 22, 18),
        new Affine(new Triple(-0.8, 0.1, 0), new Triple(0.1, 0.9, 0.05), new Triple(0, -0.1, 2.5), new Triple(10, -20, 30)));

    private static readonly Recipe Recipe = new()
    {
        Network = new UNetOptions { Dimensions = 3, Base = 4, Depth = 2, Normalisation = NormKind.Instance },
        Preparation = new() { Intensity = new SegSharp.Imaging.Normalisation.ZScoreOptions() },
        Loss = new DiceCrossEntropyOptions(),
        Training = new() { PatchSize = new Extent(16, 16, 16) },
    };

    [Theory]
    [InlineData(null, null, null, false)]
    [InlineData("1.3x1.1x1.9", "LPI", null, false)]
    [InlineData(null, "SRA", "20x30x12", true)]
    public void The_mask_lies_on_the_input_s_own_grid(string? spacing, string? orientation, string? crop, bool nonzero)
    {
        using var check = new NoLeaks();
        var preparation = Recipe.Preparation with { Spacing = spacing, Orientation = orientation, Crop = crop is null ? null : Extent.Parse(crop), CropToNonzero = nonzero };
        using var predictor = New(Recipe with { Preparation = preparation });

        var predicted = predictor.Predict(Image(), probabilities: true);

        Assert.Equal(Oblique, predicted.Labels.Geometry);
        Assert.Equal(Oblique, predicted.Probabilities!.Geometry);
        Assert.Empty(predicted.Labels.Histogram().Select(l => l.Label).Except([0, 2, 5]));
        var p = predicted.Probabilities.ToFloats();
        for (var i = 0; i < Oblique.Extent.Count; i++)
        {
            var (a, b, c) = (p[i], p[i + Oblique.Extent.Count], p[i + (2 * Oblique.Extent.Count)]);
            Assert.Equal(1, a + b + c, 1e-5f);
        }
    }

    [Fact]
    public void A_network_that_sees_slices_predicts_volumes_through_a_crop_and_a_scale()
    {
        using var predictor = New(Recipe with
        {
            Network = new UNetOptions { Base = 4, Depth = 2 },
            Preparation = Recipe.Preparation with { Crop = new Extent(20, 16), Size = new Extent(10, 8, 9) },
            Training = new(),
        });

        var labels = predictor.Predict(Image()).Labels;

        Assert.Equal(Oblique, labels.Geometry);
        Assert.All(labels.Page(0).Labels[..(3 * 26)], l => Assert.Equal(0, l));
        Assert.Contains(labels.Labels, l => l != 0);
    }

    [Fact]
    public void The_mask_is_the_same_at_every_ceiling_of_memory()
    {
        var recipe = Recipe with { Preparation = Recipe.Preparation with { Spacing = "1x1x1" }, Prediction = new() { Mirror = true } };
        using var predictor = New(recipe);
        var noted = new List<string>();
        predictor.On = e => noted.Add(e.ToString() ?? "");
        var free = predictor.Predict(Image()).Labels.Labels;
        predictor.MemoryCeiling = 1 << 20;
        var error = Assert.Throws<UsageException>(() => predictor.Predict(Image()));
        predictor.MemoryCeiling = ByteSize.TryParse(error.Fix![(error.Fix!.IndexOf(' ', StringComparison.Ordinal) + 1)..error.Fix.IndexOf(',', StringComparison.Ordinal)]);
        var tight = predictor.Predict(Image()).Labels.Labels;

        Assert.Contains("--memory allows 1.00 MB", error.Message, StringComparison.Ordinal);
        Assert.Equal(free, tight);
        Assert.Contains(noted, n => n.Contains("predicted peak", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sigmoid_head_keeps_its_threshold_on_the_way_back()
    {
        var recipe = Recipe with { Loss = new DiceCrossEntropyOptions { Sigmoid = true }, Preparation = Recipe.Preparation with { Spacing = "1x1x1" } };
        using var low = New(recipe with { Prediction = new() { Threshold = 0.3 } });
        using var high = New(recipe with { Prediction = new() { Threshold = 0.7 } });

        var (many, few) = (low.Predict(Image()).Labels, high.Predict(Image()).Labels);

        Assert.True(many.CountOf(0) < few.CountOf(0));
    }

    private static Predictor New(Recipe recipe)
    {
        TorchRuntime.Seed(7);
        var resolved = recipe.Resolve(new Dictionary<string, int>(StringComparer.Ordinal) { ["background"] = 0, ["core"] = 2, ["rim"] = 5 }, ["T1"]);
        return new Predictor(resolved, Catalogue.All.GetByOptions(resolved.Network.GetType()).Build(resolved.Network));
    }

    private static Volume Image()
    {
        var random = new RandomStream(4);
        return Volume.Of<short>("head", Oblique, 1, [.. Enumerable.Range(0, (int)Oblique.Extent.Count).Select(i => (short)(i % 26 < 2 ? 0 : random.Next(1000)))]);
    }
}

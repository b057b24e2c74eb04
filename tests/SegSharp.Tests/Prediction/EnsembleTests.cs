using System.Text;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Tests.Training;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests.Prediction;

/// <summary>Means over views and over models, and what is made of probabilities.</summary>
[Collection(NativeCollection.Name)]
public sealed class EnsembleTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(2, false, 4)]
    [InlineData(2, true, 8)]
    [InlineData(3, false, 8)]
    [InlineData(3, true, 16)]
    public void Every_view_is_another_one_and_comes_back_exactly(int dimensions, bool turns, int expected)
    {
        using var scope = new TensorScope();
        long[] shape = dimensions == 3 ? [1, 1, 2, 3, 4] : [1, 1, 3, 4];
        var image = Tensor.From([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (float)i)], shape);

        var views = Symmetry.Of(dimensions, [.. Enumerable.Range(0, dimensions)], turns);

        Assert.Equal(expected, views.Count);
        Assert.Equal(expected, views.Select(v => string.Join(' ', v.See(image).Contiguous().ToArray<float>()) + v.See(image).Describe()).Distinct().Count());
        Assert.All(views, v => Assert.Equal(image.ToArray<float>(), v.Back(v.See(image)).Contiguous().ToArray<float>()));
        Assert.Equal(image.ToArray<float>(), views[0].See(image).ToArray<float>());
    }

    [Theory]
    [InlineData(Averaging.Mirror, 0)]
    [InlineData(Averaging.Dihedral, 0)]
    [InlineData(Averaging.Dihedral, 1)]
    public void A_mean_over_views_is_the_same_for_every_view_of_the_image(Averaging averaging, int turns)
    {
        using var predictor = Random(TinyRun.Recipe with { Prediction = new() { Averaging = averaging } });
        var image = Picture(32, 32);
        var turned = Volume.Of<byte>("turned", image.Geometry, 1, Turned(image.Voxels<byte>().ToArray(), 32, turns));

        var straight = predictor.Predict(image, true).Probabilities!.ToFloats();
        var seen = predictor.Predict(turned, true).Probabilities!.ToFloats();

        AssertNear(Turned(straight, 32, turns), seen, 1e-5f);
    }

    [Fact]
    public void Labels_of_left_and_right_are_turned_but_never_mirrored_from_side_to_side()
    {
        var options = new PredictionOptions { Averaging = Averaging.Dihedral }.Window([8, 8, 8], [0, 1]);
        var mirror = new PredictionOptions { Averaging = Averaging.Mirror }.Window([8, 8, 8], [0, 1]);

        Assert.Equal((0, true), (options.MirrorAxes.Count, options.Turns));
        Assert.Equal([0, 1], mirror.MirrorAxes);
        Assert.False(mirror.Turns);
    }

    [Theory]
    [InlineData(EnsembleMean.Probabilities)]
    [InlineData(EnsembleMean.Logits)]
    public void A_folder_of_folds_is_the_mean_of_its_folds(EnsembleMean mean)
    {
        var folds = Folds(TinyRun.Recipe, TinyRun.Recipe, TinyRun.Recipe);
        var image = Picture(40, 24);

        using var ensemble = Predictor.OpenEnsemble([_tiny.Path("cv")], mean);
        var found = ensemble.Predict(image, Wanted.Probabilities).Probabilities!.ToFloats();

        Assert.Equal(3, ensemble.Members);
        AssertNear(MeanOf(folds, image, mean), found, 2e-6f);
        Assert.Equal(Predictor.FoldsOf(_tiny.Path("cv")), folds);
    }

    [Fact]
    public void Models_that_prepare_images_in_other_ways_are_averaged_on_the_image_s_grid()
    {
        var folds = Folds(TinyRun.Recipe, TinyRun.Recipe with { Preparation = new() { Resize = new Extent(16, 16), Intensity = new ZScoreOptions() } }, TinyRun.Recipe);
        var image = Picture(40, 24);

        using var ensemble = Predictor.OpenEnsemble(folds);
        var predicted = ensemble.Predict(image, Wanted.Probabilities | Wanted.Entropy);

        Assert.Equal(3, ensemble.Members);
        AssertNear(MeanOf(folds, image, EnsembleMean.Probabilities), predicted.Probabilities!.ToFloats(), 2e-6f);
        Assert.Equal(predicted.Labels.Labels, predicted.Probabilities.ToFloats().Select(p => (ushort)(p > 0.5f ? 1 : 0)));
        Assert.Equal(new Extent(40, 24), predicted.Entropy!.Extent);
    }

    [Fact]
    public void Models_of_other_labels_are_refused()
    {
        var one = Checkpoint("a.pt", TinyRun.Recipe, 1);
        var other = Checkpoint("b.pt", TinyRun.Recipe, 2, "nucleus");

        var e = Assert.Throws<InputException>(() => Predictor.OpenEnsemble([one, other]));

        Assert.Equal($"'{other}' and '{one}' cannot be averaged: their labels differ (0 background, 1 nucleus; 0 background, 1 membrane)", e.Message);
        Assert.Equal("give models of one data set", e.Fix);
    }

    [Fact]
    public void Mutual_information_is_the_entropy_of_the_mean_less_that_of_the_members()
    {
        using var check = new NoLeaks();
        var folds = Folds(TinyRun.Recipe, TinyRun.Recipe);
        var image = Picture(32, 32);
        using var ensemble = Predictor.OpenEnsemble(folds);

        var found = ensemble.Predict(image, Wanted.Entropy | Wanted.MutualInformation);

        var members = folds.Select(f => ProbabilitiesOf(f, image)).ToList();
        for (var i = 0; i < 32 * 32; i++)
        {
            var entropy = Entropy(members.Average(m => m[i]));
            Assert.Equal(entropy, found.Entropy!.ToFloats()[i], 2e-6);
            Assert.Equal(Math.Max(0, entropy - members.Average(m => Entropy(m[i]))), found.MutualInformation!.ToFloats()[i], 4e-6);
        }

        Assert.Contains(found.MutualInformation!.ToFloats(), m => m > 1e-4f);
    }

    [Theory]
    [InlineData(new[] { 0.5f, 0.5f }, false, 1)]
    [InlineData(new[] { 1f, 0f }, false, 0)]
    [InlineData(new[] { 0.25f, 0.25f, 0.25f, 0.25f }, false, 1)]
    [InlineData(new[] { 0.9f, 0.1f }, false, 0.4689956)]
    [InlineData(new[] { 0.5f }, true, 1)]
    [InlineData(new[] { 0.9f }, true, 0.4689956)]
    [InlineData(new[] { 0.5f, 1f }, true, 0.5)]
    public void Entropy_is_0_where_it_is_certain_and_1_for_a_coin(float[] p, bool sigmoid, double expected) =>
        Assert.Equal(expected, Uncertainty.Entropy(p, sigmoid), 1e-6);

    [Fact]
    public void Thresholds_of_their_own_decide_by_the_odds_above_them()
    {
        var rule = new LabelRule { Values = [0, 1, 2], Sigmoid = true, Thresholds = [0.8, 0.2] };
        float[] p = [0.7f, 0.85f, 0.85f, 0.1f, 0.1f, 0.3f, 0.1f, 0.9f];            // class 1 of four voxels, then class 2
        var labels = new ushort[4];

        rule.Decide(p, labels);

        Assert.Equal([0, 2, 1, 2], labels);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.3)]
    public void A_softmax_of_two_labels_obeys_its_threshold_in_pictures_and_volumes(double threshold)
    {
        var recipe = TinyRun.Recipe with { Loss = new CrossEntropyOptions(), Prediction = new() { Thresholds = new Dictionary<string, double>(StringComparer.Ordinal) { ["membrane"] = threshold } } };
        using var flat = Random(recipe);
        using var volume = Random(recipe with { Preparation = new() { Spacing = "1x1x1" } });
        var image = Picture(32, 32);

        foreach (var predictor in new[] { flat, volume })
        {
            var found = predictor.Predict(image, probabilities: true);
            var p = found.Probabilities!.Channel<float>(1).ToArray();
            var mean = p.Average();
            Assert.Equal(found.Labels.Labels, p.Select(v => (ushort)(v > threshold ? 1 : 0)));
            Assert.InRange(mean, 0.2, 0.8);
        }
    }

    [Fact]
    public void A_threshold_for_a_softmax_over_many_labels_is_refused()
    {
        var recipe = TinyRun.Recipe with { Loss = new CrossEntropyOptions(), Prediction = new() { Threshold = 0.3 } };
        var resolved = recipe.Resolve(new Dictionary<string, int> { ["background"] = 0, ["a"] = 1, ["b"] = 2 }, ["grey"]);

        var e = Assert.Throws<UsageException>(() => new Predictor(resolved, new UNet((UNetOptions)resolved.Network)));

        Assert.Equal("a threshold was given, but this network's head is a softmax over 3 labels, of which the greatest wins", e.Message);
    }

    [Fact]
    public void Thresholds_are_read_from_numbers_names_files_and_the_run()
    {
        ThresholdFile.Write(_tiny.Path("run", "thresholds.json"), new Dictionary<string, double>(StringComparer.Ordinal) { ["cell"] = 0.37 }, "by hand");

        Assert.Equal(0.4, ThresholdFile.Asked("0.4", "run")!.Common);
        Assert.Equal(0.3, ThresholdFile.Asked("cell=0.3,border=0.6", "run")!.Own!["cell"]);
        Assert.Equal(0.37, ThresholdFile.Asked("auto", _tiny.Path("run"))!.Own!["cell"]);
        Assert.Equal(0.37, ThresholdFile.Asked(_tiny.Path("run", "thresholds.json"), "elsewhere")!.Own!["cell"]);
        Directory.CreateDirectory(_tiny.Path("none"));
        var e = Assert.Throws<InputException>(() => ThresholdFile.Asked("auto", _tiny.Path("none")));
        Assert.Equal($"there are no thresholds '{_tiny.Path("none", "thresholds.json")}'", e.Message);
        Assert.Equal($"segsharp evaluate PROBABILITIES TRUTH --search-threshold {_tiny.Path("none", "thresholds.json")}", e.Fix);
        Assert.Equal("threshold 'half' is neither a number, nor NAME=NUMBER for each label, nor a file that ends in .json, nor auto", Assert.Throws<UsageException>(() => ThresholdFile.Asked("half", "run")).Message);
    }

    [Fact]
    public void Folders_of_probabilities_give_the_mean_and_its_mask()
    {
        var folds = Folds(TinyRun.Recipe, TinyRun.Recipe);
        Picture(24, 20).Write(_tiny.Path("in", "a.png"));
        var input = Assert.Single(PredictionInput.Find(_tiny.Path("in"), 1));
        foreach (var (fold, i) in folds.Select((f, i) => (f, i)))
        {
            using var predictor = Predictor.Open(fold);
            predictor.Write(input, _tiny.Path($"p{i}"), probabilities: true, overwrite: false, default);
        }

        Assert.True(ProbabilityFolders.Is(_tiny.Path("p0")));
        Assert.False(ProbabilityFolders.Is(_tiny.Path("cv")));
        Assert.Equal((1, 0), ProbabilityFolders.Average([_tiny.Path("p0"), _tiny.Path("p1")], _tiny.Path("mean")));
        Assert.Equal((0, 1), ProbabilityFolders.Average([_tiny.Path("p0"), _tiny.Path("p1")], _tiny.Path("mean")));

        var mean = MeanOf(folds, Volume.Read(_tiny.Path("in", "a.png")), EnsembleMean.Probabilities);
        Assert.Equal(mean.Select(p => (ushort)(p > 0.5f ? 1 : 0)), LabelMap.Read(_tiny.Path("mean", "a.png")).Labels);
        File.Delete(_tiny.Path("p1", "a.npy"));
        var e = Assert.Throws<InputException>(() => ProbabilityFolders.Average([_tiny.Path("p0"), _tiny.Path("p1")], _tiny.Path("other")));
        Assert.Equal($"'{_tiny.Path("p1")}' has no probabilities of 1 of 1 case(s): a", e.Message);
    }

    private static double Entropy(double p) => p is <= 0 or >= 1 ? 0 : -((p * Math.Log2(p)) + ((1 - p) * Math.Log2(1 - p)));

    private static float[] MeanOf(IReadOnlyList<string> models, Volume image, EnsembleMean mean)
    {
        var all = models.Select(m => ProbabilitiesOf(m, image)).ToList();
        return mean == EnsembleMean.Probabilities
            ? [.. Enumerable.Range(0, all[0].Length).Select(i => all.Average(a => a[i]))]
            : [.. Enumerable.Range(0, all[0].Length).Select(i => (float)(1 / (1 + Math.Exp(-all.Average(a => Math.Log(a[i] / (1.0 - a[i])))))))];
    }

    private static float[] ProbabilitiesOf(string model, Volume image)
    {
        using var predictor = Predictor.Open(model);
        return predictor.Predict(image, probabilities: true).Probabilities!.ToFloats();
    }

    private List<string> Folds(params Recipe[] recipes) =>
        [.. recipes.Select((r, i) => Path.GetDirectoryName(Checkpoint(Path.Combine("cv", $"fold_{i}", "checkpoint-best.pt"), r, i + 1))!)];

    private string Checkpoint(string name, Recipe recipe, int seed, string label = "membrane")
    {
        TorchRuntime.Seed(seed);
        var resolved = recipe.Resolve(new Dictionary<string, int> { ["background"] = 0, [label] = 1 }, ["grey"]);
        using var network = SegSharp.Networks.Catalogue.All.GetByOptions(resolved.Network.GetType()).Build(resolved.Network);
        Directory.CreateDirectory(Path.GetDirectoryName(_tiny.Path(name))!);
        PyTorchWriter.Write(_tiny.Path(name), network.StateData(), [(Predictor.RecipeEntry, Encoding.UTF8.GetBytes(OptionsJson.Write(resolved).ToJsonString()))]);
        return _tiny.Path(name);
    }

    private static T[] Turned<T>(T[] square, int side, int quarters) => quarters == 0
        ? square
        : Turned([.. Enumerable.Range(0, side * side).Select(i => square[((i % side) * side) + (side - 1 - (i / side))])], side, quarters - 1);

    private static Predictor Random(Recipe recipe)
    {
        TorchRuntime.Seed(3);
        var resolved = recipe.Resolve(new Dictionary<string, int> { ["background"] = 0, ["membrane"] = 1 }, ["grey"]);
        return new Predictor(resolved, SegSharp.Networks.Catalogue.All.GetByOptions(resolved.Network.GetType()).Build(resolved.Network));
    }

    private static Volume Picture(int width, int height, long seed = 1)
    {
        var random = new RandomStream(seed);
        return Volume.Of<byte>("picture", Geometry.Pixels(new Extent(width, height)), 1, [.. Enumerable.Range(0, width * height).Select(_ => (byte)random.Next(256))]);
    }

    private static void AssertNear(float[] expected, float[] found, float tolerance) =>
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);
}

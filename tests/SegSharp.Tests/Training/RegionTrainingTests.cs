using System.Text.Json.Nodes;
using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Testing;
using SegSharp.Tests.Data;
using SegSharp.Torch;
using SegSharp.Torch.Optimizers;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests.Training;

/// <summary>Data sets whose labels overlap in regions, or have a label to ignore: from dataset.json to masks and scores.</summary>
[Collection(NativeCollection.Name)]
public sealed class RegionTrainingTests : IDisposable
{
    private const string Regions = """{ "background": 0, "whole tumour": [1, 2, 4], "tumour core": [1, 4], "enhancing": 4 }""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Regions_are_learnt_painted_in_their_order_and_scored(int axes)
    {
        var data = Heads(Regions, "[2, 1, 4]");
        var recipe = Recipe(axes);
        var heard = Train(data, recipe, "run");

        var stored = Run.ReadRecipe(_folder.Path("run"));
        using var predictor = Predictor.Open(_folder.Path("run"));
        var (image, truth) = (data.Read(data.Cases[^1]).Image, data.Read(data.Cases[^1]).Labels!);
        var predicted = predictor.Predict(image, probabilities: true);

        Assert.Equal(["whole tumour", "tumour core", "enhancing"], stored.Foreground);
        Assert.Equal([2, 1, 4], stored.Regions.Select(r => r.Writes));
        Assert.Equal(3, stored.Network.Classes);
        Assert.Equal(3, heard[^1].Dice.Count);
        Assert.True(heard[^1].TrainingLoss < 0.7 * heard[0].TrainingLoss, $"the loss went from {heard[0].TrainingLoss} to {heard[^1].TrainingLoss}");
        Assert.True(heard[^1].Dice[0] > 0.5, $"Dice of the whole tumour is {heard[^1].Dice[0]}");
        Assert.All(predicted.Labels.Histogram(), l => Assert.Contains((int)l.Label, (int[])[0, 1, 2, 4]));
        Assert.Equal(image.Extent, predicted.Labels.Extent);
        AssertPainted(predicted);

        var scores = Evaluation.Compare(predicted.Labels, truth, data.Labels);
        Assert.Equal(["whole tumour", "tumour core", "enhancing"], scores.Regions.Select(r => r.Name));
        Assert.True(scores.Pooled("whole tumour", SegSharp.Metrics.Metric.Dice) > 0.4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_lower_threshold_finds_more_of_every_region(int axes)
    {
        var data = Heads(Regions, "[2, 1, 4]");
        Train(data, Recipe(axes, epochs: 1), "run");
        var image = data.Read(data.Cases[0]).Image;

        long Found(double threshold)
        {
            using var predictor = Predictor.Open(_folder.Path("run"), p => p with { Threshold = threshold });
            var predicted = predictor.Predict(image, probabilities: true);
            AssertPainted(predicted, threshold);
            return predicted.Labels.Labels.Length - predicted.Labels.CountOf(0);
        }

        Assert.True(Found(0.3) >= Found(0.5) && Found(0.3) > Found(0.7));
    }

    [Fact]
    public void Regions_keep_the_order_of_the_file_since_the_order_of_painting_goes_by_it()
    {
        var data = Heads("""{ "enhancing": 4, "whole tumour": [1, 2, 4], "background": 0, "tumour core": [1, 4] }""", "[7, 8, 9]");

        var recipe = Recipe(3).Resolve(data.Description);

        Assert.Equal(["enhancing 7", "whole tumour 8", "tumour core 9"], recipe.Regions.Select(r => $"{r.Name} {r.Writes}"));
        Assert.Equal(recipe.Regions.Select(r => (r.Name, r.Writes)), Parsed(recipe).Regions.Select(r => (r.Name, r.Writes)));
        Assert.Equal(
            """[{"name":"enhancing","labels":[4],"writes":7},{"name":"whole tumour","labels":[1,2,4],"writes":8},{"name":"tumour core","labels":[1,4],"writes":9}]""",
            ModelExport.Metadata(recipe)["segsharp.regions"]);
    }

    [Fact]
    public void A_model_of_labels_is_exported_without_regions()
    {
        var metadata = ModelExport.Metadata(Recipe(2).Resolve(new Dictionary<string, int> { ["background"] = 0, ["cell"] = 3 }, ["grey"]));

        Assert.False(metadata.ContainsKey("segsharp.regions"));
        Assert.Equal("""{"background":0,"cell":3}""", metadata["segsharp.labels"]);
        Assert.Equal("""["grey"]""", metadata["segsharp.channels"]);
    }

    [Theory]
    [InlineData(null, "is missing")]
    [InlineData("[2, 1]", "has 2 labels")]
    public void Without_a_label_for_each_region_there_is_no_mask_to_paint(string? order, string found)
    {
        var data = Heads(Regions, order);

        var error = Assert.Throws<InputException>(() => Recipe(3).Resolve(data.Description));

        Assert.Equal($"the data set has 3 regions (0 background, 1+2+4 whole tumour, 1+4 tumour core, 4 enhancing) but its regions_class_order {found}", error.Message);
        Assert.Equal("add \"regions_class_order\": [1, 1, 4] to dataset.json: what masks shall hold where each region is found", error.Fix);
    }

    [Fact]
    public void A_softmax_cannot_say_yes_to_two_regions()
    {
        var data = Heads(Regions, "[2, 1, 4]");

        var error = Assert.Throws<UsageException>(() => Train(data, Recipe(3) with { Loss = new TverskyOptions() }, "run"));

        Assert.Equal(
            "loss.sigmoid is off, but the regions whole tumour, tumour core, enhancing overlap, so each needs a yes or no of its own; set loss.sigmoid=true",
            error.Message);
    }

    [Fact]
    public void What_is_to_be_ignored_is_neither_learnt_nor_counted()
    {
        // The rim is not known: whatever stands there must not change a bit.
        var known = Train(Heads("""{ "background": 0, "necrosis": 1, "edema": 2, "ignore": 4 }""", null, "known"), Recipe(2, epochs: 2) with { Loss = new DiceCrossEntropyOptions() }, "one");

        Assert.Equal(2, known[^1].Dice.Count);
        Assert.Equal(3, Run.ReadRecipe(_folder.Path("one")).Loss.Ignore);       // its class, behind 0, 1 and 2
        Assert.All(known, e => Assert.True(double.IsFinite(e.TrainingLoss) && double.IsFinite(e.ValidationLoss!.Value)));
        using var predictor = Predictor.Open(_folder.Path("one"));
        var labels = predictor.Predict(DataSet.Open(_folder.Path("known")).Read(DataSet.Open(_folder.Path("known")).Cases[0]).Image).Labels;
        Assert.DoesNotContain((ushort)4, labels.Labels);
    }

    [Fact]
    public void Unknown_voxels_are_below_0_in_every_region()
    {
        using var scope = new TensorScope();
        var targets = new RegionTargets([[1, 2], [2]], classes: 3, ignore: 3);

        var channels = targets.Of(Tensor.From([0L, 1, 2, 3, /* second image: */ 2, 2, 1, 0], 2, 2, 2));

        Assert.Equal([2L, 2, 2, 2], channels.Shape);
        Assert.Equal([0, 1, 1, -1, /* second region: */ 0, 0, 1, -1, /* second image: */ 1, 1, 1, 0, 1, 1, 0, 0], channels.ToArray<float>());
    }

    [Fact]
    public void The_boundary_loss_gets_the_distances_of_its_channels()
    {
        var sum = new WeightedSumOptions
        {
            Terms = [new() { Loss = new GeneralisedDiceOptions { Sigmoid = true } }, new() { Weight = 0.1, Loss = new BoundaryOptions { Sigmoid = true } }],
        };
        var regions = Train(Heads(Regions, "[2, 1, 4]"), Recipe(2, epochs: 2) with { Loss = sum }, "regions");
        var labels = Train(Heads(null, null, "labels"), Recipe(3, epochs: 2) with { Loss = new BoundaryOptions() }, "plain");

        Assert.All(regions.Concat(labels), e => Assert.True(double.IsFinite(e.TrainingLoss)));
        Assert.True(labels[^1].TrainingLoss < labels[0].TrainingLoss);
    }

    [Fact]
    public void Maps_have_a_channel_each_and_weights_none()
    {
        var sample = new Sample { Id = "a", Extent = new Extent(4, 1), Channels = 1, Image = new float[4], Labels = [0, 1, 1, 0] };

        var maps = LossMaps.For(new BoundaryOptions(), channels: 2, regions: null)!(sample, new RandomStream(1));
        var border = LossMaps.For(new CrossEntropyOptions { BorderWeight = 10 }, channels: 2, regions: null)!(sample, new RandomStream(1));

        Assert.Equal([0, 1, 1, 0, /* label 1: */ 1, 0, 0, 1], maps.Weights!);
        Assert.Equal((2, 0, 4), (maps.Maps, border.Maps, border.Weights!.Length));
        Assert.Null(LossMaps.For(new SoftDiceOptions(), 2, null));
    }

    private static void AssertPainted(SegSharp.Prediction.Predicted predicted, double threshold = 0.5)
    {
        int[] writes = [2, 1, 4];
        var p = Enumerable.Range(0, 3).Select(k => predicted.Probabilities!.Channel<float>(k).ToArray()).ToList();
        for (var i = 0; i < predicted.Labels.Labels.Length; i++)
        {
            if (p.All(c => Math.Abs(c[i] - threshold) > 1e-4))                     // logits are mixed before, probabilities after the sigmoid
            {
                Assert.Equal(Enumerable.Range(0, 3).Where(k => p[k][i] > threshold).Select(k => writes[k]).LastOrDefault(), predicted.Labels.Labels[i]);
            }
        }
    }

    private static Recipe Parsed(Recipe recipe) => SegSharp.Recipe.Parse(OptionsJson.Write(recipe).ToJsonString(), "memory");

    private static Recipe Recipe(int axes, int epochs = 12) => new()
    {
        Network = new UNetOptions { Dimensions = axes, Base = 8, Depth = axes == 3 ? 1 : 2, Normalisation = NormKind.Instance },
        Augmentation = [],
        Preparation = new PreparationOptions { Intensity = new ZScoreOptions() },
        Training = new TrainingOptions { Epochs = epochs, BatchSize = axes == 3 ? 1 : 4, Repeats = axes == 3 ? 3 : 1, Seed = 7, Optimizer = new AdamOptions { LearningRate = axes == 3 ? 0.04 : 0.01 } },
    };

    // Heads of few, large voxels; with the labels that dataset.json shall say.
    private DataSet Heads(string? labels, string? order, string name = "data")
    {
        var folder = _folder.Path(name);
        var data = new TumourHead().WriteDataSet(folder, new() { Count = 4, Size = new Extent(32, 32, 16), Seed = 3 });
        if (labels is null)
        {
            return data;
        }

        var file = Path.Combine(folder, DataSetDescription.FileName);
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        json["labels"] = JsonNode.Parse(labels);
        if (order is not null)
        {
            json["regions_class_order"] = JsonNode.Parse(order);
        }

        File.WriteAllText(file, json.ToJsonString());
        return DataSet.Open(folder);
    }

    private List<EpochEnded> Train(DataSet data, Recipe recipe, string name)
    {
        using var run = Run.Start(recipe, data, data.Split(Validation.Last(1)), _folder.Path(name), new RunSettings { Threads = 1, Device = Device.Cpu });
        var heard = new List<RunEvent>();
        run.Train(heard.Add);
        return [.. heard.OfType<EpochEnded>()];
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests;

public sealed class RecipeTests
{
    [Fact]
    public void Every_member_of_every_family_survives_json()
    {
        var plain = new Recipe();
        Recipe[] recipes =
        [
            plain,
            .. SegSharp.Networks.Catalogue.All.Names.Select(n => plain with { Network = (SegSharp.Networks.NetworkOptions)SegSharp.Networks.Catalogue.All.Get(n).Defaults() }),
            .. LossCatalogue.All.Names.Select(n => plain with { Loss = (LossOptions)LossCatalogue.All.Get(n).Defaults() }),
            .. OptimizerCatalogue.All.Names.Select(n => plain with { Training = new() { Optimizer = (OptimizerOptions)OptimizerCatalogue.All.Get(n).Defaults() } }),
            .. ScheduleCatalogue.All.Names.Select(n => plain with { Training = new() { Schedule = (ScheduleOptions)ScheduleCatalogue.All.Get(n).Defaults() } }),
            plain with { Augmentation = [.. SegSharp.Augmentation.Catalogue.Transforms.Names.Select(n => (SegSharp.Augmentation.TransformOptions)SegSharp.Augmentation.Catalogue.Transforms.Get(n).Defaults())] },
            plain with { Training = new() { PatchSize = new Extent(64, 48), Precision = Precision.BFloat16, Seed = long.MaxValue }, Validation = "last:2" },
            plain.Resolve(new Dictionary<string, int> { ["background"] = 0, ["cell"] = 1, ["border"] = 2 }, ["R", "G", "B"]),
        ];

        foreach (var recipe in recipes)
        {
            var text = OptionsJson.Write(recipe).ToJsonString();
            var back = Recipe.Parse(text, "recipe.json");

            Assert.Equal(text, OptionsJson.Write(back).ToJsonString());
            Assert.Equivalent(recipe.Network, back.Network, strict: true);
            Assert.Equal(recipe.Loss, back.Loss);
            Assert.Equal(recipe.Training with { Schedule = back.Training.Schedule }, back.Training);
            Assert.Equivalent(recipe.Training.Schedule, back.Training.Schedule, strict: true);
            Assert.Equal(recipe.Augmentation, back.Augmentation);
            Assert.Equal(recipe.Labels, back.Labels);
        }
    }

    [Fact]
    public void The_data_decide_channels_and_classes()
    {
        var labels = new Dictionary<string, int> { ["background"] = 0, ["cell"] = 1, ["border"] = 2 };

        var softmax = new Recipe().Resolve(labels, ["R", "G", "B"]).Network;
        var sigmoid = (new Recipe { Loss = new BinaryCrossEntropyOptions() }).Resolve(labels, ["grey"]).Network;

        Assert.Equal((3, 3), (softmax.InChannels, softmax.Classes));
        Assert.Equal((1, 2), (sigmoid.InChannels, sigmoid.Classes));
    }

    [Fact]
    public void A_stored_recipe_with_a_key_from_elsewhere_is_bad_input()
    {
        var e = Assert.Throws<InputException>(() => Recipe.Parse("""{ "training": { "epochs": 0 } }""", "run/recipe.json"));

        Assert.Equal("'run/recipe.json' is no recipe of this SegSharp: training.epochs is 0; it must be 1 or more", e.Message);
        Assert.Equal("set training.epochs", e.Fix);
    }

    [Fact]
    public void Class_weights_are_as_many_as_the_labels()
    {
        var recipe = new Recipe { Loss = new CrossEntropyOptions { ClassWeights = [1, 2, 3] } };

        var resolved = recipe.Resolve(new Dictionary<string, int> { ["background"] = 0, ["cell"] = 1 }, ["grey"]);

        Assert.Empty(recipe.Check());
        Assert.Equal(["loss.classWeights are 3 weights; there must be 2, one per label: background, cell"], resolved.Check().Select(f => f.ToString()));
        Assert.Equal(
            ["loss.classes are [1, 7]; the network has 2 channels, 0 to 1"],
            (resolved with { Loss = new BoundaryOptions { Classes = [1, 7] } }).Check().Select(f => f.ToString()));
    }

    [Fact]
    public void Weights_of_classes_without_the_background_and_channels_of_the_boundary_are_counted()
    {
        var labels = new Dictionary<string, int> { ["background"] = 0, ["cell"] = 1, ["border"] = 2 };
        LossOptions[] losses =
        [
            new SoftDiceOptions { ClassWeights = [1, 2] }, new TverskyOptions { ClassWeights = [1, 2, 3], Background = true }, new FocalOptions { ClassWeights = [1, 2, 3] }, new BoundaryOptions { Classes = [1, 2] },
            new TverskyOptions { ClassWeights = [1, 2, 3] }, new BoundaryOptions { Classes = [3] },
        ];

        var faults = losses.Select(l => string.Join(" | ", new Recipe { Loss = l }.Resolve(labels, ["grey"]).Check()));

        Assert.Equal(
            ["", "", "", "", "loss.classWeights are 3 weights; there must be 2, one per label: cell, border", "loss.classes are [3]; the network has 3 channels, 0 to 2"], faults);
    }

    [Fact]
    public void Weights_inside_a_sum_are_counted_too()
    {
        var sum = new WeightedSumOptions
        {
            Terms = [new() { Loss = new SoftDiceOptions { Sigmoid = true } }, new() { Loss = new BinaryCrossEntropyOptions { PositiveWeights = [1, 2, 3] } }],
        };

        var resolved = new Recipe { Loss = sum }.Resolve(new Dictionary<string, int> { ["background"] = 0, ["cell"] = 1 }, ["grey"]);

        Assert.Equal(["loss.positiveWeights are 3 weights; there must be 1, one per label: cell"], resolved.Check().Select(f => f.ToString()));
    }

    [Fact]
    public void A_recipe_without_labels_cannot_predict()
    {
        var e = Assert.Throws<InputException>(() => new Recipe().RequireResolved("a.pt"));

        Assert.Equal("'a.pt' names 0 labels and 0 channels, but its network has 1 classes (softmax head) and 1 channels", e.Message);
    }

    [Theory]
    [InlineData("loss.smooth=-1")]
    [InlineData("loss.positiveWeight=NaN")]
    [InlineData("loss.diceWeight=Infinity")]
    [InlineData("training.optimizer.beta1=NaN")]
    [InlineData("training.optimizer.epsilon=-1")]
    [InlineData("training.optimizer.weightDecay=Infinity")]
    [InlineData("training.foregroundShare=NaN")]
    [InlineData("training.workers=-1")]
    [InlineData("training.patchSize=8x8x2")]
    [InlineData("prediction.wholeUpTo=0")]
    public void A_value_out_of_range_is_a_fault_of_its_key(string assignment)
    {
        var json = OptionsJson.Write(new Recipe());
        OptionsJson.Set(json, assignment);

        Assert.Equal([assignment.Split('=')[0]], OptionsJson.Read<Recipe>(json, "").Check().Select(f => f.Key));
    }
}

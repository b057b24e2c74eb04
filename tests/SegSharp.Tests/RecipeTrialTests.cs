using System.Text.Json.Nodes;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests;

public sealed class RecipeTrialTests
{
    [Fact]
    public void Varying_two_keys_gives_every_combination_under_names_of_its_own()
    {
        var recipes = RecipeTrial.Varied(OptionsJson.Write(new Recipe()), ["loss.name=ce,dice+ce", "training.epochs=3,5"]);

        Assert.Equal(["ce, epochs=3", "ce, epochs=5", "dice+ce, epochs=3", "dice+ce, epochs=5"], recipes.Select(r => r.Name));
        Assert.Equal([3, 5, 3, 5], recipes.Select(r => r.Recipe.Training.Epochs));
    }

    [Fact]
    public void Lists_are_separated_by_semicolons()
    {
        var recipes = RecipeTrial.Varied(OptionsJson.Write(new Recipe()), ["loss.classWeights=[1,2];[1,5]"]);

        Assert.Equal(["classWeights=[1,2]", "classWeights=[1,5]"], recipes.Select(r => r.Name));
    }

    [Fact]
    public void One_value_is_no_comparison()
    {
        var error = Assert.Throws<UsageException>(() => RecipeTrial.Varied(new JsonObject(), ["loss.name=ce"]));

        Assert.Equal("'loss.name=ce' has 1 value(s); there must be 2 or more", error.Message);
    }
}

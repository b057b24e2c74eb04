using System.Text.Json.Nodes;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests;

public sealed class RecipeOverridesTests
{
    private const string Recipe = """
        {
          "network": { "name": "unet", "base": 64, "stride": [2, 2], "normalisation": "batch" },
          "training": { "learningRate": 0.001, "patchSize": null, "shuffle": true },
          "augmentation": [ { "name": "flip", "probability": 0.5 } ]
        }
        """;

    [Theory]
    [InlineData("network.base=16", "network", "base", "16")]
    [InlineData("network.base = 16", "network", "base", "16")]
    [InlineData("network.stride=[1,2]", "network", "stride", "[1,2]")]
    [InlineData("network.stride=2x1", "network", "stride", "\"2x1\"")]
    [InlineData("network.name=3", "network", "name", "\"3\"")]
    [InlineData("network.name=\"a b\"", "network", "name", "\"a b\"")]
    [InlineData("training.learningRate=1e-4", "training", "learningRate", "1e-4")]
    [InlineData("training.patchSize=128x128", "training", "patchSize", "\"128x128\"")]
    [InlineData("training.patchSize=[128,96]", "training", "patchSize", "[128,96]")]
    [InlineData("training.shuffle=false", "training", "shuffle", "false")]
    [InlineData("TRAINING.Shuffle=false", "training", "shuffle", "false")]
    public void A_setting_keeps_the_kind_of_its_key(string setting, string group, string key, string json)
    {
        var result = Apply(setting);

        Assert.Equal(json, result[group]![key]!.ToJsonString());
    }

    [Fact]
    public void Null_takes_a_value_away()
    {
        var result = Apply("training.learningRate=null");

        Assert.Null(result["training"]!["learningRate"]);
        Assert.True(result["training"]!.AsObject().ContainsKey("learningRate"));
    }

    [Fact]
    public void Items_of_a_list_are_reached_by_position()
    {
        var result = Apply("augmentation.0.probability=0.25");

        Assert.Equal(0.25, (double)result["augmentation"]![0]!["probability"]!);
    }

    [Fact]
    public void The_last_setting_wins_and_the_given_recipe_stays_as_it_is()
    {
        var recipe = JsonNode.Parse(Recipe)!.AsObject();

        var result = RecipeOverrides.Apply(recipe, ["network.base=8", "network.base=32"]);

        Assert.Equal(32, (int)result["network"]!["base"]!);
        Assert.Equal(64, (int)recipe["network"]!["base"]!);
    }

    [Theory]
    [InlineData(
        "network.bse=16",
        "unknown key 'network.bse'; known: network.base, network.name, network.stride, training.shuffle, training.patchSize, "
        + "network.normalisation, augmentation.0.name, training.learningRate, augmentation.0.probability")]
    [InlineData("network.base=wide", "network.base is 'wide'; it must be a number, such as 64")]
    [InlineData("training.shuffle=1", "training.shuffle is '1'; it must be true or false, such as true")]
    [InlineData("network.stride=2", "network.stride is '2'; it must be a list or a size, such as [2,2]")]
    [InlineData("network=unet", "network is 'unet'; it must be a JSON object, such as {\"name\":\"unet\",\"base\":64,\"stride\":[2,2],\"normalisation\":\"batch\"}")]
    [InlineData("network.base", "setting 'network.base' has no value; it must be key=value")]
    [InlineData("=3", "setting '=3' has no value; it must be key=value")]
    public void A_wrong_setting_is_refused_with_what_would_be_right(string setting, string message)
    {
        var error = Assert.Throws<UsageException>(() => Apply(setting));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void A_near_key_is_offered()
    {
        var error = Assert.Throws<UsageException>(() => Apply("network.bse=16"));

        Assert.Equal("did you mean 'network.base'?", error.Fix);
    }

    private static JsonObject Apply(string setting) => RecipeOverrides.Apply(JsonNode.Parse(Recipe)!.AsObject(), [setting]);
}

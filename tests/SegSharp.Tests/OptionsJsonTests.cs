using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using Xunit;

namespace SegSharp.Tests;

public sealed class OptionsJsonTests
{
    public static TheoryData<string> Networks => [.. Catalogue.All.Names];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Options_of_every_network_survive_json(string name)
    {
        var options = Catalogue.All.Get(name).Defaults();

        var json = OptionsJson.Write(options);
        var back = OptionsJson.Read<NetworkOptions>(OptionsJson.Parse(json.ToJsonString(), "recipe.json"), "network");

        Assert.Equal(name, json["name"]!.GetValue<string>());
        Assert.IsType(options.GetType(), back);
        Assert.Equivalent(options, back, strict: true);             // structurally: lists have no equality of their own
    }

    [Fact]
    public void Keys_and_values_are_camel_case_and_missing_keys_keep_their_defaults()
    {
        var json = OptionsJson.Parse("""{ "network": { "name": "unet", "base": 16, /* quick */ "normalisation": "instance", } }""", "r.json");

        var options = OptionsJson.Read<NetworkOptions>((JsonObject)json["network"]!, "network");

        Assert.Equal(new UNetOptions { Base = 16, Normalisation = NormKind.Instance }, options);
        Assert.Equal("leakyRelu", OptionsJson.Write(new UNetOptions { Activation = ActivationKind.LeakyRelu })["activation"]!.GetValue<string>());
    }

    [Fact]
    public void Set_writes_below_objects_that_it_makes_and_guesses_the_type()
    {
        var json = new JsonObject();

        OptionsJson.Set(json, "network.name=unet");
        OptionsJson.Set(json, "network.base=16");
        OptionsJson.Set(json, "network.bias=false");
        OptionsJson.Set(json, "network.up=nearest");

        Assert.Equal(
            new UNetOptions { Base = 16, Bias = false, Up = UpKind.Nearest },
            OptionsJson.Read<NetworkOptions>((JsonObject)json["network"]!, "network"));
    }

    [Theory]
    [InlineData("""{"name":"unet","bass":1}""", "unknown key 'network.bass'; known: network.base, network.bias, ", "did you mean 'network.base'?")]
    [InlineData("""{"name":"unt"}""", "unknown network 'unt'; known: unet, vnet, unet3d, ", "did you mean 'unet'?")]
    [InlineData("""{"name":"unet","up":"bilinea"}""", "unknown value of network.up 'bilinea'; known: bilinear, nearest, transposed", "did you mean 'bilinear'?")]
    [InlineData("""{"name":"unet","base":"many"}""", "network.base is \"many\"; it must be a whole number", null)]
    [InlineData("""{"name":"unet","base":1.5}""", "network.base is 1.5; it must be a whole number", null)]
    [InlineData("""{"name":"unet","bias":1}""", "network.bias is 1; it must be true or false", null)]
    [InlineData("""{"name":"unet","base":null}""", "network.base is null; it must be a whole number", null)]
    [InlineData("""{"name":"plainconvunet","strides":[[1,1],null]}""", "network.strides is [[1,1],null]; it must be a list, such as [1, 2]", null)]
    [InlineData("""{"base":1}""", "network.name is missing; known: unet, unet2015, ", null)]
    public void A_wrong_key_name_or_value_is_refused_with_its_full_key(string json, string message, string? fix)
    {
        var e = Assert.Throws<UsageException>(() => OptionsJson.Read<NetworkOptions>(OptionsJson.Parse(json, "r"), "network"));

        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
        Assert.Equal(fix, e.Fix);
    }

    [Fact]
    public void A_later_value_wins_and_another_name_starts_afresh()
    {
        var json = OptionsJson.Parse("""{"network":{"name":"unet","base":16,"depth":3}}""", "a");

        OptionsJson.Merge(json, OptionsJson.Parse("""{"network":{"base":8}}""", "b"));
        Assert.Equal("""{"network":{"name":"unet","base":8,"depth":3}}""", json.ToJsonString());

        OptionsJson.Merge(json, OptionsJson.Parse("""{"network":{"name":"unet2015"}}""", "c"));
        Assert.Equal("""{"network":{"name":"unet2015"}}""", json.ToJsonString());
    }

    [Fact]
    public void Text_that_is_not_json_is_refused_with_its_line()
    {
        var e = Assert.Throws<InputException>(() => OptionsJson.Parse("{\n  \"a\": 1\n  \"b\": 2 }", "recipe.json"));

        Assert.Equal("'recipe.json' is not JSON: line 3, column 3 cannot be read", e.Message);
    }

    [Fact]
    public void An_assignment_without_a_key_is_refused()
    {
        var e = Assert.Throws<UsageException>(() => OptionsJson.Set([], "=3"));

        Assert.Equal("'=3' sets nothing; it must be key=value", e.Message);
        Assert.Equal("--set network.base=16", e.Fix);
    }

    [Fact]
    public void A_name_is_set_before_the_keys_that_belong_to_it()
    {
        var json = OptionsJson.Write(new Recipe());

        OptionsJson.SetAll(json, ["training.optimizer.learningRate=0.01", "loss.positiveWeight=9", "training.optimizer.name=adamw", "loss.name=bce"]);

        var recipe = OptionsJson.Read<Recipe>(json, "");
        Assert.Equal(new SegSharp.Torch.Optimizers.AdamWOptions { LearningRate = 0.01 }, recipe.Training.Optimizer);
        Assert.Equal(new SegSharp.Losses.BinaryCrossEntropyOptions { PositiveWeight = 9 }, recipe.Loss);
    }

    [Fact]
    public void A_name_alone_keeps_its_member_when_a_key_is_added()
    {
        var set = OptionsJson.Parse("""{"loss":"bce"}""", "r");
        var merged = OptionsJson.Parse("""{"loss":"bce"}""", "r");
        var under = OptionsJson.Parse("""{"loss":{"name":"bce","positiveWeight":9}}""", "r");

        OptionsJson.Set(set, "loss.positiveWeight=9");
        OptionsJson.Merge(merged, OptionsJson.Parse("""{"loss":{"positiveWeight":9}}""", "r"));
        OptionsJson.Merge(under, OptionsJson.Parse("""{"loss":"bce"}""", "r"));

        Assert.All([set, merged, under], json => Assert.Equal("""{"loss":{"name":"bce","positiveWeight":9}}""", json.ToJsonString()));
    }

    [Theory]
    [InlineData("""{"network":null}""", "network is null; it must be one of unet, ")]
    [InlineData("""{"network":5}""", "network is 5; it must be one of unet, ")]
    [InlineData("""{"network":{"name":5}}""", "network.name is 5; it must be one of unet, ")]
    [InlineData("""{"training":null}""", "training is null; it must be an object")]
    [InlineData("""{"training":"long"}""", "training is \"long\"; it must be an object")]
    [InlineData("""{"augmentation":[null]}""", "augmentation[0] is null; it must be one of flip, ")]
    [InlineData("""{"augmentation":null}""", "augmentation is null; it must be a list, such as [1, 2]")]
    [InlineData("""{"channels":null}""", "channels is null; it must be a list, such as [1, 2]")]
    public void Nothing_or_a_scalar_where_a_record_is_expected_is_refused(string json, string message)
    {
        var e = Assert.Throws<UsageException>(() => OptionsJson.Read<Recipe>(OptionsJson.Parse(json, "r"), ""));

        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_below_a_number_is_refused()
    {
        var e = Assert.Throws<UsageException>(() => OptionsJson.SetAll(OptionsJson.Parse("""{"training":5}""", "r"), ["training.optimizer.name=sgd"]));

        Assert.Equal("training is 5; it must be an object for 'training.optimizer.name=sgd'", e.Message);
    }

    [Fact]
    public void A_member_of_a_list_is_set_by_its_place()
    {
        var json = OptionsJson.Write(new Recipe());

        OptionsJson.SetAll(json, ["loss.name=sum", "loss.terms=[\"dice\", {\"loss\": \"ce\"}]", "loss.terms.1.loss.borderWeight=10", "augmentation.0.horizontal=0.25"]);

        Assert.Equal(10, (int)json["loss"]!["terms"]![1]!["loss"]!["borderWeight"]!);
        Assert.Equal("ce", (string)json["loss"]!["terms"]![1]!["loss"]!["name"]!);
        Assert.Equal(0.25, (double)json["augmentation"]![0]!["horizontal"]!);
        var e = Assert.Throws<UsageException>(() => OptionsJson.Set(json, "augmentation.7.horizontal=1"));
        Assert.Equal("augmentation is a list of 2, and '7' in 'augmentation.7.horizontal=1' is no place in it", e.Message);
        Assert.Equal("count from 0 to 1", e.Fix);
    }

    [Theory]
    [InlineData("""{ "loss": { "name": "dice" }, "loss": { "name": "ce" } }""", "loss")]
    [InlineData("""{ "augmentation": [ { "name": "flip", "vertical": 1, "vertical": 0 } ] }""", "vertical")]
    public void A_key_that_stands_twice_in_one_object_is_refused(string text, string key)
    {
        var e = Assert.Throws<InputException>(() => OptionsJson.Parse(text, "my.json"));

        Assert.Equal($"'my.json' has the key '{key}' twice in one object", e.Message);
    }

    [Fact]
    public void Numbers_beyond_all_use_are_faults()
    {
        var faults = new SegSharp.Training.TrainingOptions { BatchSize = int.MaxValue, Repeats = int.MaxValue }.Check().Select(f => f.ToString());

        Assert.Equal(["training.batchSize is 2147483647; it must not be above 65,536", "training.repeats is 2147483647; it must not be above 1,000,000"], faults);
        Assert.Equal("augmentation.blur.low is 0.5 to 1E+30; it must be ordered and begin at 0.01 or more, up to 100", Assert.Single(new SegSharp.Augmentation.BlurOptions { High = 1e30 }.Check()).ToString());
    }
}

using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Parts;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks.Parts;

/// <summary>What holds for every part: a new line in the catalogue is tested by being there.</summary>
[Collection("native")]
public sealed class PartTests
{
    public static TheoryData<string> Names => [.. PartCatalogue.All.Names];

    public static TheoryData<string> Encoders => [.. PartCatalogue.Encoders];

    [Theory]
    [InlineData("vgg11", 132_863_336)]
    [InlineData("vgg11_bn", 132_868_840)]
    [InlineData("vgg13", 133_047_848)]
    [InlineData("vgg16", 138_357_544)]
    [InlineData("vgg16_bn", 138_365_992)]
    [InlineData("vgg19", 143_667_240)]
    [InlineData("resnet101", 44_549_160)]
    [InlineData("resnet152", 60_192_808)]
    [InlineData("vgg16-demo", 134_342_484)]
    [InlineData("resnet18", 11_689_512)]
    [InlineData("resnet34", 21_797_672)]
    [InlineData("resnet50", 25_557_032)]
    [InlineData("upsample-demo", 6_292_961)]
    [InlineData("tconv-demo", 295_040)]
    public void Parameters_are_the_published_ones(string name, long parameters)
    {
        using var shapesOnly = Initialise.Skip();
        using var part = PartCatalogue.All.Get(name).Build(PartCatalogue.All.Get(name).Defaults());

        Assert.Equal(parameters, part.ParameterCount);
    }

    [Theory]
    [InlineData("vgg16", 14_714_688)]
    [InlineData("vgg16-demo", 14_714_688)]
    [InlineData("resnet18", 11_176_512)]
    public void Without_its_head_an_encoder_has_its_features_only(string name, long parameters)
    {
        using var shapesOnly = Initialise.Skip();
        using var encoder = PartCatalogue.BuildEncoder(name, inChannels: 3, width: 64);

        Assert.Equal(parameters, encoder.ParameterCount);
    }

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Every_level_has_its_channels_and_half_the_sides_of_the_one_above(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var encoder = PartCatalogue.BuildEncoder(name, inChannels: 2, width: 4);

        var maps = encoder.Features(Tensor.Normal([1, 2, 64, 96]));

        Assert.Equal(encoder.Levels.Select((l, i) => (l.Channels, 64L >> i, 96L >> i)), maps.Select(m => ((int)m.Size(1), m.Size(2), m.Size(3))));
        Assert.Equal(maps.Take(4).Select(m => m.Shape), encoder.Features(Tensor.Normal([1, 2, 64, 96]), depth: 3).Select(m => m.Shape));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_parameter_gets_a_gradient(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var part = Small(name);

        var y = part.Forward(Tensor.Normal([2, 2, 32, 32]));
        (y * y).Mean().Backward();

        Assert.Empty(part.NamedParameters().Where(p => p.Tensor.Grad is null).Select(p => p.Name));
        Assert.True(y.IsFinite());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_drawing_has_no_fault_and_the_summary_counts_every_parameter_once(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var part = Small(name);

        var summary = NetworkSummary.Of(part, [32, 32]);

        Assert.Empty(part.Graph([32, 32]).Check());
        Assert.Equal(part.ParameterCount, summary.Layers.Sum(l => l.Parameters));
        Assert.True(summary.MultiplyAdds > part.ParameterCount / 2);
        Assert.True(part.IsTraining);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_image_is_refused_in_words(string name)
    {
        using var scope = new TensorScope();
        using var part = Small(name);

        var e = Assert.Throws<InputException>(() => part.Forward(Tensor.Zeros([1, 5, 32, 32])));

        Assert.Equal($"the image is [1,5,32,32] float32 but '{name}' takes [N, 2, H, W]", e.Message);
        Assert.Equal("network.inChannels=5", e.Fix);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_options_are_JSON_and_back_and_bad_ones_are_refused(string name)
    {
        var defaults = PartCatalogue.All.Get(name).Defaults();
        var json = OptionsJson.Write(defaults);

        Assert.Equal(defaults, OptionsJson.Read<PartOptions>(json, "network"));
        json["inChannels"] = 0;
        var e = Assert.Throws<UsageException>(() => PartCatalogue.All.Get(name).Build(OptionsJson.Read<PartOptions>(json, "network")));
        Assert.Equal("network.inChannels is 0; it must be 1 or more", e.Message);
    }

    [Fact]
    public void An_encoder_without_a_head_gives_no_classes()
    {
        using var scope = new TensorScope();
        using var encoder = PartCatalogue.BuildEncoder("resnet18", inChannels: 1, width: 2);

        var e = Assert.Throws<InputException>(() => encoder.Classify(Tensor.Zeros([1, 1, 32, 32])));

        Assert.Equal("this encoder was built without a head, so it gives no classes", e.Message);
    }

    [Fact]
    public void The_courses_classifier_takes_the_one_size_it_was_built_for()
    {
        using var scope = new TensorScope();
        using var vgg = new VggDemo(new() { Base = 2, InputSide = 64 });

        Assert.Equal([1, 20], vgg.Classify(Tensor.Zeros([1, 3, 64, 64])).Shape);
        var e = Assert.Throws<InputException>(() => vgg.Classify(Tensor.Zeros([1, 3, 64, 96])));
        Assert.Equal("an image of 64×96 does not fit this classifier, which was built for 64×64", e.Message);
    }

    [Fact]
    public void The_upsampling_path_makes_256_of_4()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var demo = new UpsampleDemo(new() { InChannels = 8, Base = 32 });

        Assert.Equal([1, 1, 256, 256], demo.Forward(Tensor.Normal([1, 8, 4, 4])).Shape);
    }

    [Fact]
    public void An_unknown_encoder_is_refused_with_those_that_exist()
    {
        var e = Assert.Throws<UsageException>(() => new EncoderUNet(new() { Encoder = "resnet19", Base = 2 }));

        Assert.Equal("network.encoder is 'resnet19'; it must be one of vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn, vgg16-demo, resnet18, resnet34, resnet50, resnet101, resnet152", e.Message);
    }

    [Theory]
    [InlineData("resnet18", 3)]
    [InlineData("resnet50", 4)]
    [InlineData("vgg16", 5)]
    [InlineData("vgg16", 3)]
    [InlineData("vgg11_bn", 5)]
    public void A_decoder_of_any_depth_attention_and_normalisation_runs_at_any_size(string encoder, int depth)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        foreach (var norm in Enum.GetValues<SegSharp.Networks.Blocks.NormKind>())
        {
            using var network = new EncoderUNet(new() { Encoder = encoder, Base = 8, EncoderDepth = depth, DecoderChannels = [.. Enumerable.Repeat(4, depth)], Attention = DecoderAttention.Scse, Normalisation = norm, Groups = 2 });

            var logits = network.Forward(Tensor.Normal([2, 3, 45, 70])).Full;
            logits.Mean().Backward();

            Assert.Equal([2, 1, 45, 70], logits.Shape);
            Assert.NotNull(network.Encoder.Parameters().First().Grad);
        }
    }

    [Fact]
    public void A_classifiers_names_have_a_place_in_the_networks_that_hold_one()
    {
        using var shapesOnly = Initialise.Skip();
        using var unet = new EncoderUNet(new() { Encoder = "resnet18", Base = 2 });
        using var vgg = new EncoderUNet(new() { Encoder = "vgg16", Base = 2 });
        using var fcn = new Fcn(new Fcn8sOptions { Base = 2 });

        Assert.All([unet, vgg], n => Assert.Equal(Classifier(n.EncoderPart), Held(n)));
        Assert.Equal(Classifier(fcn.EncoderPart), Held(fcn));
        Assert.Null(fcn.EncoderPart.OwnName("classifier.6.weight"));

        static IEnumerable<string> Held(Network network) => network.State().Select(s => s.Name).Where(network.EncoderPart!.Holds);

        IEnumerable<string> Classifier(EncoderPart part)
        {
            using var whole = PartCatalogue.All.Get(part.Classifier!).Build((EncoderOptions)PartCatalogue.All.Get(part.Classifier!).Defaults() with { Base = 2 });
            return [.. whole.State().Select(s => part.OwnName(s.Name)).OfType<string>()];
        }
    }

    private static Part Small(string name)
    {
        var json = OptionsJson.Write(PartCatalogue.All.Get(name).Defaults());
        json["inChannels"] = 2;
        foreach (var (key, value) in new[] { ("base", name == "upsample-demo" ? 32 : 4), ("hidden", 8), ("inputSide", 32) })
        {
            if (json.ContainsKey(key))
            {
                json[key] = value;
            }
        }

        return PartCatalogue.All.Get(name).Build(OptionsJson.Read<PartOptions>(json, "network"));
    }
}

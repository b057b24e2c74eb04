using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Networks.Parts;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class FcnTests
{
    [Fact]
    public void A_fresh_network_says_0_everywhere_so_that_its_cross_entropy_is_ln_21()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = new Fcn(new Fcn8sOptions { Base = 4 });
        network.Evaluate();

        var logits = network.Forward(Tensor.Normal([1, 3, 40, 72])).Full;

        Assert.All(logits.ToArray<float>(), v => Assert.Equal(0, v));
        Assert.Equal(Math.Log(21), -logits.LogSoftmax(1).Mean().Item(), tolerance: 1e-5);      // a mean of 60,480 values in float32
    }

    [Theory]
    [InlineData(32)]
    [InlineData(16)]
    [InlineData(8)]
    public void Cropping_takes_any_sides_and_gives_them_back(int stride)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = new Fcn(Options(stride) with { Base = 2, Hidden = 8, Align = FcnAlign.Crop });

        foreach (var sides in new long[][] { [1, 1], [37, 90], [100, 64] })
        {
            Assert.Equal([1, 21, .. sides], network.Forward(Tensor.Normal([1, 3, .. sides])).Full.Shape);
        }
    }

    [Fact]
    public void Stretching_refuses_an_image_that_five_poolings_would_swallow()
    {
        using var scope = new TensorScope();
        using var network = new Fcn(new Fcn32sOptions { Base = 2, Hidden = 8 });

        var e = Assert.Throws<InputException>(() => network.Forward(Tensor.Zeros([1, 3, 31, 64])));

        Assert.Equal("an image of 31×64 does not fit this network; both sides must be 32 or more", e.Message);
        Assert.Equal("network.align=crop takes any sides", e.Fix);
    }

    [Fact]
    public void At_once_weighs_the_scores_of_the_pools()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        TorchRuntime.Seed(3);
        using var plain = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 8 });
        using var atOnce = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 8, AtOnce = true });
        foreach (var (name, weight) in plain.NamedParameters().Where(p => p.Name.StartsWith("score", StringComparison.Ordinal)))
        {
            Initialise.Normal(weight, 0, name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 1);
        }

        var values = plain.StateData().ToDictionary(s => s.Name, s => s.Value);
        foreach (var (key, factor) in new[] { ("score_pool4.weight", 100), ("score_pool3.weight", 10_000) })
        {
            values[key] = (Tensor.From(values[key]) * factor).ToData();
        }

        atOnce.Load(values, "memory");
        plain.Evaluate();
        atOnce.Evaluate();
        var image = Tensor.Normal([1, 3, 64, 64]);

        var expected = plain.Forward(image).Full;
        Assert.True(expected.Abs().Max().Item() > 0.01);
        Assert.Equal(0, (expected - atOnce.Forward(image).Full).Abs().Max().Item(), tolerance: 1e-5);
    }

    [Fact]
    public void The_enlarging_layers_interpolate_bilinearly_inside()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 8, Classes = 2 });
        var weight = network.NamedParameters().Single(p => p.Name == "upscore8.weight").Tensor;
        var x = Tensor.Normal([1, 2, 6, 7]);

        var ours = Convolution.ConvTranspose(x, weight, null, [8, 8], [4, 4], [0, 0], 1);
        var difference = (ours - Pooling.Linear(x, [48, 56], alignCorners: false)).Narrow(2, 8, 32).Narrow(3, 8, 40);

        Assert.Equal(0, difference.Abs().Max().Item(), tolerance: 1e-5);
    }

    [Fact]
    public void Fully_connected_layers_as_convolutions_say_of_a_7_by_7_map_what_they_said_before()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var vgg = new Vgg(new Vgg16Options { Base = 2, Hidden = 6, Classes = 5 });
        vgg.Evaluate();
        var map = Tensor.Normal([1, 16, 7, 7]);
        var state = vgg.State().ToDictionary(s => s.Name, s => s.Tensor);
        var fc6 = Projection.Linear(map.Reshape(1, -1), state["classifier.0.weight"], state["classifier.0.bias"]);

        var lent = VggNames.ToConvolutions(vgg.StateData().ToDictionary(s => s.Name, s => s.Value), "memory");

        Assert.Equal([6, 16, 7, 7], lent["fc6.weight"].Shape);
        Assert.Equal([6, 6, 1, 1], lent["fc7.weight"].Shape);
        Assert.DoesNotContain(lent.Keys, k => k.StartsWith("classifier", StringComparison.Ordinal));
        var convolved = Convolution.Conv(map, Tensor.From(lent["fc6.weight"]), Tensor.From(lent["fc6.bias"]), [1, 1], [0, 0], [1, 1], 1);
        Assert.Equal(0, (convolved.Reshape(1, -1) - fc6).Abs().Max().Item(), tolerance: 1e-5);
    }

    [Theory]
    [InlineData("torchvision")]
    [InlineData("caffe")]
    [InlineData("course")]
    public void A_classifier_lends_its_weights_under_any_of_its_names(string whose)
    {
        using var scope = new TensorScope();
        using var vgg = new Vgg(new Vgg16Options { Base = 2, Hidden = 6, Classes = 5 });
        using var network = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 6 });
        var names = whose switch { "caffe" => VggNames.Caffe, "course" => VggNames.Course, _ => VggNames.Torchvision };
        var values = vgg.StateData().ToDictionary(s => Renamed(s.Name), s => s.Value);

        var own = network.LoadClassifier(values, "vgg16.pth");

        Assert.Equal(["score_fr.weight", "score_fr.bias", "score_pool4.weight", "score_pool4.bias", "score_pool3.weight", "score_pool3.bias", "upscore2.weight", "upscore_pool4.weight", "upscore8.weight"], own);
        var state = network.State().ToDictionary(s => s.Name, s => s.Tensor);
        Assert.Equal(values[names[12] + ".weight"].Bytes.ToArray(), state["features_to_pool5.4.weight"].ToData().Bytes.ToArray());
        Assert.Equal(values[names[13] + ".weight"].Bytes.ToArray(), state["fc6.weight"].ToData().Bytes.ToArray());

        string Renamed(string key)
        {
            var dot = key.LastIndexOf('.');
            return names[VggNames.Torchvision.ToList().IndexOf(key[..dot])] + key[dot..];
        }
    }

    [Fact]
    public void Weights_of_something_else_are_no_classifier()
    {
        using var scope = new TensorScope();
        using var network = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 6 });
        using var other = new ResNet(new ResNet18Options { Base = 2, Classes = 0 });

        var e = Assert.Throws<InputException>(() => network.LoadClassifier(other.StateData().ToDictionary(s => s.Name, s => s.Value), "resnet.pth"));

        Assert.Equal("'resnet.pth' is no VGG16: its convolution 'features.0' is missing", e.Message);
    }

    [Theory]
    [InlineData(32, 136_152_917)]
    [InlineData(16, 134_815_994)]
    [InlineData(8, 134_489_759)]
    public void Parameters_for_21_classes_are_the_published_ones(int stride, long parameters)
    {
        using var shapesOnly = Initialise.Skip();
        using var network = new Fcn(Options(stride));

        Assert.Equal(parameters, network.ParameterCount);
    }

    private static FcnOptions Options(int stride) => stride switch { 32 => new Fcn32sOptions(), 16 => new Fcn16sOptions(), _ => new Fcn8sOptions() };
}

using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class PretrainingTests
{
    private static readonly UNetOptions Options = new() { Base = 2, Depth = 2, InChannels = 3, Classes = 2 };

    [Fact]
    public void A_head_for_other_classes_begins_anew_and_the_rest_is_loaded()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var theirs = new UNet(Options with { Classes = 5 });
        using var ours = new UNet(Options);
        var fresh = Values(ours);

        var loaded = Pretraining.Load(ours, Values(theirs, CourseUNet.For(2)), "w.pt");

        Assert.Equal(("course-unet", PretrainedPart.Network), (loaded.Origin, loaded.Part));
        Assert.Equal(["head.weight", "head.bias"], loaded.Fresh);
        Assert.Empty(loaded.Adapted);
        var now = Values(ours);
        Assert.All(now.Keys, n => Assert.Equal(Hex((n.StartsWith("head", StringComparison.Ordinal) ? fresh : Values(theirs))[n]), Hex(now[n])));
        Assert.Equal($"{loaded.Loaded} tensors by the names of course-unet; begun anew: head.weight, head.bias", loaded.ToString());
    }

    [Fact]
    public void A_grey_image_meets_the_sum_of_the_colours_weights()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var theirs = new UNet(Options);
        using var ours = new UNet(Options with { InChannels = 1 });
        var grey = Tensor.Uniform([1, 1, 8, 12]);

        var loaded = Pretraining.Load(ours, Values(theirs), "w.pt");

        theirs.Evaluate();
        ours.Evaluate();
        Assert.Equal(["down.0.conv1.weight"], loaded.Adapted);
        Assert.Empty(loaded.Fresh);
        var difference = (theirs.Forward(Tensor.Cat(1, grey, grey, grey)).Full - ours.Forward(grey).Full).Abs().Max().Item();
        Assert.InRange(difference, 0, 1e-6);                                    // one sum in another order
    }

    [Theory]
    [InlineData(3, 4, "1 2 3 1", 0.75f)]
    [InlineData(3, 2, "1 2", 1.5f)]
    [InlineData(1, 2, "1 1", 0.5f)]
    [InlineData(3, 1, "6", 1f)]
    public void Channels_are_taken_in_turn_and_scaled_or_summed_for_one(int before, int after, string expected, float factor)
    {
        using var check = new NoLeaks();
        var values = Enumerable.Range(1, before).Select(i => (float)i).ToArray();
        var weight = new TensorData(DType.Float32, [1, before, 1, 1], System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

        var adapted = Pretraining.ToChannels(weight, after);

        Assert.Equal([1, after, 1, 1], adapted.Shape);
        Assert.Equal(
            expected.Split(' ').Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture) * factor),
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(adapted.Bytes.Span).ToArray());
    }

    [Fact]
    public void Other_channels_and_other_classes_at_once_are_understood()
    {
        using var scope = new TensorScope();
        using var theirs = new UNet(Options with { InChannels = 4, Classes = 7 });
        using var ours = new UNet(Options);

        var loaded = Pretraining.Load(ours, Values(theirs), "w.pt");

        Assert.Equal(["down.0.conv1.weight"], loaded.Adapted);
        Assert.Equal(["head.weight", "head.bias"], loaded.Fresh);
    }

    [Fact]
    public void Weights_of_another_width_are_refused_and_nothing_is_loaded()
    {
        using var scope = new TensorScope();
        using var theirs = new UNet(Options with { Base = 4 });
        using var ours = new UNet(Options);
        var before = Values(ours);

        var e = Assert.Throws<InputException>(() => Pretraining.Load(ours, Values(theirs), "w.pt"));

        Assert.StartsWith("'w.pt' holds another network: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("'down.0.conv1.weight' is [4,3,3,3] there and [2,3,3,3] here", e.Message, StringComparison.Ordinal);
        Assert.All(Values(ours), v => Assert.Equal(Hex(before[v.Key]), Hex(v.Value)));
    }

    [Fact]
    public void The_encoder_alone_comes_from_a_network_of_the_same_kind()
    {
        using var scope = new TensorScope();
        using var theirs = new UNet(Options with { Classes = 9 });
        using var ours = new UNet(Options);
        var fresh = Values(ours);

        var loaded = Pretraining.Load(ours, Values(theirs, CourseUNet.For(2), "module."), "w.pt", part: PretrainedPart.Encoder);

        Assert.Equal(PretrainedPart.Encoder, loaded.Part);
        var now = Values(ours);
        Assert.All(now.Keys, n => Assert.Equal(Hex((n.StartsWith("down", StringComparison.Ordinal) ? Values(theirs) : fresh)[n]), Hex(now[n])));
        Assert.Contains("module.out.weight", loaded.LeftOut);
    }

    [Fact]
    public void A_classifiers_weights_find_their_places_by_themselves()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new Small();
        var classifier = new Dictionary<string, TensorData>(StringComparer.Ordinal)
        {
            ["features.0.weight"] = Of([2, 3, 3, 3], 1),
            ["features.0.bias"] = Of([2], 2),
            ["classifier.0.weight"] = Of([4, 8], 3),                            // reads a map of 2×2×2
            ["classifier.0.bias"] = Of([4], 4),
            ["classifier.3.weight"] = Of([1000, 4], 5),
        };

        var loaded = Pretraining.Load(network, classifier, "vgg.pth");

        Assert.Equal(("tiny-vgg", PretrainedPart.Encoder, 4), (loaded.Origin, loaded.Part, loaded.Loaded));
        Assert.Equal(["classifier.3.weight"], loaded.LeftOut);
        Assert.Equal(["encoder.conv.weight"], loaded.Adapted);
        Assert.Equal(["head.weight", "head.bias"], loaded.Fresh);
        Assert.Equal(Hex(Of([4, 2, 2, 2], 3)), Hex(Values(network)["encoder.fc.weight"]));
        Assert.Equal(Hex(Of([2, 1, 3, 3], 3)), Hex(Values(network)["encoder.conv.weight"]));     // 1 + 1 + 1
    }

    [Theory]
    [InlineData("torchvision-vgg", "imagenet")]
    [InlineData(null, "imagenet")]
    [InlineData("vgg16", "caffe-vgg")]
    public void A_vgg16_becomes_an_fcn(string? origin, string input)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var theirs = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 4 });
        using var ours = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 4, Classes = 3 });
        var names = VggNames.Fcn.Zip(input == "imagenet" ? VggNames.Torchvision : VggNames.Caffe).ToDictionary(StringComparer.Ordinal);
        var vgg = theirs.StateData().Where(s => names.ContainsKey(Layer(s.Name)))
            .ToDictionary(s => names[Layer(s.Name)] + s.Name[s.Name.LastIndexOf('.')..], s => Flat(s.Name, s.Value), StringComparer.Ordinal);
        var unread = input == "imagenet" ? "classifier.6.weight" : "fc8.weight";
        vgg[unread] = Of([1000, 4], 1);

        var loaded = Pretraining.Load(ours, vgg, "vgg16.pth", origin);

        Assert.Equal(("vgg16", PretrainedPart.Encoder, 30, input), (loaded.Origin, loaded.Part, loaded.Loaded, loaded.Input));
        Assert.Equal([unread], loaded.LeftOut);
        var (expected, now) = (Values(theirs), Values(ours));
        Assert.All(now.Keys.Where(n => names.ContainsKey(Layer(n))), n => Assert.Equal(Hex(expected[n]), Hex(now[n])));
        Assert.All(loaded.Fresh, n => Assert.False(names.ContainsKey(Layer(n)), n));

        static string Layer(string name) => name[..name.LastIndexOf('.')];

        // As a classifier stores its fully connected layers.
        static TensorData Flat(string name, TensorData value) =>
            name.StartsWith("fc", StringComparison.Ordinal) && value.Shape.Length > 1 ? value with { Shape = [value.Shape[0], value.Count / value.Shape[0]] } : value;
    }

    [Fact]
    public void A_whole_fcn_is_read_whole_although_its_encoder_would_fit_too()
    {
        using var scope = new TensorScope();
        using var theirs = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 4, Classes = 5 });
        using var ours = new Fcn(new Fcn8sOptions { Base = 2, Hidden = 4, Classes = 3 });

        var loaded = Pretraining.Load(ours, Values(theirs, VggNames.CaffeToFcn), "fcn8s.pth");

        Assert.Equal(("wkentaro", PretrainedPart.Network, "caffe-vgg"), (loaded.Origin, loaded.Part, loaded.Input));
        Assert.Empty(loaded.LeftOut);
        Assert.NotEmpty(loaded.Fresh);
    }

    public static TheoryData<string> Names => [.. Catalogue.All.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_encoder_sees_the_image_and_does_not_make_the_classes(string name)
    {
        using var scope = new TensorScope();
        using var shapesOnly = Initialise.Skip();
        using var network = Catalogue.All.Get(name).Build(Catalogue.All.Get(name).Defaults());
        using var other = Catalogue.All.Get(name).Build(network.Options with { InChannels = network.Options.InChannels + 1, Classes = network.Options.Classes + 1 });
        if (network.EncoderPart is not { } encoder)
        {
            Assert.Equal("monai-attentionunet", name);                          // its levels lie in each other
            return;
        }

        var different = network.NamedParameters().Zip(other.NamedParameters()).Where(p => !p.First.Tensor.Shape.SequenceEqual(p.Second.Tensor.Shape)).Select(p => p.First.Name).ToList();

        Assert.All(encoder.Parts, part => Assert.Contains(network.NamedParameters(), p => p.Name.StartsWith(part + ".", StringComparison.Ordinal)));
        Assert.Contains(different, encoder.Holds);
        Assert.Contains(different, n => !encoder.Holds(n));
    }

    [Fact]
    public void A_network_without_an_encoder_says_so()
    {
        using var network = new MonaiAttentionUNet(new() { Widths = [2, 4] });

        var e = Assert.Throws<UsageException>(() => Pretraining.Load(network, Values(network), "w.pt", part: PretrainedPart.Encoder));

        Assert.Equal("this network names no part of it as its encoder, so there is none to load", e.Message);
    }

    [Fact]
    public void What_is_drawn_afterwards_does_not_depend_on_what_was_tried()
    {
        using var scope = new TensorScope();
        using var theirs = new UNet(Options with { Classes = 5 });
        using var ours = new UNet(Options);
        TorchRuntime.Seed(3);
        var expected = Tensor.Uniform([4]).ToArray<float>();

        TorchRuntime.Seed(3);
        Pretraining.Load(ours, Values(theirs), "w.pt");

        Assert.Equal(expected, Tensor.Uniform([4]).ToArray<float>());
    }

    private static Dictionary<string, TensorData> Values(Network network, KeyMap? names = null, string prefix = "") =>
        network.StateData().ToDictionary(s => prefix + (names ?? KeyMap.Same).Theirs(s.Name), s => s.Value, StringComparer.Ordinal);

    private static string Hex(TensorData data) => $"[{string.Join(',', data.Shape)}] {Convert.ToHexString(data.Bytes.Span)}";

    private static TensorData Of(long[] shape, float value) =>
        new(DType.Float32, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes(Enumerable.Repeat(value, (int)shape.Aggregate(1L, (a, b) => a * b)).ToArray().AsSpan()).ToArray());

    private sealed record SmallOptions : NetworkOptions
    {
        public override string About => "a test's network";
    }

    private sealed class Small : Network
    {
        private readonly Conv _conv, _fc, _head;

        public Small()
            : base(new SmallOptions())
        {
            var encoder = Child("encoder", new Parts());
            (_conv, _fc) = (encoder.Conv, encoder.Fc);
            _head = Child("head", new Conv(2, 4, 1, kernel: 1));
        }

        public override int Dimensions => 2;

        public override EncoderPart EncoderPart => new()
        {
            Parts = ["encoder"],
            Classifier = "tiny-vgg",
            OwnName = key => key switch
            {
                _ when key.StartsWith("features.0.", StringComparison.Ordinal) => $"encoder.conv.{key[11..]}",
                _ when key.StartsWith("classifier.0.", StringComparison.Ordinal) => $"encoder.fc.{key[13..]}",
                _ => null,
            },
        };

        public override Logits Forward(Tensor image) => _head.Forward(_fc.Forward(_conv.Forward(image)));

        private sealed class Parts : Module
        {
            public Parts()
            {
                Conv = Child("conv", new Conv(2, 1, 2));
                Fc = Child("fc", new Conv(2, 2, 4, kernel: 2));
            }

            public Conv Conv { get; }

            public Conv Fc { get; }
        }
    }
}

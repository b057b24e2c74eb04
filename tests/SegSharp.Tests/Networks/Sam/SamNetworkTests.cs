using SegSharp.Foundation;
using SegSharp.Networks.Sam;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks.Sam;

[Collection("native")]
public sealed class SamNetworkTests
{
    public static TheoryData<string> Small => ["tiny", "adapters", "volumes"];

    [Fact]
    public void The_base_has_the_published_number_of_parameters()
    {
        using var network = new SamNetwork(SamOptions.VitB);

        Assert.Equal(93_735_472, network.ParameterCount);
        Assert.Equal(314, network.State().Count());
    }

    [Theory]
    [Trait("Category", "Full")]
    [InlineData("VitL", 312_342_832, 482)]
    [InlineData("VitH", 641_090_608, 594)]
    [InlineData("Med2D", 271_241_776, null)]
    [InlineData("Med3D", 100_509_232, null)]
    public void The_others_have_the_published_number_of_parameters(string name, long parameters, int? tensors)
    {
        using var network = new SamNetwork((SamOptions)typeof(SamOptions).GetProperty(name)!.GetValue(null)!);

        Assert.Equal(parameters, network.ParameterCount);
        Assert.Equal(tensors ?? network.State().Count(), network.State().Count());
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void A_gradient_reaches_every_parameter(string name)
    {
        using var check = new NoLeaks();
        using var network = Make(name);
        using var scope = new TensorScope();

        foreach (var several in new[] { false, true })
        {
            var embedding = network.ImageEncoder.Forward(Image(network));
            foreach (var prompts in new[] { Everything(network), new Prompts { Points = Everything(network).Points, Labels = Everything(network).Labels } })
            {
                var (masks, quality) = network.Decode(embedding, prompts, several);
                ((masks * masks).Mean() + (quality * quality).Mean()).Backward(retainGraph: true);
            }
        }

        Assert.Empty(network.NamedParameters().Where(p => p.Tensor.Grad is not { } g || g.Abs().Max().Item() == 0).Select(p => p.Name));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void With_and_without_gradients_the_numbers_are_the_same(string name)
    {
        using var network = Make(name);
        using var scope = new TensorScope();

        var with = network.ImageEncoder.Forward(Image(network)).Detach();
        using var guard = new NoGrad();
        var without = network.ImageEncoder.Forward(Image(network));

        Assert.Equal(0, (with - without).Abs().Max().Item(), 2e-5);                // channel norms divide by small deviations
    }

    [Fact]
    public void An_encoder_without_positions_biases_and_windows_learns_too()
    {
        using var check = new NoLeaks();
        TorchRuntime.Seed(7);
        using var encoder = new ImageEncoder(SamOptions.Tiny.ImageEncoder with { AbsolutePositions = false, RelativePositions = false, QkvBias = false, Window = 0, Activation = SamActivation.Relu });
        using var scope = new TensorScope();
        var image = Tensor.Normal([2, 3, 128, 128]);

        var with = encoder.Forward(image);
        (with * with * with).Mean().Backward();

        Assert.Empty(encoder.NamedParameters().Where(p => p.Tensor.Grad is not { } g || g.Abs().Max().Item() == 0).Select(p => p.Name));
        Assert.DoesNotContain(encoder.NamedParameters(), p => p.Name.Contains("pos", StringComparison.Ordinal) || p.Name.EndsWith("qkv.bias", StringComparison.Ordinal));
        using var guard = new NoGrad();
        Assert.Equal(0, (with.Detach() - encoder.Forward(image)).Abs().Max().Item(), 2e-5);
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Options_are_read_off_the_shapes(string name)
    {
        using var network = Make(name);

        var found = SamShapes.Of(network.State().ToDictionary(s => s.Name, s => s.Tensor.Shape), "weights.pt");

        Assert.Equal(network.Options.ImageEncoder with { GlobalBlocks = [] }, found.ImageEncoder with { GlobalBlocks = [] });
        Assert.Equal(network.Options.ImageEncoder.GlobalBlocks, found.ImageEncoder.GlobalBlocks);
        Assert.Equal(network.Options.PromptEncoder.Grid, found.PromptEncoder.Grid);
        Assert.Equal(network.Options.MaskDecoder, found.MaskDecoder);
    }

    [Fact]
    public void A_click_in_the_middle_of_a_cell_has_the_cells_code()
    {
        using var network = Make("tiny");
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        foreach (var embedding in network.PromptEncoder.NamedParameters().Where(p => p.Name.StartsWith("point_embeddings", StringComparison.Ordinal)))
        {
            embedding.Tensor.FillInPlace(0);
        }

        var (i, j) = (3, 5);
        var (sparse, _) = network.PromptEncoder.Forward(new() { Points = Tensor.From([(16f * j) + 7.5f, (16f * i) + 7.5f], 1, 1, 2), Labels = Tensor.Ones([1, 1]) });

        Assert.Equal(network.PromptEncoder.GridCode().Select(2, i).Select(2, j).ToArray<float>(), sparse.Select(1, 0).ToArray<float>());
    }

    [Fact]
    public void Prompts_change_the_mask_and_a_padding_point_says_nothing_about_a_place()
    {
        using var network = Make("tiny");
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var embedding = network.ImageEncoder.Forward(Image(network));

        Tensor Mask(float x, float label) => network.Decode(embedding, new() { Points = Tensor.From([x, 20f], 1, 1, 2), Labels = Tensor.Full(label, [1, 1]) }, several: false).Masks;

        Assert.True((Mask(20, 1) - Mask(90, 1)).Abs().Max().Item() > 1e-4);
        Assert.True((Mask(20, 1) - Mask(20, 0)).Abs().Max().Item() > 1e-4);
        Assert.Equal(0, (Mask(20, -1) - Mask(90, -1)).Abs().Max().Item());
    }

    [Fact]
    public void The_choice_is_the_best_of_three_for_one_click_and_the_single_mask_for_two()
    {
        using var check = new NoLeaks();
        using var network = Make("tiny");
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var embedding = network.ImageEncoder.Forward(Image(network));
        Prompts Clicks(int n) => new() { Points = Tensor.Full(40, [1, n, 2]), Labels = Tensor.Ones([1, n]) };

        var (_, three) = network.Decode(embedding, Clicks(1), several: true);
        var (single, _) = network.Decode(embedding, Clicks(2), several: false);
        var (_, best) = network.DecodeChosen(embedding, Clicks(1));
        var (chosen, _) = network.DecodeChosen(embedding, Clicks(2));

        Assert.Equal(three.Max().Item(), best.Item());
        Assert.Equal(single.ToArray<float>(), chosen.ToArray<float>());
    }

    [Fact]
    public void An_image_of_another_size_is_refused()
    {
        using var network = Make("tiny");
        using var scope = new TensorScope();

        var error = Assert.Throws<InputException>(() => network.ImageEncoder.Forward(Tensor.Zeros([1, 3, 64, 128])));

        Assert.Equal("the image is [1,3,64,128] float32 but this encoder takes [N,3,128,128]", error.Message);
    }

    [Fact]
    public void Volumes_know_no_boxes()
    {
        using var network = Make("volumes");
        using var scope = new TensorScope();

        var error = Assert.Throws<InputException>(() => network.PromptEncoder.Forward(new() { Boxes = Tensor.Zeros([1, 4]) }));

        Assert.Equal("this model knows no boxes: it has embeddings for points alone", error.Message);
    }

    [Fact]
    public void Every_fault_of_the_options_is_named()
    {
        var options = SamOptions.Tiny with
        {
            ImageEncoder = SamOptions.Tiny.ImageEncoder with { Heads = 5, ImageSize = 100 },
            MaskDecoder = SamOptions.Tiny.MaskDecoder with { Width = 12 },
        };

        var error = Assert.Throws<UsageException>(() => new SamNetwork(options));

        Assert.Contains("imageEncoder.imageSize is 100; it must be a multiple of imageEncoder.patchSize, which is 16", error.Message, StringComparison.Ordinal);
        Assert.Contains("imageEncoder.heads is 5; it must divide imageEncoder.width, which is 64", error.Message, StringComparison.Ordinal);
        Assert.Contains("maskDecoder.width is 12; it must be a multiple of 8", error.Message, StringComparison.Ordinal);
        Assert.Contains("promptEncoder.width is 32; imageEncoder.outChannels (32) and maskDecoder.width (12) must be the same", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_joined_again_are_the_tokens()
    {
        using var scope = new TensorScope();
        var tokens = Tensor.Arange(2 * 5 * 7 * 3, DType.Float32).Reshape(2, 5, 7, 3);

        var windows = Windows.Cut(tokens, 3);

        Assert.Equal([2 * 2 * 3, 3, 3, 3], windows.Shape);
        Assert.Equal(tokens.ToArray<float>(), Windows.Join(windows, 3, [5, 7]).ToArray<float>());
    }

    // Starting weights leave positions at zero; random ones move every part of the network.
    internal static SamNetwork Make(string name)
    {
        TorchRuntime.Seed(7);
        var tiny = SamOptions.Tiny;
        var network = new SamNetwork(name switch
        {
            "adapters" => tiny with { ImageEncoder = tiny.ImageEncoder with { Adapters = true } },
            "volumes" => new()
            {
                ImageEncoder = new() { Dimensions = 3, ImageSize = 32, PatchSize = 8, InChannels = 1, Width = 24, Depth = 2, Heads = 2, MlpRatio = 2, OutChannels = 24, Window = 3, GlobalBlocks = [1] },
                PromptEncoder = new() { Width = 24, Grid = [4, 4, 4], ImageSize = [32, 32, 32] },
                MaskDecoder = new() { Dimensions = 3, Width = 24, Heads = 2, Hidden = 32, QualityHidden = 16 },
            },
            _ => tiny,
        });
        foreach (var (key, parameter) in network.NamedParameters())
        {
            if (key.Contains("pos", StringComparison.Ordinal))
            {
                Initialise.Normal(parameter, 0, 0.3);
            }
        }

        return network;
    }

    private static Tensor Image(SamNetwork network)
    {
        TorchRuntime.Seed(8);
        var o = network.Options.ImageEncoder;
        return Tensor.Normal([1, o.InChannels, .. Enumerable.Repeat((long)o.ImageSize, o.Dimensions)]);
    }

    private static Prompts Everything(SamNetwork network)
    {
        TorchRuntime.Seed(9);
        var axes = network.Options.ImageEncoder.Dimensions;
        return new()
        {
            Points = Tensor.Uniform([1, 3, axes], 0, 30),
            Labels = Tensor.From([1f, 0f, -1f], 1, 3),
            Boxes = axes == 2 ? Tensor.From([5f, 6f, 60f, 70f], 1, 4) : null,
            Masks = Tensor.Normal([1, 1, .. Enumerable.Repeat(4L * network.Options.ImageEncoder.Grid, axes)]),
        };
    }
}

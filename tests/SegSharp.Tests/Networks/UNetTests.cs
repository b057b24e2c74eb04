using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class UNetTests
{
    [Theory]
    [InlineData(3, 1, 31_043_521)]
    [InlineData(1, 1, 31_042_369)]
    [InlineData(1, 2, 31_042_434)]
    [InlineData(4, 4, 31_044_292)]
    public void Parameters_at_base_64_are_the_published_ones(int inChannels, int classes, long parameters)
    {
        using var network = new UNet(new() { InChannels = inChannels, Classes = classes });

        Assert.Equal(parameters, network.ParameterCount);
    }

    [Theory]
    [InlineData(64, 31_032_516)]
    [InlineData(32, 7_760_484)]
    [InlineData(16, 1_941_300)]
    [InlineData(8, 485_916)]
    public void Without_normalisation_it_is_the_practical_works_network(int width, long parameters)
    {
        using var network = new UNet(new() { InChannels = 4, Classes = 4, Base = width, Normalisation = NormKind.None });

        Assert.Equal(parameters, network.ParameterCount);
    }

    [Theory]
    [InlineData(3, 1, 1_865_793)]
    [InlineData(3, 2, 7_703_873)]
    [InlineData(3, 3, 31_045_441)]
    [InlineData(1, 2, 7_702_721)]
    public void The_courses_network_has_its_parameters(int inChannels, int blocks, long parameters)
    {
        using var network = new BasicUNet(new() { InChannels = inChannels, Blocks = blocks });

        Assert.Equal(parameters, network.ParameterCount);
    }

    [Fact]
    public void Its_keys_are_the_levels_of_the_figure()
    {
        using var network = new UNet(new() { Base = 2, Depth = 1 });

        string[] block = ["conv1.weight", "conv1.bias", "norm1.weight", "norm1.bias", "norm1.running_mean", "norm1.running_var", "norm1.num_batches_tracked",
            "conv2.weight", "conv2.bias", "norm2.weight", "norm2.bias", "norm2.running_mean", "norm2.running_var", "norm2.num_batches_tracked"];
        Assert.Equal(
            [.. block.Select(k => $"down.0.{k}"), .. block.Select(k => $"down.1.{k}"), "raise.0.weight", "raise.0.bias", .. block.Select(k => $"up.0.{k}"), "head.weight", "head.bias"],
            network.State().Select(s => s.Name));
    }

    [Theory]
    [InlineData(NormKind.Instance, ActivationKind.LeakyRelu, UpKind.Bilinear, 2)]
    [InlineData(NormKind.Group, ActivationKind.Elu, UpKind.Nearest, 2)]
    [InlineData(NormKind.None, ActivationKind.Prelu, UpKind.Transposed, 2)]
    [InlineData(NormKind.Batch, ActivationKind.Relu, UpKind.Transposed, 3)]
    [InlineData(NormKind.Instance, ActivationKind.Relu, UpKind.Bilinear, 3)]
    [InlineData(NormKind.Batch, ActivationKind.Gelu, UpKind.Transposed, 2)]
    [InlineData(NormKind.Group, ActivationKind.Silu, UpKind.Bilinear, 3)]
    public void Every_option_runs_forwards_and_backwards_at_any_size(NormKind norm, ActivationKind activation, UpKind up, int dimensions)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new UNet(new() { Base = 8, Depth = 2, Normalisation = norm, Activation = activation, Up = up, Dimensions = dimensions, Dropout = 0.1, Bias = false });
        long[] sides = dimensions == 2 ? [13, 18] : [5, 9, 12];

        var logits = network.Forward(Tensor.Uniform([2, 1, .. sides])).Full;
        logits.Mean().Backward();

        Assert.Equal([2, 1, .. sides], logits.Shape);
        Assert.Empty(network.NamedParameters().Where(p => p.Tensor.Grad is null).Select(p => p.Name));
    }

    [Fact]
    public void A_size_that_does_not_halve_is_continued_by_its_edge_and_cut_back()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = new UNet(new() { Base = 4, Depth = 2 });
        network.Evaluate();
        var image = Tensor.Uniform([1, 1, 6, 8]);
        var larger = Tensor.Cat(2, image, image.Narrow(2, 5, 1), image.Narrow(2, 5, 1));    // two more copies of the last row

        var ours = network.Forward(image).Full;

        Assert.Equal(network.Forward(larger).Full.Narrow(2, 0, 6).ToArray<float>(), ours.ToArray<float>());
    }

    [Fact]
    public void Kaiming_normal_has_the_fan_outs_deviation_and_no_bias()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(1);
        using var network = new UNet(new() { Base = 64, Depth = 3, Init = StartingWeights.KaimingNormal });
        var state = network.State().ToDictionary(s => s.Name, s => s.Tensor);

        var raise = state["raise.2.weight"].ToArray<float>();                               // 512 → 256, 2×2

        Assert.Equal(Math.Sqrt(2 / 2048.0), Math.Sqrt(raise.Average(w => (double)w * w)), tolerance: 2e-4);
        Assert.All(state["raise.2.bias"].ToArray<float>(), b => Assert.Equal(0, b));
    }

    [Theory]
    [InlineData(572, 388)]
    [InlineData(188, 4)]
    [InlineData(204, 20)]
    [InlineData(540, 356)]
    public void The_unpadded_network_gives_the_published_sizes(long side, long output)
    {
        using var network = new UNet2015(new() { Base = 2 });

        Assert.Equal([output, output], network.OutputSides([side, side]));
        Assert.Equal([side, side], network.InputSides([output, output]));
        Assert.Equal(184, network.Margin);
    }

    [Theory]
    [InlineData(512, "a side of 512 does not fit this network: 512 → 508 → 254 → 250 → 125 → 121: an odd side cannot be halved; sides must be 188 + 16·k", "the nearest sides that fit are 508 and 524")]
    [InlineData(96, "a side of 96 does not fit this network: 96 → 92 → 46 → 42 → 21 → 17: an odd side cannot be halved; sides must be 188 + 16·k", "the smallest side that fits is 188")]
    [InlineData(92, "a side of 92 does not fit this network: 92 → 88 → 44 → 40 → 20 → 16 → 8 → 4 → 2 → -2: nothing is left; sides must be 188 + 16·k", "the smallest side that fits is 188")]
    public void A_size_that_does_not_fit_is_refused_with_those_that_do(long side, string message, string fix)
    {
        using var network = new UNet2015(new() { Base = 2 });

        var e = Assert.Throws<InputException>(() => network.OutputSides([side, 188]));

        Assert.Equal(message, e.Message);
        Assert.Equal(fix, e.Fix);
    }

    [Fact]
    public void The_network_of_2015_has_its_parameters()
    {
        using var network = new UNet2015(new());

        Assert.Equal(31_030_658, network.ParameterCount);
    }

    [Fact]
    public void Multiply_adds_and_memory_of_a_small_network_are_those_of_the_pencil()
    {
        using var scope = new TensorScope();
        using var network = new UNet(new() { Base = 2, Depth = 1, Normalisation = NormKind.None, ConvolutionsPerBlock = 1 });

        var summary = NetworkSummary.Of(network, [4, 4]);

        // conv 1→2 on 16, pool, conv 2→4 on 4, up 4→2 from 4, join, conv 4→2 on 16, head 2→1 on 16
        Assert.Equal([("down.0.conv1", 288L, 128L), ("", 0, 0), ("", 0, 32), ("down.1.conv1", 288, 64), ("", 0, 0), ("raise.0", 128, 128), ("", 0, 256), ("up.0.conv1", 1152, 128), ("", 0, 0), ("head", 32, 64)],
            summary.Layers.Select(l => (l.Name, l.MultiplyAdds, l.ActivationBytes)));
        Assert.Equal(["Conv", "ReLU", "MaxPool", "Conv", "ReLU", "ConvTranspose", "Cat", "Conv", "ReLU", "Conv"], summary.Layers.Select(l => l.Type));
    }
}

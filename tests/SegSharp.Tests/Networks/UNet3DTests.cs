using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class UNet3DTests
{
    [Theory]
    [InlineData("gcr", UpKind.Nearest, false)]
    [InlineData("cbl", UpKind.Bilinear, false)]
    [InlineData("cbr", UpKind.Transposed, false)]
    [InlineData("cie", UpKind.Nearest, false)]
    [InlineData("crgD", UpKind.Nearest, false)]
    [InlineData("bcrd", UpKind.Nearest, false)]
    [InlineData("cr", UpKind.Nearest, false)]
    [InlineData("gcr", UpKind.Nearest, true)]
    [InlineData("cge", UpKind.Nearest, true)]
    [InlineData("cbl", UpKind.Nearest, true)]
    public void Every_order_runs_forwards_and_backwards_at_any_size(string order, UpKind up, bool residual)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new UNet3D(new() { InChannels = 2, Classes = 3, Base = 4, Depth = 2, Groups = 2, Order = order, Up = up, Residual = residual });

        var logits = network.Forward(Tensor.Uniform([2, 2, 5, 8, 11])).Full;
        logits.Mean().Backward();

        Assert.Equal([2, 3, 5, 8, 11], logits.Shape);
        Assert.Empty(network.NamedParameters().Where(p => p.Tensor.Grad is null).Select(p => p.Name));
    }

    [Fact]
    public void Its_channels_are_the_papers()
    {
        using var network = new UNet3D(new() { Order = "cbr", Up = UpKind.Transposed });
        var shapes = network.NamedParameters().Where(p => p.Name.EndsWith("conv.weight", StringComparison.Ordinal)).Select(p => (p.Tensor.Shape[1], p.Tensor.Shape[0]));

        Assert.Equal([(1, 32), (32, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512)], shapes.Take(8));
    }

    [Fact]
    public void Widths_stand_in_the_place_of_base_and_depth()
    {
        using var network = new UNet3D(new() { Widths = [4, 6, 10], Groups = 2 });

        Assert.Equal([4, 6, 10, 6, 4], network.Graph([8, 8, 8]).Nodes.Where(n => n.Arm is not (NetworkArm.Input or NetworkArm.Head)).Select(n => n.Channels));
        Assert.Equal(["8×8×8", "4×4×4", "2×2×2", "4×4×4", "8×8×8"], network.Graph([8, 8, 8]).Nodes.Skip(1).SkipLast(1).Select(n => n.Size));
    }

    [Fact]
    public void An_odd_side_comes_back_at_the_skip()
    {
        using var network = new UNet3D(new() { Base = 4, Depth = 2, Groups = 2 });

        Assert.Equal(["7×9×8", "3×4×4", "1×2×2", "3×4×4", "7×9×8", "7×9×8"], network.Graph([7, 9, 8]).Nodes.Skip(1).Select(n => n.Size));
    }

    [Fact]
    public void A_side_that_cannot_be_halved_that_often_is_refused()
    {
        using var scope = new TensorScope();
        using var network = new UNet3D(new() { Base = 8 });

        var e = Assert.Throws<InputException>(() => network.Forward(Tensor.Zeros([1, 1, 16, 7, 16])));

        Assert.Equal("a side of 7 is too small for this network: it is halved 3 times", e.Message);
        Assert.Equal("give sides of 8 or more, or a smaller network.depth", e.Fix);
    }

    [Theory]
    [InlineData("gr", "it must have one c, the convolution")]
    [InlineData("", "it must have one c, the convolution")]
    [InlineData("ccr", "it must have one c, the convolution")]
    [InlineData("gcbr", "it may have one normalisation")]
    [InlineData("crl", "it may have one activation")]
    [InlineData("cdD", "it may have one dropout")]
    [InlineData("rc", "an activation cannot come first, where it would read what another has left")]
    [InlineData("cx", "'x' is no step; known: c convolution, g group norm, b batch norm, i instance norm, r ReLU, l leaky ReLU, e ELU, d dropout, D channel dropout")]
    public void An_order_that_makes_no_sense_is_refused(string order, string why)
    {
        var e = Assert.Throws<UsageException>(() => new UNet3D(new() { Order = order }));

        Assert.Equal($"network.order is '{order}'; {why}", e.Message);
    }

    [Theory]
    [InlineData(12, 1, "network.groups is 8; it must divide every number of channels that is normalised and no smaller, such as 12")]
    [InlineData(64, 12, "network.groups is 8; it must divide every number of channels that is normalised and no smaller, such as 12")]
    public void Groups_that_do_not_divide_are_refused(int width, int inChannels, string message)
    {
        var e = Assert.Throws<UsageException>(() => new UNet3D(new() { Base = width, InChannels = inChannels }));

        Assert.Equal(message, e.Message);
    }

    [Fact]
    public void Fewer_channels_than_groups_are_one_group()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = new UNet3D(new() { Base = 8, Depth = 1, InChannels = 3 });

        Assert.True(network.Forward(Tensor.Uniform([1, 3, 4, 4, 4])).Full.IsFinite());
    }

    [Fact]
    public void It_has_two_axes_too()
    {
        using var scope = new TensorScope();
        using var network = new UNet3D(new() { Dimensions = 2, Base = 4, Depth = 2, Groups = 2, Up = UpKind.Bilinear, Classes = 2 });

        Assert.Equal([1, 2, 9, 14], network.Forward(Tensor.Uniform([1, 1, 9, 14])).Full.Shape);
        Assert.Contains("conv 3×3", network.Graph([16, 16]).Nodes[1].Operations);
        Assert.Contains(network.Graph([16, 16]).Edges, e => e.Label == "bilinear ×2");
    }

    [Fact]
    public void The_first_convolution_of_a_level_may_have_all_its_channels()
    {
        using var half = new UNet3D(new() { Base = 8, Depth = 1, Groups = 2 });
        using var wide = new UNet3D(new() { Base = 8, Depth = 1, Groups = 2, GrowAtOnce = true });

        Assert.Equal([4, 1, 3, 3, 3], Shape(half, "encoders.0.basic_module.SingleConv1.conv.weight"));
        Assert.Equal([8, 1, 3, 3, 3], Shape(wide, "encoders.0.basic_module.SingleConv1.conv.weight"));
        Assert.Equal([16, 8, 3, 3, 3], Shape(wide, "encoders.1.basic_module.SingleConv1.conv.weight"));
    }

    [Fact]
    public void Without_padding_the_output_is_eight_smaller_and_skips_are_not_cropped()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new UNet3D(new() { Base = 4, Depth = 2, Groups = 2, Padded = false });

        Assert.Equal([24, 29, 32], network.OutputSides([32, 37, 40]));
        Assert.Equal([32, 37, 40], network.InputSides([5, 29, 32]));
        Assert.Equal([1, 1, 24, 29, 32], network.Forward(Tensor.Uniform([1, 1, 32, 37, 40])).Full.Shape);
        Assert.Equal(["28×33×36", "10×12×14", "1×2×3", "6×8×10", "24×29×32"], network.Graph([32, 37, 40]).Nodes.Skip(1).Take(5).Select(n => n.Size));

        var e = Assert.Throws<InputException>(() => network.OutputSides([31, 40, 40]));
        Assert.Equal("a side of 31 is too small for this network: it is halved 2 times, and every level takes 4 off", e.Message);
        Assert.Equal("give sides of 32 or more, or a smaller network.depth", e.Fix);
    }

    [Fact]
    public void Skips_of_residual_blocks_may_be_joined()
    {
        using var scope = new TensorScope();
        using var network = new UNet3D(new() { Base = 4, Depth = 1, Groups = 2, Residual = true, Joins = true });

        Assert.Equal([4, 8, 1, 1, 1], Shape(network, "decoders.0.basic_module.conv1.weight"));
        Assert.Equal([1, 1, 6, 7, 8], network.Forward(Tensor.Uniform([1, 1, 6, 7, 8])).Full.Shape);
        Assert.Contains(network.Graph([8, 8, 8]).Edges, e => e.Label == "copy, join");
    }

    [Fact]
    public void An_excitation_lets_the_larger_of_channels_and_places_through()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var plain = new UNet3D(new() { Base = 4, Depth = 1, Groups = 2, Residual = true });
        using var excited = new UNet3D(new() { Base = 4, Depth = 1, Groups = 2, Residual = true, Excites = true });
        var weights = plain.NamedParameters().ToDictionary(p => p.Name, p => p.Tensor);
        foreach (var (name, weight) in excited.NamedParameters())
        {
            if (weights.TryGetValue(name, out var same))
            {
                weight.CopyInPlace(same);
            }
            else
            {
                Initialise.Constant(weight, name.EndsWith("sSE.conv.bias", StringComparison.Ordinal) ? 50 : name.EndsWith("fc2.bias", StringComparison.Ordinal) ? -50 : 0);
            }
        }

        var image = Tensor.Uniform([1, 1, 8, 8, 8]);

        Assert.Equal(plain.Forward(image).Full.ToArray<float>(), excited.Forward(image).Full.ToArray<float>());
    }

    [Fact]
    public void Options_of_the_other_kind_of_block_are_refused()
    {
        Assert.Equal("network.joins is on, which only blocks with network.residual have", Refused(new() { Joins = true }));
        Assert.Equal("network.excites is on, which only blocks with network.residual have", Refused(new() { Excites = true }));
        Assert.Equal("network.growAtOnce is on, which blocks with network.residual cannot be", Refused(new() { Residual = true, GrowAtOnce = true }));
        Assert.Equal("network.padded is off, which blocks with network.residual cannot be", Refused(new() { Residual = true, Padded = false }));

        static string Refused(UNet3DOptions options) => Assert.Throws<UsageException>(() => new UNet3D(options)).Message;
    }

    private static long[] Shape(UNet3D network, string name) => network.NamedParameters().Single(p => p.Name == name).Tensor.Shape;
}

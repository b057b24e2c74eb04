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
}

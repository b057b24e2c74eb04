using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class VNetTests
{
    [Theory]
    [InlineData(ActivationKind.Elu, false, 45_597_898)]
    [InlineData(ActivationKind.Elu, true, 45_600_316)]
    [InlineData(ActivationKind.Prelu, true, 45_603_934)]
    public void Parameters_with_two_classes_are_the_published_ones(ActivationKind activation, bool bias, long parameters)
    {
        using var network = new VNet(new() { Classes = 2, Activation = activation, Bias = bias });

        Assert.Equal(parameters, network.ParameterCount);
    }

    [Theory]
    [InlineData(3, ActivationKind.Elu, true)]
    [InlineData(3, ActivationKind.Prelu, false)]
    [InlineData(2, ActivationKind.Relu, false)]
    [InlineData(2, ActivationKind.LeakyRelu, true)]
    public void Every_option_runs_forwards_and_backwards_at_any_size(int dimensions, ActivationKind activation, bool batchStatistics)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new VNet(new() { Dimensions = dimensions, InChannels = 2, Base = 4, Activation = activation, BatchStatistics = batchStatistics, DownConvolutions = [2, 3, 1, 1], UpConvolutions = [1, 1, 2, 1] });
        long[] sides = dimensions == 2 ? [18, 33] : [16, 9, 20];

        var logits = network.Forward(Tensor.Uniform([2, 2, .. sides])).Full;
        logits.Mean().Backward();

        Assert.Equal([2, 1, .. sides], logits.Shape);
        Assert.Empty(network.NamedParameters().Where(p => p.Tensor.Grad is null).Select(p => p.Name));
    }

    [Fact]
    public void Slopes_are_one_per_channel_or_one_for_all()
    {
        using var each = new VNet(new() { Base = 2, Activation = ActivationKind.Prelu });
        using var one = new VNet(new() { Base = 2, Activation = ActivationKind.Prelu, OneSlope = true });

        Assert.Equal([4], each.NamedParameters().Single(p => p.Name == "down_tr32.act_function1.weight").Tensor.Shape);
        Assert.All(one.NamedParameters().Where(p => p.Name.Contains("act_function", StringComparison.Ordinal)), p => Assert.Equal([1], p.Tensor.Shape));
    }

    [Fact]
    public void A_leaky_ReLU_has_the_slope_that_it_is_told()
    {
        using var scope = new TensorScope();

        Assert.Equal([-1f, 4f], new VNetBlocks.Style(2, ActivationKind.LeakyRelu, Slope: 0.25).Activate(1).Forward(Tensor.From([-4f, 4f])).ToArray<float>());
    }

    [Fact]
    public void Channels_that_cannot_be_repeated_are_refused()
    {
        var e = Assert.Throws<UsageException>(() => new VNet(new() { InChannels = 3 }));

        Assert.Equal("network.inChannels is 3; it must divide network.base, which is 16, because the image is repeated to as many channels", e.Message);
    }

    [Fact]
    public void Every_block_has_its_number_of_convolutions()
    {
        var e = Assert.Throws<UsageException>(() => new VNet(new() { DownConvolutions = [1, 2, 3], UpConvolutions = [0, 1, 1, 1] }));

        Assert.Equal(
            "network.downConvolutions is [1, 2, 3]; it must be four numbers from 1 to 8; network.upConvolutions is [0, 1, 1, 1]; it must be four numbers from 1 to 8",
            e.Message);
    }

    [Fact]
    public void With_batch_statistics_evaluation_is_training_without_dropout_and_leaves_the_buffers()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = new VNet(new() { Base = 2, BatchStatistics = true, Dropout = 0, SkipDropout = 0 });
        var image = Tensor.Uniform([2, 1, 16, 16, 32]);
        float[] Means() => [.. network.NamedBuffers().Where(b => b.Name.EndsWith("running_mean", StringComparison.Ordinal)).SelectMany(b => b.Tensor.ToArray<float>())];

        network.Evaluate();
        var before = Means();
        var evaluated = network.Forward(image).Full.ToArray<float>();
        Assert.Equal(before, Means());
        network.Train();

        Assert.Equal(network.Forward(image).Full.ToArray<float>(), evaluated);
        Assert.NotEqual(before, Means());
    }

    [Fact]
    public void The_drawing_shows_strides_and_the_widths_of_the_way_up()
    {
        using var network = new VNet(new());

        var graph = network.Graph([64, 64, 50]);

        Assert.Equal([1, 16, 32, 64, 128, 256, 256, 128, 64, 32, 1], graph.Nodes.Select(n => n.Channels));
        Assert.Equal("64×64×64", graph.Nodes[1].Size);
        Assert.Equal("64×64×50", graph.Nodes[^1].Size);
        Assert.Equal(["conv 5×5×5", "batch norm", "+ the image", "ELU"], graph.Nodes[1].Operations);
        Assert.Equal(["image", null, null, "2 convs", "3 convs", "2 convs", "2 convs", "2 convs", null, null, "logits"], graph.Nodes.Select(n => n.Label));
        Assert.Contains(graph.Edges, e => e.Label == "conv 2×2×2, stride 2");
    }
}

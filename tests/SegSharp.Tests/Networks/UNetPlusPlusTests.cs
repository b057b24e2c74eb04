using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class UNetPlusPlusTests
{
    [Theory]
    [InlineData(3, false, 9_163_329)]
    [InlineData(3, true, 9_163_428)]
    [InlineData(1, false, 9_162_753)]
    public void It_has_the_published_number_of_parameters(int inChannels, bool deepSupervision, long parameters)
    {
        using var scope = new TensorScope();
        using var network = new UNetPlusPlus(new() { InChannels = inChannels, DeepSupervision = deepSupervision });

        Assert.Equal(parameters, network.ParameterCount);
    }

    [Fact]
    public void Depth_four_makes_fifteen_nodes()
    {
        using var scope = new TensorScope();
        using var network = new UNetPlusPlus(new() { Base = 2 });

        Assert.Equal(15, network.NamedChildren.Count(c => c.Name.StartsWith("conv", StringComparison.Ordinal)));
        Assert.Equal("conv0_0 conv1_0 conv2_0 conv3_0 conv4_0 conv0_1", string.Join(' ', network.NamedChildren.Take(6).Select(c => c.Name)));
    }

    [Fact]
    public void Deep_supervision_gives_a_head_per_column_at_full_size_the_deepest_first()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new UNetPlusPlus(new() { Base = 4, Classes = 3, DeepSupervision = true });

        var logits = network.Forward(Tensor.Uniform([1, 1, 33, 50]));

        Assert.Equal(4, logits.Levels.Count);
        Assert.Same(logits.Full, logits.Levels[0]);
        Assert.All(logits.Levels, l => Assert.Equal([1, 3, 33, 50], l.Shape));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Pruned_it_gives_that_heads_logits_for_less_work(int head)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var whole = new UNetPlusPlus(new() { Base = 4, DeepSupervision = true });
        using var pruned = new UNetPlusPlus(new() { Base = 4, DeepSupervision = true, Prune = head });
        pruned.Load(whole.StateData().ToDictionary(s => s.Name, s => s.Value), "memory");
        whole.Evaluate();
        pruned.Evaluate();
        var image = Tensor.Uniform([1, 1, 33, 50]);

        var logits = pruned.Forward(image);

        Assert.Equal(whole.Forward(image).Levels[4 - head].ToArray<float>(), logits.Full.ToArray<float>());
        Assert.Equal(head, logits.Levels.Count);
        var (less, all) = (NetworkSummary.Of(pruned, [32, 48]).MultiplyAdds, NetworkSummary.Of(whole, [32, 48]).MultiplyAdds);
        Assert.Equal(head == 4, less == all);
        Assert.True(less <= all);
    }

    [Fact]
    public void Pruned_it_still_trains_every_head()
    {
        using var scope = new TensorScope();
        using var network = new UNetPlusPlus(new() { Base = 4, DeepSupervision = true, Prune = 1 });

        Assert.Equal(4, network.Forward(Tensor.Uniform([1, 1, 32, 32])).Levels.Count);
    }

    [Theory]
    [InlineData(5, true, "network.prune is 5; it must be 1 to network.depth, which is 4, or 0 for the whole network")]
    [InlineData(2, false, "network.prune is 2, but without network.deepSupervision only the deepest node has a head")]
    public void A_head_that_does_not_exist_is_refused(int prune, bool deepSupervision, string message)
    {
        var e = Assert.Throws<UsageException>(() => new UNetPlusPlus(new() { Prune = prune, DeepSupervision = deepSupervision }));

        Assert.Equal(message, e.Message);
    }

    [Fact]
    public void Nnunets_form_takes_kernels_and_strides_per_level_and_any_size()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new GenericUNetPlusPlus(new()
        {
            Dimensions = 3,
            Base = 4,
            Depth = 2,
            Classes = 2,
            Kernels = [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
            Strides = [[1, 2, 2], [2, 2, 2]],
            DeepSupervision = true,
        });

        var logits = network.Forward(Tensor.Uniform([1, 1, 5, 18, 22]));

        Assert.Equal([1, 2, 5, 18, 22], logits.Full.Shape);
        Assert.Equal(2, logits.Levels.Count);
        Assert.Contains(network.NamedParameters(), p => p.Name == "conv_blocks_context.0.blocks.0.conv.weight" && p.Tensor.Shape[2] == 1);
    }

    [Fact]
    public void Interpolation_needs_equal_channels()
    {
        var e = Assert.Throws<UsageException>(() => new GenericUNetPlusPlus(new() { Base = 8, Depth = 2, ConvolutionalUpsampling = false }));

        Assert.Equal("network.convolutionalUpsampling is off, which needs the same channels in every level; they are 8, 16, 32", e.Message);
    }

    [Fact]
    public void With_one_convolution_per_node_the_way_up_has_two()
    {
        using var network = new GenericUNetPlusPlus(new() { Base = 4, Depth = 2, ConvolutionsPerBlock = 1 });
        var names = network.NamedParameters().Select(p => p.Name).ToList();

        Assert.DoesNotContain("conv_blocks_context.0.blocks.1.conv.weight", names);
        Assert.Contains("conv_blocks_context.2.0.blocks.0.conv.weight", names);
        Assert.Contains("conv_blocks_context.2.1.blocks.0.conv.weight", names);
        Assert.Contains("loc0.0.0.blocks.0.conv.weight", names);
        Assert.Contains("loc0.0.1.blocks.0.conv.weight", names);
    }
}

using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Networks.Blocks;

[Collection("native")]
public sealed class ConvStyleTests
{
    // Variance 1, mean 0: with ε the values are divided by √(1 + ε).
    [Theory]
    [InlineData(NormKind.Batch)]
    [InlineData(NormKind.Instance)]
    [InlineData(NormKind.Group)]
    public void Epsilon_is_added_to_the_variance(NormKind norm)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var layer = new ConvStyle { Norm = norm, Groups = 1, Epsilon = 0.5625 }.Normalise(1)!;

        var y = layer.Forward(Tensor.From([-1f, 1f, -1f, 1f], 1, 1, 2, 2));

        Assert.Equal([-0.8f, 0.8f, -0.8f, 0.8f], y.ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Momentum_is_the_share_of_a_new_batch()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var layer = (BatchNorm)new ConvStyle { Momentum = 0.25 }.Normalise(1)!;

        layer.Forward(Tensor.From([4f, 4f, 8f, 8f], 1, 1, 2, 2));

        Assert.Equal(1.5, layer.RunningMean.Item(), 6);
    }

    [Theory]
    [InlineData(ActivationKind.Gelu, -0.158655, 0.841345)]
    [InlineData(ActivationKind.Silu, -0.268941, 0.731059)]
    public void Smooth_activations_have_their_values_at_minus_one_and_one(ActivationKind activation, double low, double high)
    {
        using var scope = new TensorScope();

        var y = new ConvStyle { Activation = activation }.Activate().Forward(Tensor.From([-1f, 1f])).ToArray<float>();

        Assert.Equal([low, high], y.Select(v => (double)v), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Numbers_that_make_no_normalisation_are_faults()
    {
        Assert.Equal(
            ["network.epsilon is -1; it must be in [0, 1)", "network.momentum is 2; it must be in [0, 1]"],
            ConvStyle.FaultsOf(-1, 2).Select(f => f.ToString()));
    }
}

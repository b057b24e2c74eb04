using SegSharp.Losses;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Losses;

/// <summary>When logits look like probabilities.</summary>
[Collection("native")]
public sealed class LogitsGuardTests
{
    [Fact]
    public void What_went_through_a_softmax_is_noticed()
    {
        using var scope = new TensorScope();
        var p = Logits().Softmax(1);

        Assert.Equal(
            "the network's outputs lie between 0.002 and 0.98 and sum to 1 at every pixel, as if they were probabilities already; "
            + "the loss takes logits and applies the softmax itself: let the network end before its own",
            LogitsGuard.Suspect(p, Head.Softmax));
    }

    [Fact]
    public void What_went_through_a_sigmoid_is_noticed_in_one_channel_and_in_many()
    {
        using var scope = new TensorScope();

        Assert.Equal(
            "the network's outputs lie between 0.047 and 0.952, as if they were probabilities already; "
            + "the loss takes logits and applies the sigmoid itself: let the network end before its own",
            LogitsGuard.Suspect(Logits().Sigmoid(), Head.Sigmoid));
        Assert.NotNull(LogitsGuard.Suspect(Logits().Narrow(1, 0, 1).Sigmoid(), Head.Sigmoid));
    }

    [Fact]
    public void Logits_are_not()
    {
        using var scope = new TensorScope();

        Assert.Null(LogitsGuard.Suspect(Logits(), Head.Softmax));
        Assert.Null(LogitsGuard.Suspect(Logits(), Head.Sigmoid));
        Assert.Null(LogitsGuard.Suspect(Tensor.Zeros([1, 2, 4, 4]), Head.Sigmoid));       // an untrained last layer may be all zero
        Assert.Null(LogitsGuard.Suspect(Logits().Sigmoid(), Head.Softmax));               // in [0, 1], but no distribution over the labels
        Assert.Null(LogitsGuard.Suspect(Tensor.Full(double.NaN, [1, 2, 4, 4]), Head.Softmax));
    }

    private static Tensor Logits() => Tensor.From([.. Enumerable.Range(0, 48).Select(i => (float)(3 * Math.Sin(i * 5)))], 1, 3, 4, 4);
}

using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.Tests.Torch;

[Collection("native")]
public sealed class AttentionTests
{
    // 64 × 64 tokens are eight chunks of rows; 20 stacks of 14 × 14 are one, and 200 several; 7 tokens to 4096 places as in a decoder.
    [Theory]
    [InlineData(2, 64, 64, true)]
    [InlineData(20, 14, 14, true)]
    [InlineData(200, 14, 14, true)]
    [InlineData(2, 64, 64, false)]
    public void Chunks_give_what_the_whole_gives(int stacks, int height, int width, bool biased)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        TorchRuntime.Seed(3);
        var (q, k, v) = (Tensor.Normal([stacks, height * width, 8]), Tensor.Normal([stacks, height * width, 8]), Tensor.Normal([stacks, height * width, 5]));
        Tensor[] biases = biased ? [Tensor.Normal([stacks, height, width, height, 1]), Tensor.Normal([stacks, height, width, 1, width])] : [];

        var chunks = Attention.Attend(q, k, v, 0.25, height, [height, width], biases);
        q.RequiresGrad = true;
        var whole = Attention.Attend(q, k, v, 0.25, height, [height, width], biases);

        Assert.True(whole.RequiresGrad);
        Assert.Equal(0, (whole.Detach() - chunks).Abs().Max().Item(), 2e-6);      // values of a few, 4096 of them averaged
    }

    [Fact]
    public void Chunks_take_biases_that_do_not_depend_on_the_last_axis_of_the_queries()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(4);
        var (q, k, v) = (Tensor.Normal([2, 4 * 4 * 4, 6]), Tensor.Normal([2, 64, 6]), Tensor.Normal([2, 64, 6]));
        Tensor[] biases = [Tensor.Normal([2, 16, 4, 1, 1, 4]), Tensor.Normal([2, 16, 1, 4, 1, 4]), Tensor.Normal([2, 16, 1, 1, 4, 4])];

        var chunks = Attention.Attend(q, k, v, 0.4, 16, [4, 4, 4], biases);
        q.RequiresGrad = true;
        var whole = Attention.Attend(q, k, v, 0.4, 16, [4, 4, 4], biases);

        Assert.Equal(0, (whole.Detach() - chunks).Abs().Max().Item(), 2e-6);
    }

    [Fact]
    public void Chunks_hold_a_fraction_of_the_logits()
    {
        using var scope = new TensorScope();
        var q = Tensor.Normal([4, 64 * 64, 8]);
        var before = TorchRuntime.Counter("live_bytes");
        TorchRuntime.ResetCounter("peak_bytes");

        Attention.Attend(q, q, q, 0.25, 64, [64, 64], []);

        Assert.InRange(TorchRuntime.Counter("peak_bytes") - before, 0, 16 << 20);  // all logits together: 268 MB
    }
}

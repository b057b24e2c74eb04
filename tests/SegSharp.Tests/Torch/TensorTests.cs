using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Torch;

[Collection("native")]
public sealed class TensorTests
{
    [Fact]
    public void Values_come_back_as_they_went_in()
    {
        using var scope = new TensorScope();

        var t = Tensor.From([1f, 2f, 3f, 4f, 5f, 6f], 2, 3);

        Assert.Equal([2, 3], t.Shape);
        Assert.Equal(DType.Float32, t.DType);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], t.ToArray<float>());
    }

    [Fact]
    public void Arithmetic_broadcasts()
    {
        using var scope = new TensorScope();
        var a = Tensor.From([1f, 2f, 3f, 4f], 2, 2);
        var b = Tensor.From([10f, 20f], 2);

        Assert.Equal([11f, 22f, 13f, 24f], (a + b).ToArray<float>());
        Assert.Equal([-9f, -18f, -7f, -16f], (a - b).ToArray<float>());
        Assert.Equal([10f, 40f, 30f, 80f], (a * b).ToArray<float>());
        Assert.Equal([9f, 8f, 7f, 6f], (10 - a).ToArray<float>());
        Assert.Equal([0.5f, 1f, 1.5f, 2f], (a / 2).ToArray<float>());
    }

    [Fact]
    public void A_shape_that_does_not_fit_names_operator_shapes_and_reason()
    {
        using var scope = new TensorScope();
        var a = Tensor.Zeros([8]);
        var b = Tensor.Zeros([4]);

        var error = Assert.Throws<TorchException>(() => a + b);

        Assert.Equal("aten::add([8] float32, [4] float32): The size of tensor a (8) must match the size of tensor b (4) at non-singleton dimension 0", error.Message);
    }

    [Fact]
    public void Gradients_are_those_of_calculus()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f, -2f, 3f]);
        x.RequiresGrad = true;

        (x.Pow(3).Sum() + (2 * x).Sum()).Backward();

        Assert.Equal([5f, 14f, 29f], x.Grad!.ToArray<float>());     // 3x² + 2
    }

    [Fact]
    public void Without_history_nothing_flows()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f]);
        x.RequiresGrad = true;

        using (new NoGrad())
        {
            Assert.False((2 * x).RequiresGrad);
        }

        Assert.True((2 * x).RequiresGrad);
    }

    [Fact]
    public void One_hot_puts_channels_second()
    {
        using var scope = new TensorScope();
        var labels = Tensor.From([0L, 2L, 1L, 1L], 1, 2, 2);

        var channels = labels.OneHot(3);

        Assert.Equal([1, 3, 2, 2], channels.Shape);
        Assert.Equal([1f, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0], channels.ToArray<float>());
    }

    [Fact]
    public void A_view_that_is_not_contiguous_is_not_read_in_place()
    {
        using var scope = new TensorScope();
        var t = Tensor.From([1f, 2f, 3f, 4f], 2, 2).Permute(1, 0);

        Assert.Throws<InvalidOperationException>(() => t.Span<float>().Length);
        Assert.Equal([1f, 3f, 2f, 4f], t.ToArray<float>());
    }

    [Fact]
    public void Content_survives_managed_memory_for_every_type()
    {
        using var scope = new TensorScope();
        foreach (var dtype in new[] { DType.UInt8, DType.Int8, DType.Int16, DType.Int32, DType.Int64, DType.Float16, DType.Float32, DType.Float64, DType.Bool, DType.BFloat16 })
        {
            var t = Tensor.From([0f, 1f, 1f, 0f], 2, 2).To(dtype);

            var back = Tensor.From(t.ToData());

            Assert.Equal(dtype, back.DType);
            Assert.Equal([0f, 1f, 1f, 0f], back.To(DType.Float32).ToArray<float>());
        }
    }

    [Fact]
    public void Mirrored_padding_does_not_repeat_the_edge()
    {
        using var scope = new TensorScope();
        var t = Tensor.From([1f, 2f, 3f], 1, 1, 1, 3);

        Assert.Equal([3f, 2f, 1f, 2f, 3f, 2f], t.PadMirrored([2, 1, 0, 0]).ToArray<float>());
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers_and_a_saved_state_goes_on()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(7);
        var first = Tensor.Normal([5]).ToArray<float>();
        var state = TorchRuntime.RandomState;
        var second = Tensor.Normal([5]).ToArray<float>();

        TorchRuntime.Seed(7);
        Assert.Equal(first, Tensor.Normal([5]).ToArray<float>());
        TorchRuntime.RandomState = state;
        Assert.Equal(second, Tensor.Normal([5]).ToArray<float>());
    }
}

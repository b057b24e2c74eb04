using SegSharp.Foundation;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Torch;

[Collection("native")]
public sealed class ModuleTests
{
    private sealed class Small : Module
    {
        public Small()
        {
            Blocks = Children("blocks", [new Sequential(new Conv(2, 1, 2), new BatchNorm(2)), new Sequential(new Conv(2, 2, 2, kernel: 1, bias: false))]);
            Child("head", new Conv(2, 2, 1, kernel: 1));
        }

        public Modules<Sequential> Blocks { get; }
    }

    [Fact]
    public void Names_are_those_of_a_state_dict_in_its_order()
    {
        using var module = new Small();

        Assert.Equal(
            [
                "blocks.0.0.weight", "blocks.0.0.bias", "blocks.0.1.weight", "blocks.0.1.bias", "blocks.0.1.running_mean", "blocks.0.1.running_var",
                "blocks.0.1.num_batches_tracked", "blocks.1.0.weight", "head.weight", "head.bias",
            ],
            module.State().Select(s => s.Name));
        Assert.Equal(20 + 4 + 4 + 3, module.ParameterCount);
    }

    [Fact]
    public void Saved_values_come_back()
    {
        using var check = new NoLeaks();
        using var first = new Small();
        using var second = new Small();

        second.Load(first.StateData().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal), "memory");

        foreach (var (a, b) in first.State().Zip(second.State()))
        {
            Assert.Equal(a.Tensor.ToData().Bytes.ToArray(), b.Tensor.ToData().Bytes.ToArray());
        }
    }

    [Fact]
    public void Another_network_is_named_with_its_first_keys_and_all_of_them_are_in_the_details()
    {
        using var module = new Small();
        var values = module.StateData().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        values.Remove("head.bias");
        values["head.weight"] = new TensorData(DType.Float32, [1, 3, 1, 1], new byte[12]);
        values["tail.weight"] = new TensorData(DType.Float32, [1], new byte[4]);

        var error = Assert.Throws<InputException>(() => module.Load(values, "other.pt"));

        Assert.Equal(
            "'other.pt' holds another network: 1 differently shaped key: 'head.weight' is [1,3,1,1] there and [1,2,1,1] here; "
            + "1 missing key: 'head.bias'; 1 unexpected key: 'tail.weight'",
            error.Message);
        Assert.Equal(["'head.weight' is [1,3,1,1] there and [1,2,1,1] here"], error.Details["differentKeys"]);
        Assert.Equal(["head.bias"], error.Details["missingKeys"]);
        Assert.Equal(["tail.weight"], error.Details["unexpectedKeys"]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_no_numbers_are_refused_and_nothing_is_loaded(float bad)
    {
        using var check = new NoLeaks();
        using var module = new Small();
        var before = module.StateData();
        var values = before.ToDictionary(s => s.Name, s => s.Value with { Bytes = new byte[s.Value.Bytes.Length] }, StringComparer.Ordinal);
        values["head.bias"] = new TensorData(DType.Float32, [1], BitConverter.GetBytes(bad));

        var error = Assert.Throws<InputException>(() => module.Load(values, "diverged.pt"));

        Assert.Equal("'head.bias' in 'diverged.pt' holds NaN or infinite values, so the network can answer nothing", error.Message);
        Assert.Equal(before.Select(s => s.Value.Bytes.ToArray()), module.StateData().Select(s => s.Value.Bytes.ToArray()));
    }

    [Fact]
    public void Whole_numbers_are_no_weights()
    {
        using var module = new Small();
        var values = module.StateData().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        values["head.bias"] = new TensorData(DType.Int32, [1], new byte[4]);

        var error = Assert.Throws<InputException>(() => module.Load(values, "quantised.pt"));

        Assert.Equal("'head.bias' in 'quantised.pt' is int32; weights must be float16, bfloat16, float32 or float64", error.Message);
    }

    [Fact]
    public void Evaluation_mode_reaches_every_part()
    {
        using var module = new Small();

        module.Evaluate();

        Assert.All(module.NamedModules(), m => Assert.False(m.Module.IsTraining));
    }

    [Fact]
    public void A_batch_norm_counts_its_batches_and_moves_its_statistics()
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm(1);
        var x = Tensor.From([1f, 3f, 5f, 7f], 1, 1, 2, 2);

        norm.Forward(x);

        var state = norm.State().ToDictionary(s => s.Name, s => s.Tensor, StringComparer.Ordinal);
        Assert.Equal(0.4, state["running_mean"].Item(), 1e-6);                        // 0.1 · 4
        Assert.Equal(0.9 + (0.1 * 20 / 3), state["running_var"].Item(), 1e-6);        // unbiased variance 20/3
        Assert.Equal(1, state["num_batches_tracked"].Item());
    }
}

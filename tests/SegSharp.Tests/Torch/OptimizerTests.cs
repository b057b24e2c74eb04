using SegSharp.Foundation;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Optimizers;
using Xunit;

namespace SegSharp.Tests.Torch;

[Collection("native")]
public sealed class OptimizerTests
{
    private static readonly Dictionary<string, Func<IEnumerable<Tensor>, Optimizer>> Kinds = new(StringComparer.Ordinal)
    {
        ["SGD"] = p => new Sgd(p, new() { LearningRate = 0.1 }),
        ["SGD with momentum"] = p => new Sgd(p, new() { LearningRate = 0.1, Momentum = 0.9 }),
        ["SGD with Nesterov and decay"] = p => new Sgd(p, new() { LearningRate = 0.1, Momentum = 0.9, Nesterov = true, WeightDecay = 0.01 }),
        ["Adam"] = p => new Adam(p, new AdamOptions { LearningRate = 0.1 }),
        ["Adam with decay"] = p => new Adam(p, new AdamOptions { LearningRate = 0.1, WeightDecay = 0.01 }),
        ["AdamW"] = p => new Adam(p, new AdamWOptions { LearningRate = 0.1 }),
    };

    public static TheoryData<string> Names => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_saved_state_continues_with_the_same_bits(string kind)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        var (a, b) = Parameters();
        using var whole = Kinds[kind]([a, b]);
        Steps(whole, a, b, from: 0, to: 3);
        var state = whole.State().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        var (c, d) = (Copy(a), Copy(b));
        using var resumed = Kinds[kind]([c, d]);

        resumed.Load(state, "memory");
        Steps(whole, a, b, from: 3, to: 6);
        Steps(resumed, c, d, from: 3, to: 6);

        Assert.Equal(6, resumed.Steps);
        Assert.Equal(a.ToArray<float>(), c.ToArray<float>());
        Assert.Equal(b.ToArray<float>(), d.ToArray<float>());
        Assert.Equal(whole.State().Select(s => s.Name), resumed.State().Select(s => s.Name));
        Assert.All(whole.State().Zip(resumed.State()), s => Assert.Equal(s.First.Value.Bytes.ToArray(), s.Second.Value.Bytes.ToArray()));
    }

    [Theory]
    [InlineData("SGD with momentum")]
    [InlineData("Adam")]
    [InlineData("AdamW")]
    public void Without_its_state_a_run_goes_another_way(string kind)
    {
        using var scope = new TensorScope();
        var (a, b) = Parameters();
        using var whole = Kinds[kind]([a, b]);
        Steps(whole, a, b, from: 0, to: 3);
        var (c, d) = (Copy(a), Copy(b));
        using var fresh = Kinds[kind]([c, d]);

        Steps(whole, a, b, from: 3, to: 6);
        Steps(fresh, c, d, from: 3, to: 6);

        Assert.NotEqual(a.ToArray<float>(), c.ToArray<float>());
    }

    [Theory]
    [InlineData("SGD with momentum")]
    [InlineData("Adam")]
    [InlineData("AdamW")]
    public void A_state_from_before_the_first_step_starts_anew(string kind)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        var (a, b) = Parameters();
        var (c, d) = (Copy(a), Copy(b));
        using var fresh = Kinds[kind]([a, b]);
        using var used = Kinds[kind]([c, d]);
        var state = fresh.State().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        Steps(used, c, d, from: 0, to: 3);
        using (new NoGrad())
        {
            c.CopyInPlace(a);
            d.CopyInPlace(b);
        }

        used.Load(state, "memory");
        Steps(fresh, a, b, from: 0, to: 3);
        Steps(used, c, d, from: 0, to: 3);

        Assert.Equal(a.ToArray<float>(), c.ToArray<float>());
        Assert.Equal(b.ToArray<float>(), d.ToArray<float>());
    }

    [Fact]
    public void The_state_has_PyTorchs_names()
    {
        using var scope = new TensorScope();
        var (a, b) = Parameters();
        using var adam = new Adam([a, b], new AdamOptions());
        using var sgd = new Sgd([a, b], new() { Momentum = 0.9 });

        Assert.Equal(["steps"], adam.State().Select(s => s.Name));
        Steps(adam, a, b, from: 0, to: 1);
        Steps(sgd, a, b, from: 0, to: 1);

        Assert.Equal(["steps", "0.exp_avg", "1.exp_avg", "0.exp_avg_sq", "1.exp_avg_sq"], adam.State().Select(s => s.Name));
        Assert.Equal(["steps", "0.momentum_buffer", "1.momentum_buffer"], sgd.State().Select(s => s.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_parameter_without_a_gradient_stays_where_it_is(string kind)
    {
        using var scope = new TensorScope();
        var (a, b) = Parameters();
        var before = b.ToArray<float>();
        using var optimizer = Kinds[kind]([a, b]);

        (a * a).Sum().Backward();
        optimizer.Step();

        Assert.Equal(before, b.ToArray<float>());
        Assert.NotEqual(before, a.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_parameter_that_joins_late_begins_as_in_an_optimizer_of_its_own_also_after_a_resume(string kind)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        var (a, b) = Parameters();
        var alone = Copy(b);
        using var late = Kinds[kind]([a, b]);
        using var own = Kinds[kind]([alone]);
        b.RequiresGrad = false;
        Steps(late, a, b, from: 0, to: 3);
        var state = late.State().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        using var resumed = Kinds[kind]([a, b]);
        resumed.Load(state, "memory");
        b.RequiresGrad = true;

        for (var step = 0; step < 3; step++)
        {
            resumed.ClearGradients();
            (b * b * b).Sum().Backward();
            resumed.Step();
            own.ClearGradients();
            (alone * alone * alone).Sum().Backward();
            own.Step();
        }

        Assert.Equal(alone.ToArray<float>(), b.ToArray<float>());
        Assert.Equal(3, BitConverter.ToInt64(state["1.missed"].Bytes.Span));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_parameter_with_its_own_rate_goes_as_in_an_optimizer_of_that_rate(string kind)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        var (a, b) = Parameters();
        var (c, d) = (Copy(a), Copy(b));
        using var both = Kinds[kind]([a, b]);
        using var fast = Kinds[kind]([c]);
        using var slow = Kinds[kind]([d]);
        both.ScaleRate([b], 0.5);
        slow.LearningRate = 0.05;

        Steps(both, a, b, from: 0, to: 3);
        for (var step = 0; step < 3; step++)
        {
            fast.ClearGradients();
            slow.ClearGradients();
            ((c * c).Sum() * (1 + step) + (d * d * d).Sum() + (c.Sum() * d.Sum())).Backward();
            fast.Step();
            slow.Step();
        }

        Assert.Equal(c.ToArray<float>(), a.ToArray<float>());
        Assert.Equal(d.ToArray<float>(), b.ToArray<float>());
    }

    [Fact]
    public void The_rate_can_change_between_steps()
    {
        using var scope = new TensorScope();
        var w = Tensor.From([1f]);
        w.RequiresGrad = true;
        using var sgd = new Sgd([w], new() { LearningRate = 0.25 });

        foreach (var rate in new[] { 0.25, 0.5 })
        {
            sgd.LearningRate = rate;
            sgd.ClearGradients();
            (3 * w).Sum().Backward();
            sgd.Step();
        }

        Assert.Equal(1 - (0.25 * 3) - (0.5 * 3), w.Item(), 1e-6);
    }

    [Fact]
    public void A_state_without_steps_is_refused()
    {
        using var scope = new TensorScope();
        using var optimizer = new Adam([Parameters().A], new AdamOptions());

        var error = Assert.Throws<InputException>(() => optimizer.Load(new Dictionary<string, TensorData>(StringComparer.Ordinal), "run/last.pt"));

        Assert.Equal("'run/last.pt' holds no optimizer state: 'steps' is missing", error.Message);
    }

    [Fact]
    public void A_state_of_another_network_is_refused()
    {
        using var scope = new TensorScope();
        using var optimizer = new Adam([Parameters().A], new AdamOptions());
        var state = new Dictionary<string, TensorData>(StringComparer.Ordinal)
        {
            ["steps"] = new(DType.Int64, [], BitConverter.GetBytes(3L)),
            ["0.exp_avg"] = new(DType.Float32, [2, 2], new byte[16]),
        };

        var error = Assert.Throws<InputException>(() => optimizer.Load(state, "run/last.pt"));

        Assert.Equal("'run/last.pt' belongs to another network: '0.exp_avg' is [2,2], expected [3]", error.Message);
    }

    private static (Tensor A, Tensor B) Parameters()
    {
        var (a, b) = (Tensor.From([1f, -2, 3]), Tensor.From([0.5f, -0.25f], 2, 1));
        a.RequiresGrad = true;
        b.RequiresGrad = true;
        return (a, b);
    }

    private static Tensor Copy(Tensor parameter)
    {
        var copy = Tensor.From(parameter.ToData());
        copy.RequiresGrad = true;
        return copy;
    }

    // Gradients that differ from step to step, so that running means have something to remember.
    private static void Steps(Optimizer optimizer, Tensor a, Tensor b, int from, int to)
    {
        for (var step = from; step < to; step++)
        {
            using var scope = new TensorScope();
            optimizer.ClearGradients();
            ((a * a).Sum() * (1 + step) + (b * b * b).Sum() + (a.Sum() * b.Sum())).Backward();
            optimizer.Step();
        }
    }
}

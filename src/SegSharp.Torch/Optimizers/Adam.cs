namespace SegSharp.Torch.Optimizers;

/// <summary>What Adam and AdamW have in common.</summary>
public abstract record MomentOptions : OptimizerOptions
{
    /// <summary>Decay of the running mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second mean.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Divide by the largest second mean so far and not by the last.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Beta1 is not (>= 0 and < 1) || Beta2 is not (>= 0 and < 1))
        {
            yield return Fault.At("training.optimizer.beta1", $"and beta2 are {Beta1} and {Beta2}; both must be in [0, 1)");
        }

        if (Epsilon is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("training.optimizer.epsilon", $"is {Epsilon}; it must be 0 or more");
        }
    }
}

/// <summary>Options of Adam: the decay is added to the gradient.</summary>
public sealed record AdamOptions : MomentOptions;

/// <summary>Options of AdamW: the decay is applied to the weights and not to the gradient.</summary>
public sealed record AdamWOptions : MomentOptions
{
    /// <summary>PyTorch's default decay, 0.01.</summary>
    public AdamWOptions() => WeightDecay = 0.01;
}

/// <summary>Adam, and AdamW when its options are <see cref="AdamWOptions"/>.</summary>
/// <remarks>
/// Source: Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019 for the decoupled decay; Reddi et al. 2018 for AMSGrad.
/// Parity: torch.optim.Adam and AdamW. Runs as one fused pass over all parameters in the bridge, AMSGrad by libtorch's operators.
/// </remarks>
public sealed class Adam : Optimizer
{
    private static readonly Operator Fused = new("segsharp::adam_", arguments: 11);
    private static readonly Operator AddProduct = new("aten::addcmul_", arguments: 4), AddQuotient = new("aten::addcdiv_", arguments: 4), Maximum = new("aten::maximum", arguments: 2);
    private readonly MomentOptions _options;
    private readonly Tensor?[] _mean, _square, _largest;

    /// <summary>Starts with means of zero.</summary>
    public Adam(IEnumerable<Tensor> parameters, MomentOptions options)
        : base(parameters, options.LearningRate)
    {
        _options = options;
        _mean = new Tensor?[Parameters.Count];
        _square = new Tensor?[Parameters.Count];
        _largest = new Tensor?[Parameters.Count];
    }

    /// <inheritdoc/>
    protected override void Update()
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var used = new List<(int I, Tensor P, Tensor G, Tensor M, Tensor V)>();
        for (var i = 0; i < Parameters.Count; i++)
        {
            if (Parameters[i].Grad is { } g)
            {
                used.Add((i, Parameters[i], g, _mean[i] ??= ZerosLike(Parameters[i]), _square[i] ??= ZerosLike(Parameters[i])));
            }
        }

        if (_options.AmsGrad)
        {
            foreach (var (i, p, g, m, v) in used)
            {
                UpdateByLargest(i, p, g, m, v);
            }

            return;
        }

        // One pass for all that have one age and one rate: for all of them, unless some were frozen or have a rate of their own.
        foreach (var group in used.GroupBy(u => (Age: StepsOf(u.I), Rate: RateOf(u.I))))
        {
            Fused.Run(
                group.Select(u => u.P).ToArray(), group.Select(u => u.G).ToArray(), group.Select(u => u.M).ToArray(), group.Select(u => u.V).ToArray(),
                group.Key.Age, group.Key.Rate, _options.Beta1, _options.Beta2, _options.Epsilon, _options.WeightDecay, _options is AdamWOptions);
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<(string Name, Tensor?[] Tensors)> Slots() =>
        _options.AmsGrad ? [("exp_avg", _mean), ("exp_avg_sq", _square), ("max_exp_avg_sq", _largest)] : [("exp_avg", _mean), ("exp_avg_sq", _square)];

    private void UpdateByLargest(int i, Tensor p, Tensor g, Tensor m, Tensor v)
    {
        using var scope = new TensorScope();
        var (age, rate, decay) = (StepsOf(i), RateOf(i), _options.WeightDecay);
        if (decay != 0 && _options is AdamWOptions)
        {
            p.MultiplyInPlace(1 - (rate * decay));
        }
        else if (decay != 0)
        {
            g = g.Clone().AddInPlace(p, decay);
        }

        m.MultiplyInPlace(_options.Beta1).AddInPlace(g, 1 - _options.Beta1);
        AddProduct.Run(v.MultiplyInPlace(_options.Beta2), g, g, 1 - _options.Beta2);
        var largest = _largest[i] ??= ZerosLike(p);
        largest.CopyInPlace(Maximum.Call(largest, v));
        var below = (largest.Sqrt() / Math.Sqrt(1 - Math.Pow(_options.Beta2, age))) + _options.Epsilon;
        AddQuotient.Run(p, m, below, -rate / (1 - Math.Pow(_options.Beta1, age)));
    }
}

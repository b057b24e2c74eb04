namespace SegSharp.Torch.Optimizers;

/// <summary>Options of <see cref="Sgd"/>.</summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>The share of the last step's direction that is kept; 0.99 in the U-Net paper.</summary>
    public double Momentum { get; init; }

    /// <summary>The share of the gradient that a running momentum does not take in.</summary>
    public double Dampening { get; init; }

    /// <summary>Nesterov's look ahead.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Momentum is not (>= 0 and < 1))
        {
            yield return Fault.At("training.optimizer.momentum", $"is {Momentum}; it must be in [0, 1)");
        }

        if (Dampening is not (>= 0 and < 1))
        {
            yield return Fault.At("training.optimizer.dampening", $"is {Dampening}; it must be in [0, 1)");
        }

        if (Nesterov && Dampening != 0)
        {
            yield return Fault.At("training.optimizer.nesterov", $"is on with a dampening of {Dampening}; Nesterov's look ahead needs 0");
        }

        if (Nesterov && Momentum == 0)
        {
            yield return Fault.At("training.optimizer.nesterov", "is on without momentum; set training.optimizer.momentum");
        }
    }
}

/// <summary>Stochastic gradient descent with momentum.</summary>
/// <remarks>Source: Sutskever et al. 2013 in PyTorch's form: v ← μv + g, θ ← θ − ηv (Nesterov: η(g + μv)). Parity: torch.optim.SGD.</remarks>
public sealed class Sgd : Optimizer
{
    private readonly SgdOptions _options;
    private readonly Tensor?[] _momentum;

    /// <summary>Starts without momentum.</summary>
    public Sgd(IEnumerable<Tensor> parameters, SgdOptions options)
        : base(parameters, options.LearningRate)
    {
        _options = options;
        _momentum = new Tensor?[Parameters.Count];
    }

    /// <inheritdoc/>
    protected override void Update()
    {
        using var guard = new NoGrad();
        for (var i = 0; i < Parameters.Count; i++)
        {
            using var scope = new TensorScope();
            var p = Parameters[i];
            if (p.Grad is not { } g)
            {
                continue;
            }

            if (_options.WeightDecay != 0)
            {
                g = g.Clone().AddInPlace(p, _options.WeightDecay);
            }

            if (_options.Momentum != 0)
            {
                if (_momentum[i] is { } v)
                {
                    v.MultiplyInPlace(_options.Momentum).AddInPlace(g, 1 - _options.Dampening);
                }
                else
                {
                    v = _momentum[i] = TensorScope.Take(g.Clone());
                }

                g = _options.Nesterov ? g.Clone().AddInPlace(v, _options.Momentum) : v;
            }

            p.AddInPlace(g, -RateOf(i));
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<(string Name, Tensor?[] Tensors)> Slots() => [("momentum_buffer", _momentum)];
}

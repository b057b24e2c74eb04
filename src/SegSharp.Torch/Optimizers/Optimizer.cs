namespace SegSharp.Torch.Optimizers;

/// <summary>Options that every optimizer has.</summary>
public abstract record OptimizerOptions
{
    /// <summary>The learning rate at the start; schedules change it.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>L2 penalty (Sgd, Adam) or decoupled decay (AdamW).</summary>
    public double WeightDecay { get; init; }

    /// <summary>Every fault of these options, with its recipe key.</summary>
    public virtual IEnumerable<Fault> Check()
    {
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
        {
            yield return Fault.At("training.optimizer.learningRate", $"is {LearningRate}; it must be above 0");
        }

        if (WeightDecay is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("training.optimizer.weightDecay", $"is {WeightDecay}; it must be 0 or more");
        }
    }
}

/// <summary>Changes parameters by their gradients. Owns its running tensors; the parameters stay with their module.</summary>
/// <remarks>Parity: torch.optim 1.13, in float32, to rounding. State travels as tensors by name, so that a resumed run continues bit for bit.</remarks>
public abstract class Optimizer : IDisposable
{
    private const string Missed = "missed";
    private static readonly Operator Norms = new("aten::_foreach_norm", "Scalar", arguments: 2), ClampInPlace = new("aten::clamp_", arguments: 3);
    private readonly double[] _factors;
    private readonly long[] _missed;                                            // steps that a parameter had no gradient for

    /// <summary>Takes parameters in the order that decides the names of the state: "0.exp_avg".</summary>
    protected Optimizer(IEnumerable<Tensor> parameters, double learningRate)
    {
        Parameters = [.. parameters];
        LearningRate = learningRate;
        _factors = [.. Parameters.Select(_ => 1.0)];
        _missed = new long[Parameters.Count];
    }

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Steps done.</summary>
    public long Steps { get; private set; }

    /// <summary>What is changed.</summary>
    protected IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>Gives some parameters a rate of their own, as a parameter group of PyTorch does: the learning rate times a factor, through every schedule.</summary>
    /// <param name="parameters">Some of the parameters.</param>
    /// <param name="factor">0.1 for a tenth of the rate of the others.</param>
    public void ScaleRate(IEnumerable<Tensor> parameters, double factor)
    {
        var chosen = parameters.ToHashSet(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < Parameters.Count; i++)
        {
            if (chosen.Contains(Parameters[i]))
            {
                _factors[i] = factor;
            }
        }
    }

    /// <summary>One update from the gradients that are there; parameters without one (frozen ones) are left alone, and do not age.</summary>
    public void Step()
    {
        Steps++;
        for (var i = 0; i < Parameters.Count; i++)
        {
            _missed[i] += Parameters[i].Grad is null ? 1 : 0;
        }

        Update();
    }

    /// <summary>Forgets the gradients: the memory is released, not zeroed.</summary>
    public void ClearGradients()
    {
        foreach (var p in Parameters)
        {
            p.Grad = null;
        }
    }

    /// <summary>The length of the gradient of all parameters together, and the gradient cut to bounds where there are any.</summary>
    /// <remarks>Source: Pascanu et al. 2013, algorithm 1. Parity: torch clip_grad_norm_ (with its 1e-6), clip_grad_value_; the norm first, then the value.</remarks>
    /// <param name="norm">The longest that the gradient may be; null = as long as it is.</param>
    /// <param name="value">The largest that any entry may be, either sign; null = any.</param>
    /// <returns>The length before, in float32; no number or infinite where an entry is.</returns>
    public double Clip(double? norm = null, double? value = null)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        Tensor[] gradients = [.. Parameters.Select(p => p.Grad).OfType<Tensor>()];
        if (gradients.Length == 0)
        {
            return 0;
        }

        var lengths = Tensor.Stack(0, Norms.CallMany(gradients.Length, gradients, 2.0));
        var length = (lengths * lengths).Sum().Sqrt().Item();
        var factor = norm is { } most ? most / (length + 1e-6) : 1;
        foreach (var gradient in gradients)
        {
            if (factor < 1)
            {
                gradient.MultiplyInPlace(factor);
            }

            if (value is { } largest)
            {
                ClampInPlace.Run(gradient, -largest, largest);
            }
        }

        return length;
    }

    /// <summary>What a resumed run needs besides the parameters, by name.</summary>
    public IReadOnlyList<(string Name, TensorData Value)> State() =>
    [
        ("steps", new TensorData(DType.Int64, [], BitConverter.GetBytes(Steps))),
        .. _missed.Index().Where(m => m.Item > 0).Select(m => ($"{m.Index}.{Missed}", new TensorData(DType.Int64, [], BitConverter.GetBytes(m.Item)))),
        .. Slots().SelectMany(s => s.Tensors.Select((t, i) => (Name: $"{i}.{s.Name}", t)).Where(x => x.t is not null).Select(x => (x.Name, x.t!.ToData()))),
    ];

    /// <summary>Puts a saved state back. A running tensor that the state does not hold starts anew, as before its first gradient.</summary>
    /// <param name="state">What <see cref="State"/> gave, by name.</param>
    /// <param name="source">Where it comes from, for messages: the checkpoint's path.</param>
    /// <exception cref="InputException">The count of steps is missing, or a tensor has another shape than its parameter.</exception>
    public void Load(IReadOnlyDictionary<string, TensorData> state, string source)
    {
        if (!state.TryGetValue("steps", out var steps))
        {
            throw new InputException($"'{source}' holds no optimizer state: 'steps' is missing");
        }

        Steps = BitConverter.ToInt64(steps.Bytes.Span);
        for (var i = 0; i < _missed.Length; i++)
        {
            _missed[i] = state.TryGetValue($"{i}.{Missed}", out var missed) ? BitConverter.ToInt64(missed.Bytes.Span) : 0;
        }

        using var guard = new NoGrad();
        foreach (var (name, tensors) in Slots())
        {
            for (var i = 0; i < tensors.Length; i++)
            {
                if (!state.TryGetValue($"{i}.{name}", out var value))
                {
                    tensors[i]?.Dispose();
                    tensors[i] = null;
                    continue;
                }

                if (!value.Shape.SequenceEqual(Parameters[i].Shape))
                {
                    throw new InputException($"'{source}' belongs to another network: '{i}.{name}' is [{string.Join(',', value.Shape)}], expected [{string.Join(',', Parameters[i].Shape)}]");
                }

                using var scope = new TensorScope();
                tensors[i]?.Dispose();
                tensors[i] = TensorScope.Take(Tensor.From(value).To(Parameters[i].Device));
            }
        }
    }

    /// <summary>Releases the running tensors.</summary>
    public void Dispose()
    {
        foreach (var (_, tensors) in Slots())
        {
            foreach (var t in tensors)
            {
                t?.Dispose();
            }
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the parameters that have a gradient; the step is counted already.</summary>
    protected abstract void Update();

    /// <summary>The learning rate of one parameter.</summary>
    protected double RateOf(int i) => LearningRate * _factors[i];

    /// <summary>The steps that a parameter took part in: PyTorch counts them for each, and so a bias correction begins when a frozen one is set free.</summary>
    protected long StepsOf(int i) => Steps - _missed[i];

    /// <summary>The running tensors by PyTorch's names; an entry is null until its parameter has seen a gradient.</summary>
    protected abstract IEnumerable<(string Name, Tensor?[] Tensors)> Slots();

    /// <summary>A tensor of zeros like a parameter, owned by the optimizer.</summary>
    protected static Tensor ZerosLike(Tensor parameter) => TensorScope.Take(Tensor.Zeros(parameter.Shape, parameter.DType, parameter.Device));
}

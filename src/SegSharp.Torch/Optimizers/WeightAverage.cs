namespace SegSharp.Torch.Optimizers;

/// <summary>A running average of a module's weights: steadier than the last step's. Owns its tensors; the module's stay its own.</summary>
/// <remarks>
/// Source: Tarvainen and Valpola 2017, section 2; the decay rises as (1 + t) / (10 + t) at first, as in TensorFlow's
/// ExponentialMovingAverage, so that the first random weights are soon forgotten. Running statistics are averaged like weights; whole numbers are copied.
/// </remarks>
public sealed class WeightAverage : IDisposable
{
    private readonly IReadOnlyList<(string Name, Tensor Tensor)> _source;
    private readonly Tensor[] _average;
    private readonly double _decay;

    /// <summary>Begins with the weights as they are.</summary>
    /// <param name="module">What is averaged.</param>
    /// <param name="decay">The share of the average that a step keeps, in (0, 1).</param>
    public WeightAverage(Module module, double decay)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        _source = [.. module.State()];
        _average = [.. _source.Select(s => TensorScope.Take(s.Tensor.Detach().Clone()))];
        _decay = decay;
    }

    /// <summary>Begins anew with the weights as they are now.</summary>
    public void Restart()
    {
        using var guard = new NoGrad();
        for (var i = 0; i < _average.Length; i++)
        {
            _average[i].CopyInPlace(_source[i].Tensor);
        }
    }

    /// <summary>Takes in the weights as they are after a step.</summary>
    /// <param name="step">Steps done, from 1.</param>
    public void Update(long step)
    {
        using var guard = new NoGrad();
        var keep = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        for (var i = 0; i < _average.Length; i++)
        {
            var now = _source[i].Tensor;
            if (now.DType is DType.Float32 or DType.Float64)
            {
                _average[i].MultiplyInPlace(keep).AddInPlace(now, 1 - keep);
            }
            else
            {
                _average[i].CopyInPlace(now);
            }
        }
    }

    /// <summary>The averages in managed memory, under the names of the module's state.</summary>
    public IReadOnlyList<(string Name, TensorData Value)> StateData() => [.. _source.Select((s, i) => (s.Name, _average[i].ToData()))];

    /// <summary>Puts saved averages back.</summary>
    /// <param name="values">What <see cref="StateData"/> gave, by name.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InputException">One is missing or has another shape.</exception>
    public void Load(IReadOnlyDictionary<string, TensorData> values, string source)
    {
        using var guard = new NoGrad();
        for (var i = 0; i < _average.Length; i++)
        {
            using var scope = new TensorScope();
            if (!values.TryGetValue(_source[i].Name, out var value) || !value.Shape.SequenceEqual(_average[i].Shape))
            {
                throw new InputException($"'{source}' holds no average of '{_source[i].Name}' of the network's shape");
            }

            _average[i].CopyInPlace(Tensor.From(value));
        }
    }

    /// <summary>Puts the averages into the module until what is returned is disposed.</summary>
    public IDisposable Apply()
    {
        Exchange();
        return new Applied(this);
    }

    /// <summary>Releases the averages.</summary>
    public void Dispose()
    {
        foreach (var tensor in _average)
        {
            tensor.Dispose();
        }
    }

    private void Exchange()
    {
        using var guard = new NoGrad();
        for (var i = 0; i < _average.Length; i++)
        {
            using var scope = new TensorScope();
            var mine = _average[i].Clone();
            _average[i].CopyInPlace(_source[i].Tensor);
            _source[i].Tensor.CopyInPlace(mine);
        }
    }

    private sealed class Applied(WeightAverage owner) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (!_done)
            {
                _done = true;
                owner.Exchange();
            }
        }
    }
}

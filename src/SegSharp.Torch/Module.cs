namespace SegSharp.Torch;

/// <summary>
/// A part of a network with parameters, buffers and children under the names that PyTorch's state dict gives them. Owns them:
/// dispose the outermost module only.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Tensor Tensor)> _parameters = [];
    private readonly List<(string Name, Tensor Tensor, bool Persistent)> _buffers = [];
    private readonly List<(string Name, Module Module)> _children = [];

    /// <summary>Whether it trains: batch normalisation takes the batch's statistics and dropout drops.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>The children in the order in which they were registered.</summary>
    public IReadOnlyList<(string Name, Module Module)> NamedChildren => _children;

    /// <summary>Parameters with their full names ("down.0.conv1.weight"), in PyTorch's order.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedParameters() => Walk("", m => m._parameters);

    /// <summary>Every parameter.</summary>
    public IEnumerable<Tensor> Parameters() => NamedParameters().Select(p => p.Tensor);

    /// <summary>Buffers (running statistics) with their full names.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedBuffers() => Walk("", m => m._buffers.Where(b => b.Persistent).Select(b => (b.Name, b.Tensor)));

    /// <summary>Parameters and buffers, module by module, in PyTorch's order.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State() =>
        Walk("", m => m._parameters.Concat(m._buffers.Where(b => b.Persistent).Select(b => (b.Name, b.Tensor))));

    /// <summary>Every module below and this one, with its name; the outermost has the empty name.</summary>
    public IEnumerable<(string Name, Module Module)> NamedModules() => Modules("");

    /// <summary>The number of parameter elements.</summary>
    public long ParameterCount => Parameters().Sum(p => p.Count);

    /// <summary>Where its parameters lie.</summary>
    public Device Device => Parameters().FirstOrDefault()?.Device ?? Device.Cpu;

    /// <summary>Training mode, here and below.</summary>
    public void Train(bool on = true)
    {
        IsTraining = on;
        foreach (var (_, child) in _children)
        {
            child.Train(on);
        }
    }

    /// <summary>Evaluation mode, here and below.</summary>
    public void Evaluate() => Train(on: false);

    /// <summary>Moves parameters and buffers to a device; they stay the same objects.</summary>
    public void To(Device device)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        foreach (var (_, tensor) in State())
        {
            tensor.SetData(tensor.Detach().To(device));
        }
    }

    /// <summary>Copies values by name into the parameters and buffers: all of them, or none.</summary>
    /// <param name="values">Name → content; element types are converted.</param>
    /// <param name="source">What the values come from, for messages: the checkpoint's path.</param>
    /// <exception cref="InputException">A missing, unexpected or differently shaped key; its details hold every one. Or weights that are no finite numbers.</exception>
    public void Load(IReadOnlyDictionary<string, TensorData> values, string source)
    {
        var state = State().ToList();
        var mismatch = KeyMismatch.Between([.. state.Select(s => (s.Name, s.Tensor.Shape))], values);
        if (!mismatch.IsEmpty)
        {
            throw mismatch.Error(source);
        }

        using var guard = new NoGrad();
        foreach (var (name, tensor) in state)
        {
            CheckNumbers(name, values[name], tensor.DType, source);
        }

        foreach (var (name, tensor) in state)
        {
            using var scope = new TensorScope();
            tensor.CopyInPlace(Tensor.From(values[name]));
        }
    }

    // Weights that are no numbers give masks that look like any other: all background.
    private static void CheckNumbers(string name, TensorData value, DType expected, string source)
    {
        if (!IsReal(expected))
        {
            return;
        }

        if (!IsReal(value.DType))
        {
            throw new InputException(
                $"'{name}' in '{source}' is {value.DType.ToString().ToLowerInvariant()}; weights must be float16, bfloat16, float32 or float64",
                "save the weights as they were trained: torch.save(model.float().state_dict(), path)");
        }

        using var scope = new TensorScope();
        if (value.Count > 0 && !Tensor.From(value).IsFinite())
        {
            throw new InputException($"'{name}' in '{source}' holds NaN or infinite values, so the network can answer nothing", "take a checkpoint from before the training diverged");
        }
    }

    private static bool IsReal(DType type) => type is DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64;

    /// <summary>The values of parameters and buffers in managed memory, in PyTorch's order.</summary>
    public IReadOnlyList<(string Name, TensorData Value)> StateData() => [.. State().Select(s => (s.Name, s.Tensor.ToData()))];

    /// <summary>Releases parameters, buffers and children.</summary>
    public void Dispose()
    {
        foreach (var (_, tensor) in _parameters)
        {
            tensor.Dispose();
        }

        foreach (var (_, tensor, _) in _buffers)
        {
            tensor.Dispose();
        }

        foreach (var (_, child) in _children)
        {
            child.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Registers a child under a name that is part of the checkpoint's keys.</summary>
    protected T Child<T>(string name, T child)
        where T : Module
    {
        _children.Add((name, child));
        return child;
    }

    /// <summary>Registers several children as "name.0", "name.1", ….</summary>
    protected Modules<T> Children<T>(string name, IEnumerable<T> children)
        where T : Module => Child(name, new Modules<T>(children));

    /// <summary>Registers a parameter: learnt, saved, owned by this module.</summary>
    protected Tensor Parameter(string name, Tensor value)
    {
        _parameters.Add((name, TensorScope.Take(value)));
        value.RequiresGrad = true;
        return value;
    }

    /// <summary>Registers a buffer: not learnt, saved when <paramref name="persistent"/>, owned by this module.</summary>
    protected Tensor Buffer(string name, Tensor value, bool persistent = true)
    {
        _buffers.Add((name, TensorScope.Take(value), persistent));
        return value;
    }

    private IEnumerable<(string Name, Tensor Tensor)> Walk(string prefix, Func<Module, IEnumerable<(string Name, Tensor Tensor)>> what) =>
        Modules(prefix).SelectMany(m => what(m.Module).Select(t => (m.Name.Length == 0 ? t.Name : $"{m.Name}.{t.Name}", t.Tensor)));

    private IEnumerable<(string Name, Module Module)> Modules(string prefix)
    {
        yield return (prefix, this);
        foreach (var (name, child) in _children)
        {
            foreach (var below in child.Modules(prefix.Length == 0 ? name : $"{prefix}.{name}"))
            {
                yield return below;
            }
        }
    }
}

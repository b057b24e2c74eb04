using SegSharp.Torch.Layers;

namespace SegSharp.Torch;

/// <summary>
/// Activation checkpointing on this thread: while one is open, the segments that a network names keep only their input and output, and are
/// computed once more in the backward pass. Less memory for about a third more time; gradients and running statistics are the same bits
/// where a segment's output has at most two readers (of more, their sum has another order).
/// </summary>
/// <remarks>
/// Source: Chen et al. 2016, section 3. Parity: torch.utils.checkpoint, with its reset of the random state. Differs: the graph is cut at every
/// segment, so <see cref="Backward"/> must follow the loss's own.
/// </remarks>
public sealed class Recompute : IDisposable
{
    [ThreadStatic]
    private static Recompute? _current;

    private readonly Recompute? _outer = _current;
    private readonly List<Segment> _segments = [];
    private readonly bool _autocast;
    private readonly DeviceKind _device;
    private bool _inside;

    /// <summary>Opens one.</summary>
    /// <param name="autocast">Whether the forward pass computes in bfloat16, so that the second one does too.</param>
    /// <param name="device">Where it computes.</param>
    public Recompute(bool autocast = false, DeviceKind device = DeviceKind.Cpu) => (_current, _autocast, _device) = (this, autocast, device);

    /// <summary>Whether segments are kept out of the graph now.</summary>
    public static bool IsOn => _current is { _inside: false };

    /// <summary>Segments of the forward pass that wait for their backward one.</summary>
    public int Segments => _segments.Count;

    /// <summary>Computes a segment: as it is, or with its inside forgotten while a <see cref="Recompute"/> is open.</summary>
    /// <param name="module">Whose parameters and buffers it uses.</param>
    /// <param name="x">Its one input; stays the caller's.</param>
    /// <param name="segment">Gives its one output, from the input and the module alone.</param>
    public static Tensor Run(Module module, Tensor x, Func<Tensor, Tensor> segment) => IsOn ? _current!.Record(module, x, segment) : segment(x);

    /// <summary>Goes back through the segments, last first. After the loss's <see cref="Tensor.Backward"/>; once.</summary>
    public void Backward()
    {
        for (var i = _segments.Count - 1; i >= 0; i--)
        {
            GoBack(_segments[i]);
            _segments[i].Dispose();
            _segments.RemoveAt(i);
        }
    }

    /// <summary>Releases what waits, and closes.</summary>
    public void Dispose()
    {
        _segments.ForEach(s => s.Dispose());
        _segments.Clear();
        _current = _outer;
    }

    private Tensor Record(Module module, Tensor x, Func<Tensor, Tensor> segment)
    {
        var random = module.NamedModules().Any(m => m.Module is Dropout) ? TorchRuntime.RandomState : null;
        var input = TensorScope.Take(x.Alias());                                // with its history: the way on to what came before
        var output = Without(input, segment);
        output.RequiresGrad = true;                                             // a leaf, where the gradient of all its readers gathers
        _segments.Add(new(module, segment, input, output, random));
        return output.Alias();
    }

    private Tensor Without(Tensor input, Func<Tensor, Tensor> segment)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        _inside = true;
        try
        {
            return TensorScope.Take(segment(input).Detach());
        }
        finally
        {
            _inside = false;
        }
    }

    private void GoBack(Segment s)
    {
        using var scope = new TensorScope();
        if (s.Output.Grad is not { } gradient)
        {
            return;
        }

        // What the second forward pass changes besides gradients is put back: running statistics and the generator.
        (Tensor Tensor, Tensor Value)[] buffers = [.. s.Module.NamedBuffers().Select(b => (b.Tensor, b.Tensor.Clone()))];
        var random = s.Random is null ? null : TorchRuntime.RandomState;
        if (s.Random is not null)
        {
            TorchRuntime.RandomState = s.Random;
        }

        var (leaf, further) = (s.Input.Detach(), s.Input.RequiresGrad);
        leaf.RequiresGrad = further;
        var again = Again(leaf, s.Compute);
        if (random is not null)
        {
            TorchRuntime.RandomState = random;
        }

        if (again.RequiresGrad)                                                 // not where all of it is frozen
        {
            again.Backward(gradient);
        }

        using (new NoGrad())                                                    // behind the backward pass, which reads them
        {
            foreach (var (tensor, value) in buffers)
            {
                tensor.CopyInPlace(value);
            }
        }

        if (further && leaf.Grad is { } before)
        {
            s.Input.Backward(before, retainGraph: true);                        // other segments may come back the same way
        }
    }

    private Tensor Again(Tensor leaf, Func<Tensor, Tensor> segment)
    {
        _inside = true;
        try
        {
            using var cast = new Autocast(_autocast, _device);
            return segment(leaf);
        }
        finally
        {
            _inside = false;
        }
    }

    private sealed record Segment(Module Module, Func<Tensor, Tensor> Compute, Tensor Input, Tensor Output, TensorData? Random) : IDisposable
    {
        public void Dispose()
        {
            Input.Dispose();
            Output.Dispose();
        }
    }
}

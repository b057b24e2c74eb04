using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>
/// Owns every tensor made on this thread while it is the innermost one, and releases them together. What shall live longer is
/// handed out with <see cref="Keep"/>. Training steps, tiles and blocks of a network open one.
/// </summary>
/// <remarks>Not for use across <c>await</c>: scopes are a stack per thread. Dispose on the thread that made it, innermost first.</remarks>
public sealed unsafe class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? _current;

    private readonly TensorScope? _outer = _current;
    private Tensor?[] _tensors = new Tensor?[32];
    private int _count;

    /// <summary>Opens a scope inside the innermost one of this thread.</summary>
    public TensorScope() => _current = this;

    /// <summary>The innermost scope of this thread; null when there is none and the garbage collector is the only owner.</summary>
    public static TensorScope? Current => _current;

    /// <summary>Hands a tensor of this scope to the scope around it, or to the caller when there is none.</summary>
    /// <returns>The same tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        if (tensor.Scope == this)
        {
            Forget(tensor);
            _outer?.Add(tensor);
        }

        return tensor;
    }

    /// <summary>Takes a tensor out of whatever scope owns it: the caller (a module, a batch) disposes it from now on.</summary>
    /// <returns>The same tensor.</returns>
    public static Tensor Take(Tensor tensor)
    {
        tensor.Scope?.Forget(tensor);
        return tensor;
    }

    /// <summary>Releases every tensor that this scope still owns.</summary>
    public void Dispose()
    {
        if (_current != this)
        {
            throw new InvalidOperationException("scopes close innermost first, on the thread that opened them");
        }

        _current = _outer;
        const int Block = 64;
        var handles = stackalloc nint[Block];
        var n = 0;
        for (var i = 0; i < _count; i++)
        {
            if (_tensors[i] is { } tensor)
            {
                handles[n++] = tensor.Surrender();
                if (n == Block)
                {
                    Bridge.ReleaseMany(handles, n);
                    n = 0;
                }
            }
        }

        if (n > 0)
        {
            Bridge.ReleaseMany(handles, n);
        }

        _tensors = [];
        _count = 0;
    }

    internal void Add(Tensor tensor)
    {
        if (_count == _tensors.Length)
        {
            Array.Resize(ref _tensors, Math.Max(32, 2 * _count));
        }

        tensor.Scope = this;
        tensor.Slot = _count;
        _tensors[_count++] = tensor;
    }

    internal void Forget(Tensor tensor)
    {
        _tensors[tensor.Slot] = null;
        tensor.Scope = null;
        while (_count > 0 && _tensors[_count - 1] is null)
        {
            _count--;
        }
    }
}

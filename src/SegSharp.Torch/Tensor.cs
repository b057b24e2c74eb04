using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>
/// An N-dimensional array of libtorch, on the CPU or a GPU, with its gradient history. Belongs to the innermost
/// <see cref="TensorScope"/> of the thread that made it; the finalizer is only a safety net.
/// </summary>
/// <remarks>Operators return new tensors; names that end in <c>InPlace</c> change the tensor itself. Not safe for two threads at once.</remarks>
public sealed unsafe partial class Tensor : IDisposable
{
    private nint _handle;

    internal Tensor(nint handle)
    {
        _handle = handle;
        TensorScope.Current?.Add(this);
    }

    /// <summary>Releases the handle when nobody disposed it.</summary>
    ~Tensor()
    {
        if (_handle != 0)
        {
            Bridge.Release(_handle);
        }
    }

    /// <summary>Element type.</summary>
    public DType DType => (DType)Bridge.DType(Handle);

    /// <summary>The number of axes.</summary>
    public int Dimensions => Bridge.Dimensions(Handle);

    /// <summary>The number of elements.</summary>
    public long Count => Bridge.ElementCount(Handle);

    /// <summary>Sizes of the axes, slowest first: [N, C, (D,) H, W] for images.</summary>
    public long[] Shape
    {
        get
        {
            var shape = new long[Bridge.Dimensions(Handle)];
            fixed (long* p = shape)
            {
                Bridge.Sizes(_handle, p);
            }

            return shape;
        }
    }

    /// <summary>Elements to skip for one step along each axis.</summary>
    public long[] Strides
    {
        get
        {
            var strides = new long[Dimensions];
            fixed (long* p = strides)
            {
                Bridge.Check(Bridge.Strides(Handle, p), "strides");
            }

            return strides;
        }
    }

    /// <summary>Where the memory lies.</summary>
    public Device Device
    {
        get
        {
            int kind, index;
            Bridge.Device(Handle, &kind, &index);
            return new Device((DeviceKind)kind, kind == 0 ? -1 : index);
        }
    }

    /// <summary>Whether elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => Bridge.IsContiguous(Handle, (int)MemoryFormat.Contiguous) != 0;

    /// <summary>Whether it was released.</summary>
    public bool IsDisposed => _handle == 0;

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Tensor));

    internal TensorScope? Scope { get; set; }

    internal int Slot { get; set; }

    /// <summary>The size of one axis; negative axes count from the end.</summary>
    public long Size(int axis)
    {
        var shape = Shape;
        return shape[axis < 0 ? axis + shape.Length : axis];
    }

    /// <summary>The elements of a CPU tensor in row-major order, without a copy. Valid as long as the tensor is.</summary>
    /// <exception cref="InvalidOperationException">Not contiguous, not on the CPU, or another element type.</exception>
    public Span<T> Span<T>()
        where T : unmanaged
    {
        if (Device.Kind != DeviceKind.Cpu || !IsContiguous || sizeof(T) != DType.Size())
        {
            throw new InvalidOperationException($"{Describe()} cannot be read in place as {typeof(T).Name}: it must be contiguous, on the CPU and of that size");
        }

        return new Span<T>(Bridge.Data(Handle), checked((int)Count));
    }

    /// <summary>A copy of the elements in row-major order, whatever the layout and device.</summary>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        using var scope = new TensorScope();
        return Detach().To(Device.Cpu).Contiguous().Span<T>().ToArray();
    }

    /// <summary>The value of a tensor with one element.</summary>
    public double Item()
    {
        Bridge.Check(Bridge.Item(Handle, out var value), $"item({Describe()})");
        return value;
    }

    /// <summary>A copy of the content in managed memory.</summary>
    public TensorData ToData()
    {
        using var scope = new TensorScope();
        var here = Detach().To(Device.Cpu).Contiguous();
        var bytes = new byte[here.Count * here.DType.Size()];
        if (bytes.Length > 0)
        {
            new ReadOnlySpan<byte>(Bridge.Data(here.Handle), bytes.Length).CopyTo(bytes);
        }

        return new TensorData(here.DType, here.Shape, bytes);
    }

    /// <summary>Type and shape in a few characters, for messages: "[8,1,128,128] float32".</summary>
    public string Describe() =>
        _handle == 0 ? "disposed tensor" : $"[{string.Join(',', Shape)}] {DType.TorchName()}{(Device.Kind == DeviceKind.Cpu ? "" : " " + Device)}";

    /// <inheritdoc/>
    public override string ToString() => Describe();

    /// <summary>Releases the memory now rather than with its scope.</summary>
    public void Dispose()
    {
        if (_handle != 0)
        {
            Scope?.Forget(this);
            Bridge.Release(Surrender());
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up the handle: whoever called releases it.</summary>
    internal nint Surrender()
    {
#pragma warning disable CA1816 // a surrendered tensor has nothing left to finalize
        var handle = _handle;
        _handle = 0;
        Scope = null;
        GC.SuppressFinalize(this);
#pragma warning restore CA1816
        return handle;
    }
}

using SegSharp.Torch.Native;

namespace SegSharp.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator Fill = new("aten::fill_", "Scalar", 2);
    private static readonly Operator UniformOp = new("aten::uniform_", arguments: 3);
    private static readonly Operator NormalOp = new("aten::normal_", arguments: 3);
    private static readonly Operator ArangeOp = new("aten::arange", arguments: 2);

    /// <summary>Memory that was not set.</summary>
    public static Tensor Empty(long[] shape, DType dtype = DType.Float32, Device device = default)
    {
        fixed (long* sizes = shape)
        {
            Bridge.Check(Bridge.Empty(sizes, shape.Length, (int)dtype, (int)device.Kind, device.Index, 0, out var handle), "empty");
            return new Tensor(handle);
        }
    }

    /// <summary>One value everywhere.</summary>
    public static Tensor Full(double value, long[] shape, DType dtype = DType.Float32, Device device = default)
    {
        var t = Empty(shape, dtype, device);
        Fill.Run(t, value);
        return t;
    }

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(long[] shape, DType dtype = DType.Float32, Device device = default) => Full(0, shape, dtype, device);

    /// <summary>Ones.</summary>
    public static Tensor Ones(long[] shape, DType dtype = DType.Float32, Device device = default) => Full(1, shape, dtype, device);

    /// <summary>0, 1, … count − 1.</summary>
    public static Tensor Arange(long count, DType dtype = DType.Int64) => ArangeOp.Call(count, dtype);

    /// <summary>Uniform in [low, high), from the generator that <see cref="TorchRuntime.Seed"/> sets.</summary>
    public static Tensor Uniform(long[] shape, double low = 0, double high = 1, Device device = default)
    {
        var t = Empty(shape, DType.Float32, device);
        UniformOp.Run(t, low, high);
        return t;
    }

    /// <summary>Normal, from the generator that <see cref="TorchRuntime.Seed"/> sets.</summary>
    public static Tensor Normal(long[] shape, double mean = 0, double deviation = 1, Device device = default)
    {
        var t = Empty(shape, DType.Float32, device);
        NormalOp.Run(t, mean, deviation);
        return t;
    }

    /// <summary>A CPU tensor with a copy of the values.</summary>
    /// <param name="values">Row-major; as many as the shape says.</param>
    /// <param name="shape">Sizes; one axis when left out.</param>
    public static Tensor From<T>(ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged
    {
        var sizes = shape.Length == 0 ? [values.Length] : shape;
        var t = Empty(sizes, DTypeOf<T>());
        if (t.Count != values.Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill [{string.Join(',', sizes)}]", nameof(values));
        }

        values.CopyTo(t.Span<T>());
        return t;
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, long[])"/>
    public static Tensor From<T>(T[] values, params long[] shape)
        where T : unmanaged => From(values.AsSpan(), shape);

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, long[])"/>
    public static Tensor From<T>(Span<T> values, params long[] shape)
        where T : unmanaged => From((ReadOnlySpan<T>)values, shape);

    /// <summary>A tensor without axes that holds one float32 value.</summary>
    public static Tensor Scalar(double value, DType dtype = DType.Float32) => Full(value, [], dtype);

    /// <summary>A CPU tensor with a copy of a checkpoint's content.</summary>
    public static Tensor From(TensorData data)
    {
        var t = Empty(data.Shape, data.DType);
        if (data.Bytes.Length > 0)
        {
            data.Bytes.Span.CopyTo(new Span<byte>(Bridge.Data(t.Handle), data.Bytes.Length));
        }

        return t;
    }

    private static DType DTypeOf<T>() => default(T) switch
    {
        float => DType.Float32,
        double => DType.Float64,
        long => DType.Int64,
        int => DType.Int32,
        short => DType.Int16,
        sbyte => DType.Int8,
        byte => DType.UInt8,
        bool => DType.Bool,
        Half => DType.Float16,
        _ => throw new ArgumentException($"tensors hold no {typeof(T).Name}"),
    };
}

namespace SegSharp.Torch;

/// <summary>One argument of an operator that is called by name. Made by implicit conversion; null stands for None.</summary>
public readonly struct Argument
{
    internal const int None = 0, TensorTag = 1, Integer = 2, Number = 3, Boolean = 4, Text = 5, Integers = 6, Numbers = 7, Tensors = 8,
        OptionalTensors = 9, Booleans = 10, DeviceTag = 11;

    internal readonly int Tag;
    internal readonly int Small;
    internal readonly long Bits;
    internal readonly object? Reference;

    private Argument(int tag, long bits, object? reference = null, int small = 0)
    {
        Tag = tag;
        Bits = bits;
        Reference = reference;
        Small = small;
    }

    /// <summary>A tensor, or None.</summary>
    public static implicit operator Argument(Tensor? t) => t is null ? default : new(TensorTag, 0, t);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(long v) => new(Integer, v);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(int v) => new(Integer, v);

    /// <summary>An integer or None.</summary>
    public static implicit operator Argument(long? v) => v is { } i ? new(Integer, i) : default;

    /// <summary>A real number.</summary>
    public static implicit operator Argument(double v) => new(Number, BitConverter.DoubleToInt64Bits(v));

    /// <summary>A real number or None.</summary>
    public static implicit operator Argument(double? v) => v is { } d ? (Argument)d : default;

    /// <summary>A truth value.</summary>
    public static implicit operator Argument(bool v) => new(Boolean, v ? 1 : 0);

    /// <summary>A text.</summary>
    public static implicit operator Argument(string? v) => v is null ? default : new(Text, 0, v);

    /// <summary>A list of integers: sizes, strides, axes.</summary>
    public static implicit operator Argument(long[]? v) => v is null ? default : new(Integers, 0, v);

    /// <summary>A list of real numbers.</summary>
    public static implicit operator Argument(double[]? v) => v is null ? default : new(Numbers, 0, v);

    /// <summary>A list of tensors.</summary>
    public static implicit operator Argument(Tensor[] v) => new(Tensors, 0, v);

    /// <summary>A list of truth values.</summary>
    public static implicit operator Argument(bool[] v) => new(Booleans, 0, v);

    /// <summary>An element type, as libtorch's integer.</summary>
    public static implicit operator Argument(DType v) => new(Integer, (long)v);

    /// <summary>A device.</summary>
    public static implicit operator Argument(Device v) => new(DeviceTag, v.Index, null, (int)v.Kind);

    /// <summary>A list of tensors of which some may be missing (index tensors).</summary>
    public static Argument Optional(Tensor?[] tensors) => new(OptionalTensors, 0, tensors);

    internal int ListLength => Reference switch
    {
        Array list => list.Length,
        string text => (System.Text.Encoding.UTF8.GetByteCount(text) + 7) / 8,
        _ => 0,
    };

    /// <summary>The tensor, list, text, number or truth value; null for None.</summary>
    internal object? Value => Tag switch
    {
        Integer => Bits,
        Number => BitConverter.Int64BitsToDouble(Bits),
        Boolean => Bits != 0,
        _ => Reference,
    };

    internal string Describe() => Tag switch
    {
        None => "None",
        TensorTag => ((Tensor)Reference!).Describe(),
        Integer => Bits.ToString(),
        Number => BitConverter.Int64BitsToDouble(Bits).ToString("R"),
        Boolean => Bits != 0 ? "true" : "false",
        Text => $"'{Reference}'",
        Integers => $"[{string.Join(',', (long[])Reference!)}]",
        Numbers => $"[{string.Join(',', (double[])Reference!)}]",
        Tensors or OptionalTensors => $"[{string.Join(", ", ((Tensor?[])Reference!).Take(4).Select(t => t?.Describe() ?? "None"))}{(((Array)Reference!).Length > 4 ? ", …" : "")}]",
        _ => "…",
    };
}

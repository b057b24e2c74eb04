namespace SegSharp.Torch;

/// <summary>
/// The content of a tensor in managed memory, without libtorch: what a checkpoint holds. Row-major, contiguous, little-endian.
/// </summary>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes, slowest axis first; empty for a scalar.</param>
/// <param name="Bytes">Exactly the product of the sizes times <see cref="DTypes.Size"/> bytes.</param>
public sealed record TensorData(DType DType, long[] Shape, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);
}

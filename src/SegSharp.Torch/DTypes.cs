using System.Diagnostics;

namespace SegSharp.Torch;

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType dtype) => dtype switch
    {
        DType.UInt8 or DType.Int8 or DType.Bool => 1,
        DType.Int16 or DType.Float16 or DType.BFloat16 => 2,
        DType.Int32 or DType.Float32 or DType.Complex32 => 4,
        DType.Int64 or DType.Float64 or DType.Complex64 => 8,
        DType.Complex128 => 16,
        _ => throw new UnreachableException($"element type {(int)dtype} is not listed"),
    };

    /// <summary>PyTorch's name: "float32", "int64", "bool".</summary>
    public static string TorchName(this DType dtype) => dtype switch
    {
        DType.BFloat16 => "bfloat16",
        DType.UInt8 => "uint8",
        _ => dtype.ToString().ToLowerInvariant(),
    };

    /// <summary>Whether gradients can flow through it.</summary>
    public static bool IsFloating(this DType dtype) =>
        dtype is DType.Float16 or DType.Float32 or DType.Float64 or DType.BFloat16;
}

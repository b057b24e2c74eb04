using SegSharp.Foundation;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Torch.Checkpoints;

internal static class SampleTensors
{
    public static readonly DType[] TorchTypes =
    [
        DType.UInt8, DType.Int8, DType.Int16, DType.Int32, DType.Int64, DType.Float16, DType.Float32, DType.Float64,
        DType.Complex64, DType.Complex128, DType.Bool, DType.BFloat16,
    ];

    /// <summary>A scalar, an empty tensor, a vector, a matrix and a 5-d tensor of every type.</summary>
    public static List<(string Name, TensorData Tensor)> All(IEnumerable<DType> types)
    {
        var chance = new RandomStream(7).Derive("tensors");
        var shapes = new long[][] { [], [0], [3, 0, 2], [5], [2, 3], [2, 1, 3, 1, 2] };
        return [.. from dtype in types from shape in shapes select ($"{dtype.TorchName()}.{string.Join("x", shape)}", Make(dtype, shape, chance))];
    }

    public static TensorData Make(DType dtype, long[] shape, RandomStream chance)
    {
        var bytes = new byte[shape.Aggregate(1L, (a, b) => a * b) * dtype.Size()];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = dtype == DType.Bool ? (byte)chance.Next(2) : (byte)chance.Next(256);
        }

        return new TensorData(dtype, shape, bytes);
    }

    public static void AssertSame(IEnumerable<(string Name, TensorData Tensor)> expected, IReadOnlyDictionary<string, TensorData> actual, bool ordered)
    {
        var names = expected.Select(t => t.Name);
        Assert.Equal(ordered ? names : names.Order(StringComparer.Ordinal), ordered ? actual.Keys : actual.Keys.Order(StringComparer.Ordinal));
        Assert.All(expected, t =>
        {
            Assert.Equal(t.Tensor.DType, actual[t.Name].DType);
            Assert.Equal(t.Tensor.Shape, actual[t.Name].Shape);
            Assert.True(t.Tensor.Bytes.Span.SequenceEqual(actual[t.Name].Bytes.Span), t.Name);
        });
    }
}

using SegSharp.Imaging;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.ParityTests.Imaging;

/// <summary>A recorded array of two or three axes, as a grid.</summary>
internal sealed record Grid(Extent Extent, double[] Values)
{
    public bool[] Mask => Array.ConvertAll(Values, v => v != 0);

    public int[] Whole => Array.ConvertAll(Values, v => (int)v);

    public ushort[] Labels => Array.ConvertAll(Values, v => (ushort)v);

    public static Grid Read(params string[] parts)
    {
        var array = Npy.Read(ParityCases.Require(parts));
        var shape = array.Shape;
        var extent = new Extent((int)shape[^1], shape.Length > 1 ? (int)shape[^2] : 1, shape.Length > 2 ? (int)shape[^3] : 1);
        return new Grid(extent, Numbers(array));
    }

    public static double[] Numbers(TensorData array)
    {
        var bytes = array.Bytes.Span.ToArray();
        var size = bytes.Length / (int)Math.Max(1, array.Count);
        return [.. Enumerable.Range(0, (int)array.Count).Select(i => array.DType switch
        {
            DType.Bool or DType.UInt8 => bytes[i],
            DType.Int8 => (sbyte)bytes[i],
            DType.Int16 => BitConverter.ToInt16(bytes, i * size),
            DType.Int32 => BitConverter.ToInt32(bytes, i * size),
            DType.Int64 => BitConverter.ToInt64(bytes, i * size),
            DType.Float32 => BitConverter.ToSingle(bytes, i * size),
            DType.Float64 => BitConverter.ToDouble(bytes, i * size),
            _ => throw new NotSupportedException($"{array.DType}"),
        })];
    }

    /// <summary>The files of a folder below the parity root whose names match, without their ending; a missing folder gives none.</summary>
    public static IEnumerable<string> Names(string folder, string pattern)
    {
        var path = Path.Combine(ParityCases.Root, folder);
        return Directory.Exists(path)
            ? Directory.EnumerateFiles(path, pattern).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)
            : [];
    }
}

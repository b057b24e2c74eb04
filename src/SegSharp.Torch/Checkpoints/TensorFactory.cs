namespace SegSharp.Torch.Checkpoints;

/// <summary>Makes tensors out of storage, offset, sizes and strides; all bounds are checked before anything is read.</summary>
/// <param name="file">The file, for its errors.</param>
internal sealed class TensorFactory(ByteSource file)
{
    // Views that are no plain piece of their storage cost memory of their own; stride 0 could ask for any amount of it.
    private readonly long _mostCopied = (64L << 20) + (4 * file.Length);
    private readonly Dictionary<Inert, long[]> _numbers = new(ReferenceEqualityComparer.Instance);
    private Int128 _copied;
    private HashSet<byte[]>? _held;

    /// <summary>Until <see cref="Release"/>, storages stay in memory once they are read, so that each is read once.</summary>
    public void Hold() => _held = [];

    /// <summary>Ends <see cref="Hold"/>; tensors that share a storage's memory keep it.</summary>
    public void Release() => _held = null;

    /// <summary>A tensor from the arguments of torch._utils._rebuild_tensor_v2 (or its relatives).</summary>
    public Inert.Tensor Make(IReadOnlyList<Inert> a, PickleInput at)
    {
        if (a is not [Inert.Storage storage, Inert.Integer offset, Inert sizes, Inert steps, ..])
        {
            throw at.Bad("a tensor without storage, offset, sizes and strides");
        }

        var dtype = a.Count > 6 && a[6] is Inert.Global named && Globals.IsElementType(named.Name, out var given)
            ? given
            : storage.DType ?? throw at.Bad("a tensor of untyped bytes without element type");
        var shape = Numbers(sizes, at);
        var strides = Numbers(steps, at);
        string What() => $"tensor [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] and offset {Unpickler.Brief(offset.Value)}";
        if (shape.Length != strides.Length)
        {
            throw file.Bad($"{What()}: sizes and strides differ in number");
        }

        Int128 room = storage.DType is { } own && own == dtype ? storage.Count : (Int128)storage.Count * (storage.DType?.Size() ?? 1) / dtype.Size();
        if (offset.Value < 0 || offset.Value > (System.Numerics.BigInteger)room || !Fits((Int128)offset.Value, shape, strides, room, out var count))
        {
            throw file.Bad($"{What()} reaches outside its storage '{Name(storage.Record.Key)}' of {room} elements");
        }

        var first = (long)offset.Value + (storage.DType is { } t ? storage.Start * t.Size() / dtype.Size() : storage.Start / dtype.Size());
        if (storage.Record.Swapped && ByteOrder.Part(dtype) != ByteOrder.Part(storage.Record.DType ?? DType.UInt8))
        {
            throw file.Bad($"{What()}: a big-endian storage seen as another element type");
        }

        _copied += Strided.IsContiguous(shape, strides) ? 0 : (Int128)count * dtype.Size();
        if (_copied > _mostCopied || (Int128)count * dtype.Size() > Array.MaxLength)
        {
            throw file.Bad($"{What()}: its views would take more than {_mostCopied} bytes from a file of {file.Length}; refused");
        }

        return new Inert.Tensor(dtype, shape, () => Read(storage.Record, dtype, first, shape, strides, count));
    }

    internal static string Name(string key) => key.Length <= 80 ? key : key[..80] + "…";

    private TensorData Read(StorageRecord record, DType dtype, long first, long[] shape, long[] strides, long count)
    {
        var size = dtype.Size();
        var own = (long[])shape.Clone();
        if (count == 0)
        {
            return new TensorData(dtype, own, ReadOnlyMemory<byte>.Empty);
        }

        var bytes = record.Bytes();
        _held?.Add(bytes);
        if (Strided.IsContiguous(shape, strides))
        {
            return new TensorData(dtype, own, bytes.AsMemory(checked((int)(first * size)), checked((int)(count * size))));
        }

        var copy = new byte[count * size];
        Strided.Copy(bytes, first, shape, strides, size, copy);
        return new TensorData(dtype, own, copy);
    }

    private static bool Fits(Int128 offset, long[] shape, long[] strides, Int128 room, out long count)
    {
        Int128 elements = 1, last = offset;
        count = 0;
        if (shape.Contains(0))
        {
            return true;
        }

        for (var axis = 0; axis < shape.Length; axis++)
        {
            elements *= shape[axis];
            last += (Int128)(shape[axis] - 1) * strides[axis];
            if (elements > long.MaxValue / 16 || last >= room)
            {
                return false;
            }
        }

        count = (long)elements;
        return last < room;
    }

    private long[] Numbers(Inert value, PickleInput at)
    {
        if (value is not (Inert.Tuple or Inert.List))
        {
            throw at.Bad("sizes or strides that are no tuple");
        }

        if (value is Inert.Tuple && _numbers.TryGetValue(value, out var known))
        {
            return known;
        }

        var numbers = new List<long>();
        foreach (var item in value.Children)
        {
            if (item is not Inert.Integer number || numbers.Count == 64)
            {
                throw at.Bad("sizes or strides that are not up to 64 whole numbers");
            }

            if (number.Value < 0 || number.Value > long.MaxValue)
            {
                throw file.Bad($"a tensor with the size or stride {Unpickler.Brief(number.Value)}");
            }

            numbers.Add((long)number.Value);
        }

        return _numbers[value] = [.. numbers];
    }
}

using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>The raw numbers that one or more tensors look into; read once while somebody holds them.</summary>
/// <param name="file">The file, for its errors.</param>
/// <param name="key">The name of the record.</param>
/// <param name="length">Bytes.</param>
/// <param name="dtype">Element type; null for bytes.</param>
/// <param name="swapPart">For big-endian files, bytes that turn round together; else 1.</param>
internal sealed class StorageRecord(ByteSource file, string key, long length, DType? dtype, int swapPart)
{
    private WeakReference<byte[]>? _held;

    public string Key => key;

    public long Length => length;

    public DType? DType => dtype;

    public bool Swapped => swapPart != 1;

    /// <summary>Reads the record; set once its place is known.</summary>
    public Func<byte[]> Load { get; set; } = () => throw file.Bad($"storage '{key}' is missing");

    public byte[] Bytes()
    {
        if (_held is { } weak && weak.TryGetTarget(out var bytes))
        {
            return bytes;
        }

        if (length > Array.MaxLength)
        {
            throw file.Bad($"storage '{key}' has {length} bytes; at most {Array.MaxLength} can be held in one piece");
        }

        bytes = Load();
        if (swapPart > 1)
        {
            ByteOrder.Swap(bytes, swapPart);
        }

        _held = new WeakReference<byte[]>(bytes);
        return bytes;
    }
}

/// <summary>Finds the record behind a storage key of a pickle.</summary>
internal abstract class StorageMap
{
    /// <summary>The record of that key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="dtype">Element type; null for bytes.</param>
    /// <param name="count">Announced elements.</param>
    /// <exception cref="InputException">There is none, or its length is another.</exception>
    public abstract StorageRecord Find(string key, DType? dtype, long count);

    /// <summary>For header pickles, in which no storage may occur.</summary>
    public sealed class NoStorages(ByteSource file) : StorageMap
    {
        public override StorageRecord Find(string key, DType? dtype, long count) => throw file.Bad("a storage where none may be");
    }
}

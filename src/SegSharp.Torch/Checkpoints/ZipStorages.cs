namespace SegSharp.Torch.Checkpoints;

/// <summary>Storages as zip entries <c>TOP/data/KEY</c>.</summary>
internal sealed class ZipStorages(ByteSource file, ZipDirectory zip, string top, bool bigEndian) : StorageMap
{
    private readonly Dictionary<string, StorageRecord> _records = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override StorageRecord Find(string key, DType? dtype, long count)
    {
        if (!_records.TryGetValue(key, out var record))
        {
            var entry = zip.Find($"{top}data/{key}") ?? throw file.Bad($"storage '{TensorFactory.Name(key)}' is missing from the archive", "copy or download the file again");
            if (bigEndian && dtype is null)
            {
                throw file.Bad($"storage '{TensorFactory.Name(key)}' is big-endian and of unknown element type");
            }

            record = new StorageRecord(file, key, entry.Size, dtype, bigEndian ? ByteOrder.Part(dtype!.Value) : 1) { Load = () => zip.Content(entry, long.MaxValue) };
            _records.Add(key, record);
        }

        var size = dtype?.Size() ?? 1;
        return record.Length / size == count
            ? record
            : throw file.Bad($"storage '{TensorFactory.Name(key)}' has {record.Length} bytes; {count} elements of {size} are announced", "copy or download the file again");
    }
}

using System.Buffers.Binary;

namespace SegSharp.Torch.Checkpoints;

/// <summary>Storages behind the pickles of a file before PyTorch 1.6: a list of keys, then per key a count and the raw numbers.</summary>
internal sealed class LegacyStorages(ByteSource file) : StorageMap
{
    private readonly Dictionary<string, (StorageRecord Record, long Count)> _records = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override StorageRecord Find(string key, DType? dtype, long count)
    {
        if (_records.TryGetValue(key, out var known))
        {
            return known.Count == count && known.Record.DType == dtype
                ? known.Record
                : throw file.Bad($"storage '{TensorFactory.Name(key)}' is described in two ways");
        }

        var size = dtype?.Size() ?? 1;
        if (count > file.Length / size)
        {
            throw file.Bad($"storage '{TensorFactory.Name(key)}' of {count} elements is larger than the file", "copy or download the file again");
        }

        var record = new StorageRecord(file, key, count * size, dtype, 1);
        _records.Add(key, (record, count));
        return record;
    }

    /// <summary>Walks over the storages and notes where each lies.</summary>
    /// <param name="keys">The list of keys.</param>
    /// <param name="position">Where the first storage begins.</param>
    public void Place(Inert keys, long position)
    {
        if (keys is not Inert.List list)
        {
            throw file.Bad("its list of storages is no list", "copy or download the file again");
        }

        var waiting = _records.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            if (item is not Inert.Text key || !waiting.Remove(key.Value))
            {
                throw file.Bad($"its list of storages holds '{item}', which no tensor uses or which is there twice", "copy or download the file again");
            }

            var (record, count) = _records[key.Value];
            var stored = BinaryPrimitives.ReadInt64LittleEndian(file.Read(position, 8));
            if (stored != count)
            {
                throw file.Bad($"storage '{TensorFactory.Name(key.Value)}' has {stored} elements; {count} are announced", "copy or download the file again");
            }

            var start = position + 8;
            if (record.Length > file.Length - start)
            {
                throw file.Bad($"the file ends inside storage '{TensorFactory.Name(key.Value)}'", "copy or download the file again");
            }

            record.Load = () => file.Read(start, (int)record.Length);
            position = start + record.Length;
        }

        if (waiting.Count > 0)
        {
            throw file.Bad($"storage '{TensorFactory.Name(waiting.First())}' is missing from the list of storages", "copy or download the file again");
        }
    }
}

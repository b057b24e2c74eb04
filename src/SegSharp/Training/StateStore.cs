using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Training;

/// <summary>
/// The <c>state/</c> folder of a run: two generations of everything that a resume needs, each with a digest. The older one is
/// overwritten, so that a kill at any moment leaves one that is whole.
/// </summary>
public sealed class StateStore
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly string _folder;

    /// <summary>The state of the run in that folder.</summary>
    public StateStore(string runFolder) => _folder = Path.Combine(runFolder, "state");

    /// <summary>Writes the next generation: tensors first, then the record that makes them count.</summary>
    /// <exception cref="SegSharpException">Disk full or folder read-only; the other generation is untouched.</exception>
    public void Save(TrainingPosition position, IReadOnlyList<(string Name, TensorData Value)> tensors)
    {
        var newest = Records().MaxBy(r => r.Sequence);
        var slot = newest is null ? 0 : 1 - newest.Slot;
        if (File.Exists(RecordPath(slot)))
        {
            File.Delete(RecordPath(slot));                   // the tensors below it are about to change
        }

        Safetensors.Write(TensorPath(slot), tensors);
        var record = new Record(slot, (newest?.Sequence ?? 0) + 1, Digest(TensorPath(slot)), position);
        AtomicFile.WriteBytes(RecordPath(slot), JsonSerializer.SerializeToUtf8Bytes(record, Json));
    }

    /// <summary>The newest generation that is whole.</summary>
    /// <param name="on">Hears of a damaged generation.</param>
    /// <returns>Position and tensors; null when there is no state at all.</returns>
    /// <exception cref="InputException">There is state, but no generation is whole.</exception>
    public (TrainingPosition Position, IReadOnlyDictionary<string, TensorData> Tensors)? Load(Action<RunEvent> on)
    {
        var records = Records().OrderByDescending(r => r.Sequence).ToList();
        foreach (var record in records)
        {
            if (File.Exists(TensorPath(record.Slot)) && Digest(TensorPath(record.Slot)) == record.Digest)
            {
                return (record.Position, Checkpoint.Read(TensorPath(record.Slot)).Tensors.ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal));
            }

            on(new Warned($"'{TensorPath(record.Slot)}' is damaged; going back to the generation before"));
        }

        return records.Count == 0
            ? null
            : throw new InputException($"no generation in '{_folder}' is whole", "train anew with another --out, or continue from checkpoint-last.pt");
    }

    private string TensorPath(int slot) => Path.Combine(_folder, slot.ToString(CultureInfo.InvariantCulture) + ".safetensors");

    private string RecordPath(int slot) => Path.Combine(_folder, slot.ToString(CultureInfo.InvariantCulture) + ".json");

    private IEnumerable<Record> Records()
    {
        for (var slot = 0; slot < 2; slot++)
        {
            if (File.Exists(RecordPath(slot)) && Parse(RecordPath(slot)) is { } record)
            {
                yield return record with { Slot = slot };
            }
        }
    }

    private static Record? Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Record>(File.ReadAllBytes(path), Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Digest(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }

    private sealed record Record(int Slot, long Sequence, string Digest, TrainingPosition Position);
}

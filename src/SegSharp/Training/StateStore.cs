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
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,      // a validation loss may overflow
    };

    private readonly string _folder;
    private int? _whole;

    /// <summary>The state of the run in that folder.</summary>
    public StateStore(string runFolder) => _folder = Path.Combine(runFolder, "state");

    /// <summary>Writes the next generation: tensors first, then the record that makes them count.</summary>
    /// <exception cref="SegSharpException">Disk full or folder read-only; the other generation is untouched.</exception>
    public void Save(TrainingPosition position, IReadOnlyList<(string Name, TensorData Value)> tensors)
    {
        // Never the generation that is known to be whole: after damage that need not be the newest.
        var newest = Records().MaxBy(r => r.Sequence);
        var slot = 1 - (_whole ?? newest?.Slot ?? 1);
        Guarded(RecordPath(slot), "replace", () =>
        {
            if (File.Exists(RecordPath(slot)))
            {
                WriteBoundary.Pass("before delete", RecordPath(slot));
                File.Delete(RecordPath(slot));               // the tensors below it are about to change
                WriteBoundary.Pass("delete", RecordPath(slot));
            }

            return 0;
        });

        Safetensors.Write(TensorPath(slot), tensors);
        var record = new Record(slot, (newest?.Sequence ?? 0) + 1, Digest(TensorPath(slot)), position);
        AtomicFile.WriteBytes(RecordPath(slot), JsonSerializer.SerializeToUtf8Bytes(record, Json));
        _whole = slot;
    }

    /// <summary>The newest generation that is whole.</summary>
    /// <param name="on">Hears of a damaged generation.</param>
    /// <returns>Position and tensors; null when there is no state at all.</returns>
    /// <exception cref="InputException">There is state, but no generation is whole.</exception>
    public (TrainingPosition Position, IReadOnlyDictionary<string, TensorData> Tensors)? Load(Action<RunEvent> on)
    {
        var records = Records().OrderByDescending(r => r.Sequence).ToList();
        var unreadable = new[] { 0, 1 }.Where(slot => File.Exists(RecordPath(slot)) && !records.Exists(r => r.Slot == slot)).ToList();
        foreach (var slot in unreadable)
        {
            on(new Warned($"'{RecordPath(slot)}' is damaged; going back to the other generation"));
        }

        foreach (var record in records)
        {
            if (File.Exists(TensorPath(record.Slot)) && Digest(TensorPath(record.Slot)) == record.Digest)
            {
                _whole = record.Slot;
                return (record.Position, Checkpoint.Read(TensorPath(record.Slot)).Tensors.ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal));
            }

            on(new Warned($"'{TensorPath(record.Slot)}' is damaged; going back to the other generation"));
        }

        return records.Count + unreadable.Count == 0
            ? null
            : throw new InputException($"no generation in '{_folder}' is whole, so the run cannot go on", "train anew with another --out, or use checkpoint-last.pt as it is");
    }

    private string TensorPath(int slot) => Path.Combine(_folder, slot.ToString(CultureInfo.InvariantCulture) + ".safetensors");

    private string RecordPath(int slot) => Path.Combine(_folder, slot.ToString(CultureInfo.InvariantCulture) + ".json");

    private IEnumerable<Record> Records()
    {
        for (var slot = 0; slot < 2; slot++)
        {
            if (File.Exists(RecordPath(slot)) && Parse(RecordPath(slot)) is { Digest: not null, Position: not null } record)
            {
                yield return record with { Slot = slot };
            }
        }
    }

    private static Record? Parse(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Record>(Guarded(path, "read", () => File.ReadAllBytes(path)), Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Digest(string path) => Guarded(path, "read", () =>
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    });

    private static T Guarded<T>(string path, string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot {what} '{path}': {e.Message.TrimEnd('.')}", "make the run's folder readable and writable, then --resume", e);
        }
    }

    private sealed record Record(int Slot, long Sequence, string Digest, TrainingPosition Position);
}

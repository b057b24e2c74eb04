using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>Cases ready for training: every slice, or every volume, is one sample; held in memory as far as allowed.</summary>
public sealed class PreparedDataSet : ISampleSource
{
    private readonly DataSet _data;
    private readonly PreparationOptions _options;
    private readonly bool _volumes;
    private readonly List<Entry> _entries = [];

    private PreparedDataSet(DataSet data, PreparationOptions options, bool volumes) => (_data, _options, _volumes) = (data, options, volumes);

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>Digest of options, names and prepared samples: the same when, and only when, training would see the same numbers.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Bytes that the held samples take.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Voxels per axis of all samples; null when they differ.</summary>
    public Extent? Extent { get; private set; }

    /// <summary>Reads, proves and prepares cases.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="ids">Names of the cases, in the order in which they are numbered.</param>
    /// <param name="options">Grid and intensities.</param>
    /// <param name="dimensions">2: every page or slice is a sample; 3: every volume is.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two cases.</param>
    /// <exception cref="InputException">A case is missing, unreadable, or its parts do not fit.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static PreparedDataSet Create(
        DataSet data, IReadOnlyList<string> ids, PreparationOptions options, int dimensions = 2, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        var prepared = new PreparedDataSet(data, options, dimensions == 3);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes($"{options with { CacheBytes = 0, Statistics = [] }}|{dimensions}|{data.Labels.Describe()}"));
        for (var i = 0; i < ids.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            prepared.Add(data[ids[i]], digest);
            on?.Invoke(new Progressed("read", i + 1, ids.Count));
        }

        prepared.Digest = Convert.ToHexStringLower(digest.GetHashAndReset());
        var sizes = prepared._entries.Select(e => e.Size).Distinct().ToList();
        prepared.Extent = sizes.Count == 1 ? sizes[0] : null;
        return prepared;
    }

    /// <inheritdoc/>
    public string IdOf(int index) => _entries[index].Id;

    /// <summary>Voxels per axis of one sample, without preparing it.</summary>
    public Extent ExtentOf(int index) => _entries[index].Size;

    /// <inheritdoc/>
    public Sample Get(int index)
    {
        var entry = _entries[index];
        if (entry.Held is { } held)
        {
            return held;
        }

        var loaded = _data.Read(entry.Case);
        return entry.Slice is { } z
            ? Preparation.PrepareSlice(loaded, z, _options, _data.Labels)
            : Preparation.Prepare(loaded, _options, _data.Labels).Sample;
    }

    private void Add(Case @case, IncrementalHash digest)
    {
        var loaded = _data.Read(@case);
        if (_volumes)
        {
            Hold(@case, null, Preparation.Prepare(loaded, _options, _data.Labels).Sample, digest);
            return;
        }

        if (_options.NeedsVolume || (_options.MeasuresVolume && loaded.Extent.Depth > 1))
        {
            var prepared = Preparation.Prepare(loaded, _options, _data.Labels);
            for (var z = 0; z < prepared.Sample.Depth; z++)
            {
                Hold(@case, z, prepared.Slice(z), digest);
            }

            return;
        }

        for (var z = 0; z < loaded.Extent.Depth; z++)
        {
            Hold(@case, z, Preparation.PrepareSlice(loaded, z, _options, _data.Labels), digest);
        }
    }

    private void Hold(Case @case, int? slice, Sample sample, IncrementalHash digest)
    {
        digest.AppendData(Encoding.UTF8.GetBytes($"|{sample.Id} {sample.Extent}x{sample.Channels}|"));
        digest.AppendData(MemoryMarshal.AsBytes<float>(sample.Image));
        digest.AppendData(MemoryMarshal.AsBytes<ushort>(sample.Labels));
        digest.AppendData(MemoryMarshal.AsBytes<float>(sample.Weights));
        var bytes = (4L * sample.Image.Length) + (2L * (sample.Labels?.Length ?? 0)) + (4L * (sample.Weights?.Length ?? 0));
        var hold = HeldBytes + bytes <= _options.CacheBytes;
        HeldBytes += hold ? bytes : 0;
        _entries.Add(new Entry(@case, slice, sample.Id, sample.Extent, hold ? sample : null));
    }

    private sealed record Entry(Case Case, int? Slice, string Id, Extent Size, Sample? Held);
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>Cases ready for training: every slice, or every volume, is one sample; held in memory as far as allowed, then on the disk.</summary>
/// <remarks>
/// The samples are the same bits wherever they are held, and whatever the number of threads that made them. What is held nowhere is
/// made of its files again when it is needed: once for all threads that wait for it, and kept as long as the memory allows.
/// </remarks>
public sealed class PreparedDataSet : ISampleSource
{
    private const int MostThreads = 8;
    private const long MostAtOnce = 256L << 20;         // samples of a case that a thread makes ahead; a longer stack goes page by page

    private readonly DataSet _data;
    private readonly PreparationOptions _options;
    private readonly bool _volumes;
    private readonly SampleStore? _store;
    private readonly List<Entry> _entries = [];
    private SharedLoads<OpenedCase> _shared;
    private long _limit;
    private int _casesRead;

    private PreparedDataSet(DataSet data, PreparationOptions options, bool volumes, SampleStore? store)
    {
        (_data, _options, _volumes, _store, _limit) = (data, options, volumes, store, options.CacheBytes);
        _shared = new(0, c => c.Bytes);
    }

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>Digest of options, names and prepared samples: the same when, and only when, training would see the same numbers.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Bytes that the held samples take.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>How often the files of a case were decoded so far.</summary>
    public int CasesRead => _casesRead;

    /// <summary>Voxels per axis of all samples; null when they differ.</summary>
    public Extent? Extent { get; private set; }

    /// <summary>Reads, proves and prepares cases, several at once.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="ids">Names of the cases, in the order in which they are numbered.</param>
    /// <param name="options">Grid and intensities.</param>
    /// <param name="dimensions">2: every page or slice is a sample; 3: every volume is.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two cases.</param>
    /// <exception cref="InputException">A case is missing, unreadable, or its parts do not fit.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    /// <exception cref="SegSharpException">The folder for what does not fit into memory cannot be used.</exception>
    public static PreparedDataSet Create(
        DataSet data, IReadOnlyList<string> ids, PreparationOptions options, int dimensions = 2, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        var store = options.CacheFolder is { } folder ? new SampleStore(folder, options.CacheFolderBytes, on) : null;
        var prepared = new PreparedDataSet(data, options, dimensions == 3, store);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes($"{options.Rules}|{dimensions}|{data.Labels.Describe()}"));
        prepared.ReadAll([.. ids.Select(id => data[id])], digest, on, cancel);

        prepared.Digest = Convert.ToHexStringLower(digest.GetHashAndReset());
        var sizes = prepared._entries.Select(e => e.Size).Distinct().ToList();
        prepared.Extent = sizes.Count == 1 ? sizes[0] : null;
        prepared._shared = new(options.CacheBytes - prepared.HeldBytes, c => c.Bytes);
        if (store is not null)
        {
            store.On = null;        // later calls come from the loader's threads
        }

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
        return entry.Held
            ?? (entry.Key is { } key ? _store!.TryRead(key, entry.Part) : null)
            ?? _shared.Get(entry.Number, () => OpenAgain(entry))[entry.Part];
    }

    private void ReadAll(Case[] cases, IncrementalHash digest, Action<RunEvent>? on, CancellationToken cancel)
    {
        var workers = Math.Min(cases.Length, Math.Min(Machine.Cores, MostThreads));
        var line = new OrderedLine<FirstRead>(workers);
        using var stopped = cancel.Register(line.Stop);
        var threads = new Thread[workers];
        for (var i = 0; i < workers; i++)
        {
            threads[i] = new Thread(() => Work(line, cases)) { Name = $"segsharp reader {i}", IsBackground = true };
            threads[i].Start();
        }

        try
        {
            for (var i = 0; i < cases.Length; i++)
            {
                if (!line.Take(out var read))
                {
                    cancel.ThrowIfCancellationRequested();
                }

                Take(cases[i], i, read!, digest);
                on?.Invoke(new Progressed("read", i + 1, cases.Length));
            }
        }
        finally
        {
            line.Stop();
            foreach (var thread in threads)
            {
                thread.Join();
            }

            line.DisposeLeft();
        }
    }

    private void Work(OrderedLine<FirstRead> line, Case[] cases)
    {
        while (line.Next(cases.Length, out var number))
        {
            try
            {
                line.Put(number, Read(cases[number]));
            }
            catch (Exception e)
            {
                line.Fail(number, e);
            }
        }
    }

    private FirstRead Read(Case @case)
    {
        var key = KeyOf(@case);
        if (key is not null && _store!.TryReadAll(key) is { } kept)
        {
            return new FirstRead(kept, null, key, IsKept: true);
        }

        var opened = Open(@case);
        var first = opened[0];
        return OpenedCase.BytesOf(first) * opened.Count <= MostAtOnce
            ? new FirstRead([first, .. Enumerable.Range(1, opened.Count - 1).Select(i => opened[i])], null, key, IsKept: false)
            : new FirstRead([first], opened, key, IsKept: false);
    }

    // In the order of the cases, on one thread: numbers, digest and what is held follow from nothing else.
    private void Take(Case @case, int number, FirstRead read, IncrementalHash digest)
    {
        var count = read.Opened?.Count ?? read.Samples.Length;
        var bytes = OpenedCase.BytesOf(read.Samples[0]) * count;
        var hold = !read.IsKept && HeldBytes + bytes <= _limit;
        if (!hold && _store is null && _limit == _options.CacheBytes)
        {
            LeaveRoom();
        }

        var first = _entries.Count;
        using var samples = Samples().GetEnumerator();
        var kept = read.IsKept || (!hold && read.Key is { } key && _store!.TryWrite(key, bytes, Rest()));
        while (samples.MoveNext())
        {
        }

        HeldBytes += hold ? bytes : 0;
        for (var i = first; kept && i < _entries.Count; i++)
        {
            _entries[i] = _entries[i] with { Key = read.Key };
        }

        IEnumerable<Sample> Samples()
        {
            for (var i = 0; i < count; i++)
            {
                var sample = i < read.Samples.Length ? read.Samples[i] : read.Opened![i];
                digest.AppendData(Encoding.UTF8.GetBytes($"|{sample.Id} {sample.Extent}x{sample.Channels}|"));
                digest.AppendData(MemoryMarshal.AsBytes<float>(sample.Image));
                digest.AppendData(MemoryMarshal.AsBytes<ushort>(sample.Labels));
                digest.AppendData(MemoryMarshal.AsBytes<float>(sample.Weights));
                _entries.Add(new Entry(@case, number, i, sample.Id, sample.Extent, hold ? sample : null, null));
                yield return sample;
            }
        }

        IEnumerable<Sample> Rest()
        {
            while (samples.MoveNext())
            {
                yield return samples.Current;
            }
        }
    }

    // Not all fit: a quarter of the memory is for cases that are read again, so that pages of one that are asked for in turn share a decoding.
    private void LeaveRoom()
    {
        _limit -= _limit / 4;
        var (last, begun) = (_entries.Count - 1, -1);
        for (; last >= 0 && (HeldBytes > _limit || _entries[last].Number == begun); last--)
        {
            if (_entries[last].Held is { } held)
            {
                HeldBytes -= OpenedCase.BytesOf(held);
                begun = _entries[last].Number;      // whole cases: a page left over would save no decoding
                _entries[last] = _entries[last] with { Held = null };
            }
        }
    }

    private OpenedCase OpenAgain(Entry entry)
    {
        var opened = Open(entry.Case);
        if (entry.Key is { } key)
        {
            // It was on the disk and is gone, or spoilt.
            _store!.TryWrite(key, OpenedCase.BytesOf(opened[entry.Part]) * opened.Count, Enumerable.Range(0, opened.Count).Select(i => opened[i]));
        }

        return opened;
    }

    private OpenedCase Open(Case @case)
    {
        Interlocked.Increment(ref _casesRead);
        return new OpenedCase(_data.Read(@case), _options, _data.Labels, _volumes);
    }

    private string? KeyOf(Case @case)
    {
        if (_store is null || _data.WeighRule is not { } weighed)
        {
            return null;
        }

        string?[] files = [.. @case.Channels, @case.Label, weighed.Length > 0 ? _data.ObjectsOf(@case) : null];
        return SampleStore.KeyOf($"{_options.Rules}|{JsonSerializer.Serialize(_options.Statistics)}|{weighed}|{_volumes}|{_data.Labels.Describe()}|{@case.Id}", files.OfType<string>());
    }

    private sealed record FirstRead(Sample[] Samples, OpenedCase? Opened, string? Key, bool IsKept) : IDisposable
    {
        public void Dispose()
        {
        }
    }

    private sealed record Entry(Case Case, int Number, int Part, string Id, Extent Size, Sample? Held, string? Key);
}

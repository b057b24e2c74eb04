using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>How samples become batches.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Samples in a batch; the last one of an epoch may be shorter.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>A new order every epoch. Off for validation.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Leave out a last batch that is short. Off: 25 images in batches of 8 make 4 steps, the last of 1 image.</summary>
    public bool DropLast { get; init; }

    /// <summary>How often each sample is seen in an epoch; more than 1 where patches are cut from large images.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Threads that prepare batches; 0 = one on up to 4 cores, where busy loaders slow the step down more than they help, else a quarter of the cores.</summary>
    public int Workers { get; init; }

    /// <summary>Batches made ahead of the consumer; bounds the memory.</summary>
    public int Ahead { get; init; } = 2;

    /// <summary>Root of all chance of this loader.</summary>
    public long Seed { get; init; }

    /// <summary>Every fault, with its key in a recipe.</summary>
    public IEnumerable<Fault> Check()
    {
        if (BatchSize < 1)
        {
            yield return Fault.At("training.batchSize", $"is {BatchSize}; it must be 1 or more");
        }

        if (Repeats < 1)
        {
            yield return Fault.At("training.repeats", $"is {Repeats}; it must be 1 or more");
        }

        if (Workers < 0)
        {
            yield return Fault.At("training.workers", $"is {Workers}; it must be 0 (chosen for this machine) or more");
        }

        if (Ahead < 1)
        {
            yield return Fault.At("training.ahead", $"is {Ahead}; it must be 1 or more");
        }
    }
}

/// <summary>Makes the batches of an epoch on named worker threads, a bounded number of them ahead of the consumer.</summary>
/// <remarks>
/// What is in a batch is a function of (seed, epoch, index) alone: the same bits whether 1 or 4 workers made it, and the same
/// again after a resume. Worker threads run plain C#, never an operator of libtorch.
/// </remarks>
public sealed class BatchLoader
{
    private readonly ISampleSource _source;
    private readonly BatchLoaderOptions _options;
    private readonly SampleChange? _change;
    private readonly RandomStream _random;

    /// <summary>A loader over a source of samples.</summary>
    /// <param name="source">Where samples come from; fetched from several threads.</param>
    /// <param name="options">Batch size, order, workers.</param>
    /// <param name="change">Cuts patches, augments; null = samples as they are.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public BatchLoader(ISampleSource source, BatchLoaderOptions options, SampleChange? change = null)
    {
        UsageException.ThrowIfAny(options.Check());
        _source = source;
        _options = options;
        _change = change;
        _random = new RandomStream(options.Seed);
    }

    /// <summary>Samples in a batch; the last one of an epoch may be shorter.</summary>
    public int BatchSize => _options.BatchSize;

    /// <summary>Samples in an epoch.</summary>
    public int SamplesPerEpoch => _source.Count * _options.Repeats;

    /// <summary>Batches in an epoch.</summary>
    public int BatchesPerEpoch => _options.DropLast
        ? SamplesPerEpoch / _options.BatchSize
        : (SamplesPerEpoch + _options.BatchSize - 1) / _options.BatchSize;

    /// <summary>The order in which an epoch shows the samples; a function of seed and epoch.</summary>
    public int[] Order(int epoch)
    {
        var order = _options.Shuffle
            ? _random.Derive("order").Derive(epoch).Permutation(SamplesPerEpoch)
            : [.. Enumerable.Range(0, SamplesPerEpoch)];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] %= _source.Count;
        }

        return order;
    }

    /// <summary>The batches of an epoch, in order. Worker threads live as long as the enumeration does, and end with it however it ends.</summary>
    /// <param name="epoch">Number of the epoch; the same number gives the same bits.</param>
    /// <param name="first">Batches to leave out at the start: a resumed run has seen them.</param>
    /// <param name="cancel">Stops the workers and the enumeration.</param>
    /// <returns>Batches that the consumer disposes.</returns>
    /// <exception cref="InputException">A case cannot be read; the message begins with the case's name.</exception>
    /// <exception cref="OperationCanceledException">Stopped by <paramref name="cancel"/>.</exception>
    public IEnumerable<HostBatch> Epoch(int epoch, int first = 0, CancellationToken cancel = default)
    {
        var line = new OrderedLine<HostBatch>(_options.Ahead, first);
        var order = Order(epoch);
        var count = BatchesPerEpoch;
        var workers = Math.Min(count, _options.Workers > 0 ? _options.Workers : Environment.ProcessorCount <= 4 ? 1 : Environment.ProcessorCount / 4);
        using var stopped = cancel.Register(line.Stop);
        var threads = new Thread[workers];
        for (var i = 0; i < workers; i++)
        {
            threads[i] = new Thread(() => Work(line, order, epoch, count)) { Name = $"segsharp loader {i}", IsBackground = true };
            threads[i].Start();
        }

        try
        {
            for (var i = first; i < count; i++)
            {
                if (!line.Take(out var batch))
                {
                    cancel.ThrowIfCancellationRequested();
                }

                yield return batch!;
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

    /// <summary>One batch, made on the calling thread; the same bits as in <see cref="Epoch"/>.</summary>
    /// <param name="epoch">Number of the epoch.</param>
    /// <param name="index">Position of the batch in the epoch.</param>
    public HostBatch Batch(int epoch, int index) => Make(Order(epoch), epoch, index);

    private void Work(OrderedLine<HostBatch> line, int[] order, int epoch, int count)
    {
        while (line.Next(count, out var index))
        {
            try
            {
                line.Put(index, Make(order, epoch, index));
            }
            catch (Exception e)
            {
                line.Fail(index, e);
            }
        }
    }

    private HostBatch Make(int[] order, int epoch, int index)
    {
        var first = index * _options.BatchSize;
        var size = Math.Min(_options.BatchSize, order.Length - first);
        HostBatch? batch = null;
        try
        {
            var ids = new string[size];
            for (var i = 0; i < size; i++)
            {
                ids[i] = _source.IdOf(order[first + i]);
            }

            for (var i = 0; i < size; i++)
            {
                var sample = Load(order[first + i], _random.Derive("augment").Derive(epoch).Derive(first + i));
                batch ??= new HostBatch(ids, sample.Channels, sample.Extent, sample.Labels is not null, sample.Weights is not null, sample.Maps) { Index = index, Epoch = epoch };
                Copy(sample, batch, i);
            }

            return batch!;
        }
        catch
        {
            batch?.Dispose();
            throw;
        }
    }

    private Sample Load(int index, RandomStream random)
    {
        try
        {
            var sample = _source.Get(index);
            return _change is null ? sample : _change(sample, random);
        }
        catch (SegSharpException e)
        {
            throw new InputException($"case '{_source.IdOf(index)}': {e.Message}", e.Fix, e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new SegSharpException($"case '{_source.IdOf(index)}' could not be prepared: {e.Message}", null, e);
        }
    }

    private static void Copy(Sample sample, HostBatch batch, int place)
    {
        if (sample.Channels != batch.Channels || sample.Extent != batch.Extent)
        {
            throw new InputException(
                $"case '{sample.Id}' is {sample.Extent} with {sample.Channels} channel(s) but its batch began with {batch.Extent} and {batch.Channels} ('{batch.Ids[0]}')",
                batch.Extent.Depth == 1 ? $"give all images one size with --resize {batch.Extent}, or cut patches with --patch" : "cut patches of one size with --patch");
        }

        if (sample.Labels is null == batch.HasLabels)
        {
            throw new InputException(
                $"case '{(batch.HasLabels ? sample.Id : batch.Ids[0])}' has no label map while others in its batch have one",
                "leave out cases without a label map");
        }

        sample.Image.CopyTo(batch.Images[(place * sample.Image.Length)..]);
        if (sample.Weights is { } weights && batch.HasWeights)
        {
            weights.CopyTo(batch.Weights[(place * weights.Length)..]);
        }

        if (sample.Labels is { } labels)
        {
            var target = batch.Labels.Slice(place * labels.Length, labels.Length);
            for (var i = 0; i < labels.Length; i++)
            {
                target[i] = labels[i];
            }
        }
    }
}

using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class BatchLoaderTests
{
    private static readonly Augmentations Everything = Augmentations.From(
        Catalogue.Transforms.Select(t => (TransformOptions)t.Defaults()));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Four_workers_make_the_bits_of_one(int epoch)
    {
        var source = new MemorySource(25, i => MemorySource.Numbered(i, 20, 16));
        var one = new BatchLoader(source, new() { BatchSize = 4, Workers = 1, Seed = 3 }, Everything.Change);
        var four = new BatchLoader(source, new() { BatchSize = 4, Workers = 4, Seed = 3, Ahead = 5 }, Everything.Change);

        Assert.Equal(Bits(one.Epoch(epoch)), Bits(four.Epoch(epoch)));
    }

    [Fact]
    public void An_epoch_shows_every_case_once_and_the_last_batch_may_be_short()
    {
        var loader = new BatchLoader(new MemorySource(25, i => MemorySource.Numbered(i, 4, 4)), new() { BatchSize = 8, Seed = 1 });

        var sizes = new List<int>();
        var ids = new List<string>();
        foreach (var batch in loader.Epoch(0))
        {
            using (batch)
            {
                sizes.Add(batch.Count);
                ids.AddRange(batch.Ids);
            }
        }

        Assert.Equal(4, loader.BatchesPerEpoch);
        Assert.Equal([8, 8, 8, 1], sizes);
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"case_{i:D2}"), ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Epochs_differ_in_order_and_validation_keeps_its_own()
    {
        var source = new MemorySource(25, i => MemorySource.Numbered(i, 4, 4));

        Assert.NotEqual(new BatchLoader(source, new()).Order(0), new BatchLoader(source, new()).Order(1));
        Assert.Equal(new BatchLoader(source, new()).Order(1), new BatchLoader(source, new()).Order(1));
        Assert.Equal(Enumerable.Range(0, 25), new BatchLoader(source, new() { Shuffle = false }).Order(4));
    }

    [Fact]
    public void Images_and_labels_lie_in_the_batch_in_the_order_of_its_names()
    {
        var loader = new BatchLoader(new MemorySource(3, i => MemorySource.Numbered(i, 5, 2, channels: 2)), new() { BatchSize = 3, Shuffle = false });

        using var batch = loader.Batch(0, 0);

        Assert.Equal(["case_00", "case_01", "case_02"], batch.Ids);
        Assert.Equal((2, new Extent(5, 2)), (batch.Channels, batch.Extent));
        Assert.Equal([.. Enumerable.Range(0, 20).Select(i => 10000f + i)], batch.Images.Slice(20, 20).ToArray());
        Assert.Equal([0L, 1, 2, 0, 1, 2, 0, 1, 2, 0], batch.Labels.Slice(10, 10).ToArray());
    }

    [Fact]
    public void An_error_in_a_worker_surfaces_with_the_name_of_its_case()
    {
        var source = new MemorySource(10, i => i == 6
            ? throw new InputException("label map 'x.png' is 4x4 but its image 'y.png' is 5x5", "look at it")
            : MemorySource.Numbered(i, 4, 4));
        var loader = new BatchLoader(source, new() { BatchSize = 2, Shuffle = false, Workers = 3 });
        var taken = 0;

        var error = Assert.Throws<InputException>(() =>
        {
            foreach (var batch in loader.Epoch(0))
            {
                batch.Dispose();
                taken++;
            }
        });

        Assert.Equal("case 'case_06': label map 'x.png' is 4x4 but its image 'y.png' is 5x5", error.Message);
        Assert.Equal("look at it", error.Fix);
        Assert.Equal(3, taken);
    }

    [Fact]
    public void Images_of_two_sizes_cannot_share_a_batch()
    {
        var loader = new BatchLoader(new MemorySource(2, i => MemorySource.Numbered(i, 4 + i, 4)), new() { BatchSize = 2, Shuffle = false });

        var error = Assert.Throws<InputException>(() => loader.Epoch(0).ToList());

        Assert.Equal("case 'case_01' is 5x4 with 1 channel(s) but its batch began with 4x4 and 1 ('case_00')", error.Message);
        Assert.Equal("give all images one size with --resize 4x4, or cut patches with --patch", error.Fix);
    }

    [Fact]
    public void Cancelling_ends_the_enumeration_and_its_threads()
    {
        using var cancel = new CancellationTokenSource();
        var seen = new HashSet<Thread>();
        var source = new MemorySource(100, i =>
        {
            lock (seen)
            {
                seen.Add(Thread.CurrentThread);
            }

            return MemorySource.Numbered(i, 4, 4);
        });
        var loader = new BatchLoader(source, new() { BatchSize = 1, Workers = 3 });
        var taken = 0;

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var batch in loader.Epoch(0, cancel: cancel.Token))
            {
                batch.Dispose();
                if (++taken == 5)
                {
                    cancel.Cancel();
                }
            }
        });

        Assert.Equal(5, taken);
        Assert.All(seen, t => Assert.False(t.IsAlive));
        Assert.All(seen, t => Assert.StartsWith("segsharp loader ", t.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Leaving_early_ends_the_threads()
    {
        var seen = new HashSet<Thread>();
        var source = new MemorySource(100, i =>
        {
            lock (seen)
            {
                seen.Add(Thread.CurrentThread);
            }

            return MemorySource.Numbered(i, 4, 4);
        });

        using (new BatchLoader(source, new() { BatchSize = 1, Workers = 2 }).Epoch(0).First())
        {
            Assert.All(seen, t => Assert.False(t.IsAlive));
        }
    }

    [Fact]
    public void Every_wrong_option_is_named()
    {
        var error = Assert.Throws<UsageException>(() => new BatchLoader(
            new MemorySource(1, i => MemorySource.Numbered(i, 4, 4)), new() { BatchSize = 0, Ahead = 0, Repeats = 0, Workers = -1 }));

        Assert.Equal(
            "training.batchSize is 0; it must be 1 or more; training.repeats is 0; it must be 1 or more; "
            + "training.workers is -1; it must be 0 (chosen for this machine) or more; training.ahead is 0; it must be 1 or more",
            error.Message);
    }

    private static List<string> Bits(IEnumerable<HostBatch> batches)
    {
        var bits = new List<string>();
        foreach (var batch in batches)
        {
            using (batch)
            {
                var images = System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Images);
                bits.Add($"{string.Join(",", batch.Ids)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(images))} {string.Join("", batch.Labels.ToArray())}");
            }
        }

        return bits;
    }
}

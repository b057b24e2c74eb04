using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class PreparedDataSetTests : IDisposable
{
    private const int Cases = 6, Pages = 4;
    private const long CaseBytes = Pages * 6 * 5 * (4 + 2);
    private static readonly PreparationOptions All = new();
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];
    private readonly DataSet _data;

    public PreparedDataSetTests()
    {
        using (var writer = new DataSetWriter(_folder.Path("data"), new DataSetDescription { ChannelNames = ["CT"], Labels = new([new("background", [0]), new("bone", [1])]), FileEnding = ".nii.gz" }))
        {
            var grid = new Geometry { Extent = new Extent(6, 5, Pages) };
            for (var c = 0; c < Cases; c++)
            {
                var random = new RandomStream(c);
                var values = Enumerable.Range(0, (int)grid.Extent.Count).Select(_ => (float)random.NextNormal()).ToArray();
                writer.Add($"case{c}", Volume.Of<float>($"case{c}", grid, 1, values), new LabelMap($"case{c}", grid, Array.ConvertAll(values, v => v > 0 ? (ushort)1 : (ushort)0)));
            }

            writer.Complete();
        }

        _data = DataSet.Open(_folder.Path("data"));
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Caches => ["memory", "half", "none", "disk", "half and disk", "full disk"];

    [Theory]
    [MemberData(nameof(Caches))]
    public void Samples_and_digest_are_the_same_bits_wherever_they_are_held(string cache)
    {
        foreach (var dimensions in new[] { 2, 3 })
        {
            var truth = PreparedDataSet.Create(_data, _data.Ids, All, dimensions);

            var prepared = PreparedDataSet.Create(_data, _data.Ids, Options(cache), dimensions, _events.Add);

            Assert.Equal(truth.Digest, prepared.Digest);
            Assert.Equal(truth.Count, prepared.Count);
            for (var i = 0; i < truth.Count; i++)
            {
                var (expected, found) = (truth.Get(i), prepared.Get(i));
                Assert.Equal(expected.Id, found.Id);
                Assert.Equal(expected.Image, found.Image);
                Assert.Equal(expected.Labels, found.Labels);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Caches))]
    public void Batches_are_the_same_bits_whatever_the_cache_and_the_threads(string cache)
    {
        byte[] Epoch(PreparationOptions options, int workers) =>
            [.. new BatchLoader(PreparedDataSet.Create(_data, _data.Ids, options), new() { BatchSize = 5, Workers = workers, Seed = 7 }).Epoch(3)
                .SelectMany(b => { using (b) { return System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(b.Images).ToArray(); } })];

        Assert.Equal(Epoch(All, 1), Epoch(Options(cache), 3));
    }

    [Fact]
    public void Every_case_is_decoded_once_when_all_is_held()
    {
        var prepared = PreparedDataSet.Create(_data, _data.Ids, All);
        GetAll(prepared);

        Assert.Equal(Cases, prepared.CasesRead);
        Assert.Equal(Cases * CaseBytes, prepared.HeldBytes);
    }

    [Fact]
    public void Every_case_is_decoded_once_when_the_disk_holds_what_memory_cannot_and_never_at_the_next_start()
    {
        var first = PreparedDataSet.Create(_data, _data.Ids, Options("disk"));
        GetAll(first);
        var second = PreparedDataSet.Create(_data, _data.Ids, Options("disk"));
        GetAll(second);

        Assert.Equal((Cases, 0), (first.CasesRead, second.CasesRead));
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(0, second.HeldBytes);
    }

    [Fact]
    public void Threads_that_wait_for_the_same_case_share_one_decoding()
    {
        var prepared = PreparedDataSet.Create(_data, _data.Ids, Options("half"));
        var held = prepared.HeldBytes;
        var last = Enumerable.Range((Cases - 1) * Pages, Pages).ToArray();

        using var start = new Barrier(8);
        var threads = Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            start.SignalAndWait();
            prepared.Get(last[t % Pages]);
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(Cases + 1, prepared.CasesRead);
        Assert.InRange(held, 1, 2 * CaseBytes);
    }

    [Fact]
    public void Pages_of_a_case_asked_for_in_turn_share_one_decoding()
    {
        var prepared = PreparedDataSet.Create(_data, _data.Ids, Options("half"));
        var held = prepared.HeldBytes / CaseBytes;

        GetAll(prepared);

        Assert.Equal(Cases + Cases - held, prepared.CasesRead);
    }

    [Fact]
    public void A_spoilt_file_of_the_cache_is_made_again()
    {
        var truth = PreparedDataSet.Create(_data, _data.Ids, All);
        var prepared = PreparedDataSet.Create(_data, _data.Ids, Options("disk"));
        foreach (var file in Directory.EnumerateFiles(_folder.Path("cache")))
        {
            var bytes = File.ReadAllBytes(file);
            bytes[2] ^= 1;
            File.WriteAllBytes(file, bytes);
        }

        Assert.Equal(truth.Get(0).Image, prepared.Get(0).Image);
        Assert.Equal(truth.Digest, PreparedDataSet.Create(_data, _data.Ids, Options("disk")).Digest);
    }

    [Fact]
    public void A_file_that_another_process_removed_is_made_again()
    {
        var prepared = PreparedDataSet.Create(_data, _data.Ids, Options("disk"));
        Directory.Delete(_folder.Path("cache"), recursive: true);

        var sample = prepared.Get(3);

        Assert.Equal(PreparedDataSet.Create(_data, _data.Ids, All).Get(3).Image, sample.Image);
        Assert.Single(Directory.EnumerateFiles(_folder.Path("cache")));
    }

    [Fact]
    public void A_changed_file_and_other_options_are_not_taken_from_the_cache()
    {
        PreparedDataSet.Create(_data, _data.Ids, Options("disk"));
        File.SetLastWriteTimeUtc(_data["case2"].Label!, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.Equal(1, PreparedDataSet.Create(_data, _data.Ids, Options("disk")).CasesRead);
        Assert.Equal(Cases, PreparedDataSet.Create(_data, _data.Ids, Options("disk") with { Crop = new Extent(4, 4) }).CasesRead);
        Assert.Equal(Cases, PreparedDataSet.Create(_data, _data.Ids, Options("disk"), dimensions: 3).CasesRead);
    }

    [Fact]
    public void The_disk_is_bounded_and_what_was_used_longest_ago_goes_first()
    {
        var bound = 4 * (CaseBytes + 1500);
        PreparedDataSet.Create(_data, ["case0", "case1", "case2"], Options("disk") with { CacheFolderBytes = bound });
        var before = Directory.EnumerateFiles(_folder.Path("cache")).ToHashSet();
        foreach (var file in before)
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        PreparedDataSet.Create(_data, ["case3", "case4", "case5"], Options("disk") with { CacheFolderBytes = bound }, on: _events.Add);

        var after = Directory.EnumerateFiles(_folder.Path("cache")).ToList();
        Assert.InRange(after.Sum(f => new FileInfo(f).Length), 3 * CaseBytes, bound);
        Assert.Equal(3, after.Count(f => !before.Contains(f)));
        Assert.DoesNotContain(_events, e => e is Warned);
    }

    [Fact]
    public void A_full_cache_is_said_once()
    {
        PreparedDataSet.Create(_data, _data.Ids, Options("full disk"), on: _events.Add);

        Assert.Equal(
            [$"the cache '{_folder.Path("cache")}' is full ({ByteSize.Format(2 * (CaseBytes + 1500))}); what does not fit is read again when it is needed"],
            _events.OfType<Warned>().Select(w => w.Text));
    }

    [Fact]
    public void The_first_fault_in_the_order_of_the_cases_is_the_one_reported()
    {
        foreach (var id in new[] { "case4", "case1" })
        {
            File.WriteAllText(_data[id].Label!, "no image");
        }

        var error = Assert.Throws<InputException>(() => PreparedDataSet.Create(_data, _data.Ids, All));

        Assert.Contains(_data["case1"].Label!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cache_options_are_checked()
    {
        var error = Assert.Throws<UsageException>(() => PreparedDataSet.Create(_data, _data.Ids, new() { CacheFolderBytes = -1 }));

        Assert.Equal("preparation.cacheFolderBytes is -1; it must be 0 or more", error.Message);
    }

    private PreparationOptions Options(string cache) => cache switch
    {
        "memory" => All,
        "half" => All with { CacheBytes = 3 * CaseBytes },
        "none" => All with { CacheBytes = 0 },
        "disk" => All with { CacheBytes = 0, CacheFolder = _folder.Path("cache") },
        "half and disk" => All with { CacheBytes = 3 * CaseBytes, CacheFolder = _folder.Path("cache") },
        _ => All with { CacheBytes = 0, CacheFolder = _folder.Path("cache"), CacheFolderBytes = 2 * (CaseBytes + 1500) },
    };

    private static void GetAll(PreparedDataSet prepared)
    {
        for (var i = 0; i < prepared.Count; i++)
        {
            prepared.Get(i);
        }
    }
}

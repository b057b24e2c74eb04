using System.Security.Cryptography;
using SegSharp.Data.Download;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Data.Download;

public sealed class FileDownloadTests : IDisposable
{
    private const string Host = "127.0.0.1";
    private static readonly byte[] Body = [.. Enumerable.Range(0, 300_000).Select(i => (byte)((i * 7) ^ (i >> 8)))];
    private static readonly FileDownloadOptions Quick = new() { FirstWait = TimeSpan.Zero, Patience = TimeSpan.FromSeconds(20) };
    private readonly TemporaryFolder _folder = new();
    private readonly LocalServer _server = new(Body);
    private readonly List<RunEvent> _events = [];

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    private string Place => _folder.Path("archive.zip");

    [Fact]
    public void A_whole_file_comes_and_its_checksum_is_recorded_where_no_source_states_one()
    {
        Fetch(Quick);

        Assert.Equal(Body, File.ReadAllBytes(Place));
        Assert.Equal([""], _server.Ranges);
        Assert.Contains(new Noted($"no source states a checksum of 'archive.zip'; its SHA-256 is recorded and compared at the next download: {Sha(Body)}"), _events);
        Assert.Equal(["archive.zip", "archive.zip.download.json"], Files());
    }

    [Fact]
    public void What_is_here_is_not_downloaded_again()
    {
        Fetch(Quick);
        Fetch(Quick);

        Assert.Single(_server.Ranges);
        Assert.Contains(new Noted($"'{Place}' is here already"), _events);
    }

    [Fact]
    public void A_cut_connection_is_gone_on_with_where_it_ended()
    {
        _server.Cuts.Enqueue(100_000);
        _server.Cuts.Enqueue(50_000);

        Fetch(Quick);

        Assert.Equal(Body, File.ReadAllBytes(Place));
        Assert.Equal(["", "bytes=100000-", "bytes=150000-"], _server.Ranges);
    }

    [Fact]
    public void A_later_run_goes_on_with_what_came_before()
    {
        _server.Cuts.Enqueue(100_000);
        Assert.Throws<SegSharpException>(() => Fetch(Quick with { Attempts = 1 }));
        Assert.Equal(["archive.zip.part", "archive.zip.part.download.json"], Files());

        Fetch(Quick);

        Assert.Equal(Body, File.ReadAllBytes(Place));
        Assert.Equal("bytes=100000-", _server.Ranges[^1]);
        Assert.Equal(["archive.zip", "archive.zip.download.json"], Files());
    }

    [Fact]
    public void Stopping_leaves_a_part_to_go_on_with()
    {
        using var stop = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() => FileDownload.Fetch(_server.Address, Place, Quick, e => stop.Cancel(), stop.Token));
        var part = new FileInfo(Place + ".part").Length;
        Fetch(Quick);

        Assert.InRange(part, 1, Body.Length - 1);
        Assert.Equal($"bytes={part}-", _server.Ranges[^1]);
        Assert.Equal(Body, File.ReadAllBytes(Place));
    }

    [Fact]
    public void A_server_without_ranges_begins_anew()
    {
        _server.KnowsRanges = false;
        _server.Cuts.Enqueue(100_000);

        Fetch(Quick);

        Assert.Equal(Body, File.ReadAllBytes(Place));
        Assert.Contains(new Noted($"{Host} cannot go on in the middle of a file; it begins anew"), _events);
    }

    [Fact]
    public void Without_a_tag_nothing_says_that_a_part_still_fits_so_it_begins_anew()
    {
        _server.Tag = null;
        _server.Cuts.Enqueue(100_000);
        Assert.Throws<SegSharpException>(() => Fetch(Quick with { Attempts = 1 }));

        Fetch(Quick);

        Assert.Equal(["", ""], _server.Ranges);
        Assert.Equal(Body, File.ReadAllBytes(Place));
    }

    [Fact]
    public void A_file_that_changed_on_the_server_begins_anew()
    {
        _server.Cuts.Enqueue(100_000);
        Assert.Throws<SegSharpException>(() => Fetch(Quick with { Attempts = 1 }));
        (_server.Body, _server.Tag) = ([.. Body.Reverse()], "\"two\"");

        Fetch(Quick);

        Assert.Equal(_server.Body, File.ReadAllBytes(Place));
        Assert.Contains(new Noted($"the file at {Host} has changed since the download began; it begins anew"), _events);
    }

    [Fact]
    public void What_does_not_match_the_stated_checksum_is_set_aside()
    {
        var error = Assert.Throws<InputException>(() => Fetch(Quick with { Checksum = new(Md5: false, new string('0', 64), "the page") }));

        Assert.Equal($"'{Place}' has the checksum {Sha(Body)}, expected {new string('0', 64)} (the SHA-256 that the page states); it was set aside as '{Place}.bad'", error.Message);
        Assert.Equal("run the same command again to download it anew; if it happens twice, the server's file or the way to it is broken", error.Fix);
        Assert.Equal(["archive.zip.bad"], Files());
    }

    [Fact]
    public void A_stated_checksum_that_holds_is_said()
    {
#pragma warning disable CA5351 // what sources state
        var md5 = Convert.ToHexStringLower(MD5.HashData(Body));
#pragma warning restore CA5351

        Fetch(Quick with { Checksum = new(Md5: true, md5, "the page") });

        Assert.Contains(new Noted($"'archive.zip' has the MD5 that the page states: {md5}"), _events);
    }

    [Fact]
    public void Another_file_than_at_the_first_download_is_set_aside()
    {
        Fetch(Quick);
        _server.Body = [.. Body.Reverse()];

        var error = Assert.Throws<InputException>(() => Fetch(Quick with { Again = true }));

        Assert.Equal($"'{Place}' has the checksum {Sha(_server.Body)}, expected {Sha(Body)} (the SHA-256 of the first download); it was set aside as '{Place}.bad'", error.Message);
        Assert.Equal($"if {Host} has published a new version, remove '{Place}.download.json' and run the same command again", error.Fix);
        Assert.Equal(Body, File.ReadAllBytes(Place));
    }

    [Fact]
    public void A_file_that_was_damaged_on_the_disk_is_set_aside()
    {
        Fetch(Quick);
        File.AppendAllText(Place, "x");

        Assert.Throws<InputException>(() => Fetch(Quick));
        Fetch(Quick);

        Assert.Equal(Body, File.ReadAllBytes(Place));
    }

    [Theory]
    [InlineData("404 Not Found", "the file may have moved: find it in a browser and give its address or the file with --from URL|FILE")]
    [InlineData("403 Forbidden", "it may want an account: download it in a browser and give it with --from FILE")]
    public void What_the_server_does_not_give_is_not_asked_for_twice(string status, string fix)
    {
        _server.Statuses.Enqueue(status);

        var error = Assert.Throws<InputException>(() => Fetch(Quick));

        Assert.Equal($"'{_server.Address}' cannot be had: the server answered {status[..3]} ({status[4..]})", error.Message);
        Assert.Equal(fix, error.Fix);
        Assert.Single(_server.Ranges);
    }

    [Fact]
    public void A_busy_server_is_asked_again()
    {
        _server.Statuses.Enqueue("503 Service Unavailable");
        _server.Statuses.Enqueue("429 Too Many Requests");

        Fetch(Quick);

        Assert.Equal(Body, File.ReadAllBytes(Place));
    }

    [Fact]
    public void A_server_that_stays_busy_is_given_up()
    {
        Enumerable.Repeat("503 Service Unavailable", 3).ToList().ForEach(_server.Statuses.Enqueue);

        var error = Assert.Throws<SegSharpException>(() => Fetch(Quick with { Attempts = 3 }));

        Assert.Equal($"'{_server.Address}' cannot be had: {Host} answered 503 (Service Unavailable), 3 times in a row", error.Message);
        Assert.Equal("check the network and the proxy (HTTPS_PROXY) and run the same command again: it goes on where it stopped; or bring the file by other means and give it with --from FILE", error.Fix);
    }

    [Fact]
    public void No_network_is_said_so()
    {
        var address = _server.Address;
        _server.Dispose();

        var error = Assert.Throws<SegSharpException>(() => FileDownload.Fetch(address, Place, Quick with { Attempts = 2 }));

        Assert.Equal($"'{address}' cannot be had: no connection to {Host} (no network?)", error.Message);
    }

    [Fact]
    public void A_server_that_says_nothing_is_given_up()
    {
        _server.IsSilent = true;

        var error = Assert.Throws<SegSharpException>(() => Fetch(Quick with { Attempts = 1, Patience = TimeSpan.FromMilliseconds(200) }));

        Assert.Equal($"'{_server.Address}' cannot be had: {Host} sent nothing for 0.2 s", error.Message);
    }

    [Fact]
    public void What_does_not_fit_on_the_disk_is_not_begun()
    {
        _server.SaysLength = long.MaxValue / 2;

        var error = Assert.Throws<SegSharpException>(() => Fetch(Quick));

        Assert.StartsWith($"'{Place}' needs 4194304 TB more, but its disk has ", error.Message, StringComparison.Ordinal);
        Assert.Equal("make room, or choose a folder on another disk", error.Fix);
    }

    private void Fetch(FileDownloadOptions options) => FileDownload.Fetch(_server.Address, Place, options, _events.Add);

    private IEnumerable<string?> Files() => Directory.EnumerateFiles(_folder.Path()).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

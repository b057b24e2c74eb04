using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using SegSharp.Foundation;

namespace SegSharp.Data.Download;

/// <summary>A checksum that a source states.</summary>
/// <param name="Md5">Whether it is an MD5; else a SHA-256.</param>
/// <param name="Hex">In lower case.</param>
/// <param name="StatedBy">Who states it.</param>
public sealed record Checksum(bool Md5, string Hex, string StatedBy);

/// <summary>How files are downloaded.</summary>
public sealed record FileDownloadOptions
{
    /// <summary>Tries in a row that bring nothing before it is given up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>The wait before the second try; it doubles from try to try.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing may come before the connection counts as cut.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What the file must be; null where no source states it. Then its SHA-256 is recorded at the first download and compared at the next.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>Download again although the file is there.</summary>
    public bool Again { get; init; }
}

/// <summary>Downloads a file so that it can be stopped and gone on with: what came so far lies in <c>FILE.part</c>.</summary>
/// <remarks>
/// Goes through the system's proxy (HTTPS_PROXY, NO_PROXY). A part is continued by a range request that holds only while the server's file
/// is the same (If-Range: RFC 9110); else it begins anew. What does not match its checksum is set aside as <c>FILE.bad</c>.
/// </remarks>
public static class FileDownload
{
    private const int Block = 1 << 17;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>Brings a file here, or shows that it is here already.</summary>
    /// <param name="source">An address that begins with http:// or https://.</param>
    /// <param name="file">Where it shall lie.</param>
    /// <param name="options">Patience and checksum.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops; the part stays.</param>
    /// <exception cref="InputException">The server has no such file or wants an account; what came does not match its checksum.</exception>
    /// <exception cref="SegSharpException">No network, the server fails, the disk is full.</exception>
    public static void Fetch(Uri source, string file, FileDownloadOptions? options = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var o = options ?? new();
        var known = DownloadRecord.Read(file) is { Sha256: not null } record ? record : null;
        if (File.Exists(file) && !o.Again)
        {
            Verify(file, o.Checksum, known?.Sha256, source);
            on?.Invoke(new Noted($"'{file}' is here already"));
            return;
        }

        using var fetch = new Attempt(source, file, o, on, cancel);
        fetch.Run();
        var sum = Verify(fetch.Part, o.Checksum, known?.Sha256, source, file);
        Move(fetch.Part, file);
        new DownloadRecord($"{source}", fetch.Tag, new FileInfo(file).Length, sum).Write(file);
        Discard(DownloadRecord.PlaceOf(fetch.Part));
        on?.Invoke(new Noted(o.Checksum is { } stated
            ? $"'{Path.GetFileName(file)}' has the {(stated.Md5 ? "MD5" : "SHA-256")} that {stated.StatedBy} states: {stated.Hex}"
            : known is not null ? $"'{Path.GetFileName(file)}' has the SHA-256 of the first download: {sum}"
            : $"no source states a checksum of '{Path.GetFileName(file)}'; its SHA-256 is recorded and compared at the next download: {sum}"));
    }

    private static string Verify(string file, Checksum? stated, string? recorded, Uri source, string? shown = null)
    {
        var (sha, md5) = Sums(file);
        var (found, expected, by) = stated is { } s ? (s.Md5 ? md5 : sha, s.Hex, $"the {(s.Md5 ? "MD5" : "SHA-256")} that {s.StatedBy} states")
            : (sha, recorded ?? sha, "the SHA-256 of the first download");
        if (found == expected)
        {
            return sha;
        }

        var bad = (shown ?? file) + ".bad";
        Move(file, bad);
        Discard(DownloadRecord.PlaceOf(file));
        throw new InputException(
            $"'{shown ?? file}' has the checksum {found}, expected {expected} ({by}); it was set aside as '{bad}'",
            stated is not null || shown is null
                ? "run the same command again to download it anew; if it happens twice, the server's file or the way to it is broken"
                : $"if {source.Host} has published a new version, remove '{DownloadRecord.PlaceOf(shown)}' and run the same command again");
    }

    private static (string Sha256, string Md5) Sums(string file)
    {
        using var stream = File.OpenRead(file);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
#pragma warning disable CA5351 // MD5 finds damage, not malice; it is what the source states.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var buffer = new byte[1 << 20];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            sha.AppendData(buffer, 0, count);
            md5.AppendData(buffer, 0, count);
        }

        return (Convert.ToHexStringLower(sha.GetHashAndReset()), Convert.ToHexStringLower(md5.GetHashAndReset()));
    }

    private static void Move(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot write '{to}': {e.Message.TrimEnd('.')}", "choose a folder that you may write to", e);
        }
    }

    private static void Discard(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A record too many does no harm: it is read only beside its part.
        }
    }

    private sealed class Attempt : IDisposable
    {
        private readonly Uri _source;
        private readonly string _file;
        private readonly FileDownloadOptions _options;
        private readonly Action<RunEvent>? _on;
        private readonly CancellationToken _cancel;
        private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
        private readonly FileStream _part;
        private long? _whole;

        public Attempt(Uri source, string file, FileDownloadOptions options, Action<RunEvent>? on, CancellationToken cancel)
        {
            (_source, _file, _options, _on, _cancel) = (source, file, options, on, cancel);
            _client.DefaultRequestHeaders.UserAgent.ParseAdd("SegSharp");
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
                _part = new FileStream(Part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _client.Dispose();
                throw new SegSharpException(
                    $"cannot write '{Part}': {e.Message.TrimEnd('.')}",
                    File.Exists(Part) ? "if another download of it is running, wait for it" : "choose a folder that you may write to",
                    e);
            }

            var before = DownloadRecord.Read(Part);
            if (before?.Source == $"{source}" && before.Tag is not null)
            {
                (Tag, _whole) = (before.Tag, before.Bytes);
            }
            else
            {
                _part.SetLength(0);
            }
        }

        public string Part => _file + ".part";

        public string? Tag { get; private set; }

        public void Run()
        {
            var without = 0;
            while (true)
            {
                _cancel.ThrowIfCancellationRequested();
                var before = _part.Length;
                try
                {
                    if (Get())
                    {
                        _part.Flush(flushToDisk: true);
                        _part.Dispose();
                        return;
                    }
                }
                catch (Exception e) when (!_cancel.IsCancellationRequested && e is HttpRequestException or OperationCanceledException or HttpIOException or ObjectDisposedException or TransientException)
                {
                    without = _part.Length > before ? 1 : without + 1;
                    if (without >= _options.Attempts)
                    {
                        throw new SegSharpException(Unreachable(e), "check the network and the proxy (HTTPS_PROXY) and run the same command again: it goes on where it stopped; or bring the file by other means and give it with --from FILE", e);
                    }

                    Wait(without, (e as TransientException)?.After, e);
                }
            }
        }

        public void Dispose()
        {
            _part.Dispose();
            _client.Dispose();
        }

        // One connection; true when the file is complete.
        private bool Get()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _source);
            request.Headers.AcceptEncoding.ParseAdd("identity");
            var begin = _part.Length;
            if (begin > 0)
            {
                request.Headers.Range = new RangeHeaderValue(begin, null);
                request.Headers.TryAddWithoutValidation("If-Range", Tag);
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_cancel);
            patience.CancelAfter(_options.Patience);
            using var response = _client.Send(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && response.Content.Headers.ContentRange?.Length == begin)
            {
                return true;
            }

            if (response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable
                || (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From != begin))
            {
                Restart();
                return false;
            }

            RequireGood(response);
            if (begin > 0 && response.StatusCode == HttpStatusCode.OK)
            {
                _on?.Invoke(new Noted(TagOf(response) == Tag
                    ? $"{_source.Host} cannot go on in the middle of a file; it begins anew"
                    : $"the file at {_source.Host} has changed since the download began; it begins anew"));
                Restart();
            }

            Tag = TagOf(response);
            _whole = response.StatusCode == HttpStatusCode.PartialContent ? response.Content.Headers.ContentRange?.Length : response.Content.Headers.ContentLength;
            new DownloadRecord($"{_source}", Tag, _whole, null).Write(Part);
            RequireSpace();
            Copy(response, patience);
            return _whole is null || _part.Length == _whole
                ? true
                : throw new HttpIOException(HttpRequestError.ResponseEnded, $"the connection ended after {_part.Length} of {_whole} bytes");
        }

        private void Copy(HttpResponseMessage response, CancellationTokenSource patience)
        {
            // A read that waits in vain is woken by closing what it reads from.
            using var body = response.Content.ReadAsStream(patience.Token);
            using var wake = patience.Token.Register(response.Dispose);
            var (buffer, said) = (new byte[Block], -1L);
            _part.Seek(0, SeekOrigin.End);
            while (true)
            {
                int count;
                try
                {
                    count = body.Read(buffer);
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException && _cancel.IsCancellationRequested)
                {
                    throw new OperationCanceledException(_cancel);
                }
                catch (IOException e)
                {
                    throw new HttpIOException(HttpRequestError.ResponseEnded, e.Message, e);
                }

                _cancel.ThrowIfCancellationRequested();
                if (count == 0)
                {
                    break;
                }

                patience.CancelAfter(_options.Patience);
                Append(buffer.AsSpan(0, count));
                if (_part.Length >> 20 != said)
                {
                    said = _part.Length >> 20;
                    _on?.Invoke(new Progressed("download", _part.Length, _whole ?? 0, _whole is { } all ? $"{ByteSize.Format(_part.Length)} of {ByteSize.Format(all)}" : ByteSize.Format(_part.Length)));
                }
            }
        }

        private void Append(ReadOnlySpan<byte> bytes)
        {
            try
            {
                _part.Write(bytes);
            }
            catch (IOException e)
            {
                throw new SegSharpException(
                    $"cannot write '{Part}': {e.Message.TrimEnd('.')}",
                    "make room on the disk and run the same command again: it goes on where it stopped",
                    e);
            }
        }

        private void Restart()
        {
            _part.SetLength(0);
            Tag = null;
        }

        private void RequireSpace()
        {
            if (_whole is { } all && new DriveInfo(Path.GetFullPath(Part)).AvailableFreeSpace is var free && all - _part.Length > free)
            {
                throw new SegSharpException(
                    $"'{_file}' needs {ByteSize.Format(all - _part.Length)} more, but its disk has {ByteSize.Format(free)} free",
                    "make room, or choose a folder on another disk");
            }
        }

        private void RequireGood(HttpResponseMessage response)
        {
            var status = (int)response.StatusCode;
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            if (status is 408 or 429 or >= 500)
            {
                throw new TransientException($"{_source.Host} answered {status} ({response.ReasonPhrase})", response.Headers.RetryAfter?.Delta);
            }

            throw new InputException(
                $"'{_source}' cannot be had: the server answered {status} ({response.ReasonPhrase})",
                status is 401 or 403
                    ? "it may want an account: download it in a browser and give it with --from FILE"
                    : "the file may have moved: find it in a browser and give its address or the file with --from URL|FILE");
        }

        private string Unreachable(Exception e) => e switch
        {
            TransientException => $"'{_source}' cannot be had: {e.Message}, {_options.Attempts} times in a row",
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"'{_source}' cannot be had: no address is known for {_source.Host} (no network?)",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError } => $"'{_source}' cannot be had: no connection to {_source.Host} (no network?)",
            OperationCanceledException or ObjectDisposedException => $"'{_source}' cannot be had: {_source.Host} sent nothing for {_options.Patience.TotalSeconds:0.###} s",
            _ => $"'{_source}' cannot be had: {e.Message.TrimEnd('.')}",
        };

        private void Wait(int without, TimeSpan? asked, Exception why)
        {
            var wait = asked ?? (_options.FirstWait * Math.Pow(2, without - 1));
            wait = wait < LongestWait ? wait : LongestWait;
            _on?.Invoke(new Noted($"the download was cut ({why.Message.TrimEnd('.')}); it goes on at {ByteSize.Format(_part.Length)} in {wait.TotalSeconds:0.###} s"));
            if (_cancel.WaitHandle.WaitOne(wait))
            {
                _cancel.ThrowIfCancellationRequested();
            }
        }

        // Only a strong tag says that the bytes are the same.
        private static string? TagOf(HttpResponseMessage response) =>
            response.Headers.ETag is { IsWeak: false } tag ? tag.Tag
            : response.Content.Headers.LastModified is { } date ? date.ToString("R", System.Globalization.CultureInfo.InvariantCulture)
            : null;
    }

    private sealed class TransientException(string message, TimeSpan? after) : Exception(message)
    {
        public TimeSpan? After { get; } = after;
    }
}

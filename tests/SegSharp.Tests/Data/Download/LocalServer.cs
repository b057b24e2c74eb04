using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SegSharp.Tests.Data.Download;

/// <summary>A server of one file on this machine, which can be told to fail in every way that servers fail.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Thread _thread;

    public LocalServer(byte[] body)
    {
        Body = body;
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true, Name = "local server" };
        _thread.Start();
    }

    public byte[] Body { get; set; }

    public string? Tag { get; set; } = "\"one\"";

    public bool KnowsRanges { get; set; } = true;

    public long? SaysLength { get; set; }

    /// <summary>How many bytes of the body the next answers send before the connection ends.</summary>
    public Queue<int> Cuts { get; } = [];

    /// <summary>The status of the next answers.</summary>
    public Queue<string> Statuses { get; } = [];

    public bool IsSilent { get; set; }

    /// <summary>The Range header of every request; empty where there was none.</summary>
    public List<string> Ranges { get; } = [];

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/files/archive.zip");

    public void Dispose()
    {
        _listener.Stop();
        _thread.Join();
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                using var client = _listener.AcceptTcpClient();
                using var stream = client.GetStream();
                Answer(stream);
                client.Client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                if (!_listener.Server.IsBound)
                {
                    return;
                }
            }
        }
    }

    private void Answer(NetworkStream stream)
    {
        var headers = Headers(stream);
        var range = headers.GetValueOrDefault("range", "");
        Ranges.Add(range);
        if (IsSilent)
        {
            stream.ReadByte();      // until the client hangs up
            return;
        }

        if (Statuses.TryDequeue(out var status))
        {
            Write(stream, $"HTTP/1.1 {status}\r\nContent-Length: 0\r\nRetry-After: 0\r\nConnection: close\r\n\r\n", []);
            return;
        }

        var from = KnowsRanges && range.Length > 0 && headers.GetValueOrDefault("if-range") == Tag
            ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture)
            : 0;
        var head = from > 0
            ? $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{Body.Length - 1}/{Body.Length}\r\n"
            : "HTTP/1.1 200 OK\r\n";
        head += $"Content-Length: {SaysLength ?? Body.Length - from}\r\nConnection: close\r\n{(Tag is null ? "" : $"ETag: {Tag}\r\n")}\r\n";
        Write(stream, head, Body[from..(Cuts.TryDequeue(out var cut) ? Math.Min(Body.Length, from + cut) : Body.Length)]);
    }

    private static void Write(NetworkStream stream, string head, byte[] body)
    {
        stream.Write(Encoding.ASCII.GetBytes(head));
        stream.Write(body);
    }

    private static Dictionary<string, string> Headers(NetworkStream stream)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && stream.ReadByte() is >= 0 and var next)
        {
            text.Append((char)next);
        }

        return text.ToString().Split("\r\n").Skip(1).Select(l => l.Split(": ", 2)).Where(l => l.Length == 2)
            .ToDictionary(l => l[0].ToLowerInvariant(), l => l[1], StringComparer.Ordinal);
    }
}

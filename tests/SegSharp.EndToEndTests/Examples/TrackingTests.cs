using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests.Examples;

/// <summary>The listener of the example says to a server what MLflow's REST interface asks for.</summary>
public sealed class TrackingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_tracking_server_hears_the_recipe_and_every_epoch()
    {
        var address = $"http://127.0.0.1:{FreePort()}/";
        using var server = new HttpListener();
        server.Prefixes.Add(address);
        server.Start();
        var heard = new List<(string Path, JsonNode Body)>();
        var serving = new Thread(() => Serve(server, heard)) { IsBackground = true };
        serving.Start();

        using var process = Process.Start(new ProcessStartInfo("dotnet", ["run", Path.Combine("examples", "06-tracking.cs"), address, _folder])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        server.Stop();
        serving.Join();

        Assert.True(process.ExitCode == 0, output);
        Assert.EndsWith("tracked as run-7\n", output, StringComparison.Ordinal);
        Assert.Equal(["create", "log-batch", "log-batch", "log-batch", "log-batch", "update"], heard.Select(h => h.Path["/api/2.0/mlflow/runs/".Length..]));
        Assert.Contains(heard[1].Body["params"]!.AsArray(), p => (string?)p!["key"] == "training.epochs" && (string?)p["value"] == "3");
        Assert.All(heard.Skip(1), h => Assert.Equal("run-7", (string?)h.Body["run_id"]));
        var rows = File.ReadAllLines(Path.Combine(_folder, "run", "metrics.csv")).Skip(1).Select(r => r.Split(',')[1]).ToList();
        Assert.Equal(
            rows.Select(r => double.Parse(r, System.Globalization.CultureInfo.InvariantCulture)),
            heard.Skip(2).Take(3).Select(h => (double)h.Body["metrics"]!.AsArray().Single(m => (string?)m!["key"] == "loss/training")!["value"]!));
        Assert.Equal("FINISHED", (string?)heard[^1].Body["status"]);
    }

    private static void Serve(HttpListener server, List<(string Path, JsonNode Body)> heard)
    {
        try
        {
            while (true)
            {
                var context = server.GetContext();
                heard.Add((context.Request.Url!.AbsolutePath, JsonNode.Parse(context.Request.InputStream)!));
                var answer = Encoding.UTF8.GetBytes(context.Request.Url.AbsolutePath.EndsWith("/create", StringComparison.Ordinal) ? """{"run": {"info": {"run_id": "run-7"}}}""" : "{}");
                context.Response.OutputStream.Write(answer);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // Stopped: the test is over.
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

using System.Diagnostics;
using System.Security.Cryptography;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>A folder with a tiny phantom in it, gone after the test.</summary>
public sealed class Workshop : IDisposable
{
    private static readonly string[] Tiny =
    [
        "--network", "unet", "--set", "network.base=2", "--set", "network.depth=2", "--set", "network.dropout=0.2",
        "--batch", "2", "--repeats", "4", "--validation", "last:2", "--lr", "1e-2", "--threads", "1", "--quiet",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("segsharp-");

    /// <summary>A path below the folder.</summary>
    public string this[params string[] parts] => Path.Combine([_folder.FullName, .. parts]);

    /// <summary>Draws the phantom: six pictures of 32×32.</summary>
    public string Phantom()
    {
        var data = this["data"];
        Succeed("data", "make", "membranes", data, "--count", "6", "--size", "32x32", "--quiet");
        return data;
    }

    /// <summary>The arguments of a training of a network with 2,000 parameters.</summary>
    public static string[] Training(string data, string run, int epochs) => ["train", data, "--out", run, "--epochs", $"{epochs}", .. Tiny];

    /// <summary>Runs what must succeed.</summary>
    public static CliResult Succeed(params string[] args)
    {
        var result = CliRunner.Run(args);
        Assert.True(result.ExitCode == 0, $"segsharp {string.Join(' ', args)} ended with {result.ExitCode}: {result.Error}");
        return result;
    }

    /// <summary>Starts a training and waits until that many epochs are in its table.</summary>
    public static Process TrainUntil(string data, string run, int epochs, int rows)
    {
        var process = CliRunner.Start(new Dictionary<string, string?>(StringComparer.Ordinal), Training(data, run, epochs));
        var watch = Stopwatch.StartNew();
        while (FinishedEpochs(run) < rows)
        {
            Assert.False(process.HasExited, "the training ended before it was stopped");
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), "the training did not get that far within two minutes");
            Thread.Sleep(2);
        }

        return process;
    }

    /// <summary>Rows of a run's table; 0 when there is none.</summary>
    public static int FinishedEpochs(string run)
    {
        var file = Path.Combine(run, "metrics.csv");
        return File.Exists(file) ? File.ReadAllLines(file).Length - 1 : 0;
    }

    /// <summary>A digest of every name, shape and bit in a run's checkpoint.</summary>
    public static string Weights(string run, string checkpoint)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in Checkpoint.Read(Path.Combine(run, checkpoint)).Tensors)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name} {tensor.DType} {string.Join('x', tensor.Shape)}\n"));
            hash.AppendData(tensor.Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Files that were being written: none may be left behind.</summary>
    public IEnumerable<string> Unfinished() =>
        _folder.EnumerateFileSystemInfos("*.tmp.*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }).Select(f => f.FullName);

    public void Dispose() => _folder.Delete(recursive: true);
}

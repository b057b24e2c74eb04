using System.Diagnostics;
using System.Text.Json;
using SegSharp.Imaging;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Benchmarks;

/// <summary>Runs ours and the peers in turn, one process for each measurement, forwards in one round and backwards in the next.</summary>
internal sealed class Runner(RunnerOptions o, Action<string> say)
{
    private readonly string? _python = FindPython();

    /// <summary>Whether a python3 with torch was found.</summary>
    public bool HasPeers => _python is not null;

    /// <summary>Measures a task with everyone who takes part.</summary>
    public IReadOnlyList<Outcome> Run(string name, BenchTask task)
    {
        var weights = Path.Combine(Directory.CreateTempSubdirectory("segsharp-bench-").FullName, task.Kind == "read" ? "volume.nii.gz" : "initial.pt");
        try
        {
            WriteWeights(task, weights);
            var taking = Contestant.For(task).Where(c => c.Ours || HasPeers).ToList();
            var found = taking.ToDictionary(c => c, _ => new List<Measurement>());
            for (var round = 0; round < o.Rounds; round++)
            {
                foreach (var contestant in round % 2 == 0 ? taking : taking.AsEnumerable().Reverse())
                {
                    var measurement = Measure(name, task, contestant, weights);
                    found[contestant].Add(measurement);
                    say($"{name}  round {round + 1}/{o.Rounds}  {contestant.Name}: {measurement.Wall.Min():0.0000} s, {measurement.PeakBytes / 1e6:0} MB");
                }
            }

            CheckEqual(name, taking, found);
            return [.. taking.Select(c => new Outcome(c, found[c]))];
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(weights)!, recursive: true);
        }
    }

    private Measurement Measure(string name, BenchTask task, Contestant contestant, string weights)
    {
        // The reference BLAS takes ten seconds for a step of the large network: a third of the steps will do.
        var steps = o.Steps ?? (contestant == Contestant.Debian ? Math.Max(1, task.Steps / 3) : task.Steps);
        var start = new ProcessStartInfo(contestant.Ours ? Environment.ProcessPath! : _python!)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] program = contestant.Ours ? ["step", name] : [Path.Combine(Places.Bench, "peers", ImagingBenchmark.Has(task) ? "imaging.py" : "step.py"), name];
        string[] how = ["--threads", $"{o.Threads}", "--steps", $"{steps}", "--warmup", $"{o.WarmUp}", "--weights", weights];
        foreach (var argument in (string[])[.. program, .. how, .. contestant.Arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Measurement>(output, Measurement.Format)!
            : throw new SegSharpException(
                $"{contestant.Name} failed in {name}: {error.Result.TrimEnd().Split('\n')[^1]}",
                $"{start.FileName} {string.Join(' ', start.ArgumentList)}");
    }

    // From the same weights and input the first value must be the same, or somebody computes something else.
    private static void CheckEqual(string name, List<Contestant> taking, Dictionary<Contestant, List<Measurement>> found)
    {
        var ours = found[taking[0]][0].Values[0];
        foreach (var contestant in taking)
        {
            var one = found[contestant][0];
            var allowed = one.Precision == "bf16" ? 2e-2 : 1e-4;
            if (Math.Abs(one.Values[0] - ours) > allowed * Math.Abs(ours))
            {
                throw new SegSharpException($"{name}: {contestant.Name} finds {one.Values[0]:G8} in the first step, SegSharp {ours:G8}: they do not compute the same");
            }
        }
    }

    private static void WriteWeights(BenchTask task, string path)
    {
        if (ImagingBenchmark.Has(task))
        {
            return;
        }

        if (task.Kind == "read")
        {
            WriteVolume(task, path);
            return;
        }

        TorchRuntime.Seed(0);
        using var net = StepBenchmark.Network(task);
        PyTorchWriter.Write(path, net.StateData());
    }

    // Like a head: nothing outside, smooth with noise inside.
    private static void WriteVolume(BenchTask task, string path)
    {
        var (depth, height, width) = ((int)task.Shape[2], (int)task.Shape[3], (int)task.Shape[4]);
        var volume = Volume.Zeros("volume", Geometry.Pixels(new Extent(width, height, depth)), 1, VoxelType.Int16);
        var voxels = volume.Voxels<short>();
        var random = new RandomStream(1);
        for (int z = 0, i = 0; z < depth; z++)
        {
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++, i++)
                {
                    var (u, v, w) = ((2.0 * x / width) - 1, (2.0 * y / height) - 1, (2.0 * z / depth) - 1);
                    voxels[i] = (u * u) + (v * v) + (w * w) > 0.6 ? (short)0 : (short)(400 + (150 * Math.Sin(9 * u) * Math.Cos(7 * v)) + random.Next(32));
                }
            }
        }

        volume.Write(path);
    }

    private static string? FindPython()
    {
        string?[] candidates = [Environment.GetEnvironmentVariable("SEGSHARP_PYTHON"), "python3", "/usr/bin/python3"];
        return candidates.FirstOrDefault(c => c is { Length: > 0 } && ImportsTorch(c));

        static bool ImportsTorch(string python)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import torch, numpy"])
                {
                    RedirectStandardError = true,
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                })!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }
}

/// <summary>How often and how.</summary>
internal sealed record RunnerOptions
{
    /// <summary>Processes per contestant.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Threads for both sides.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Timed steps of a process; null takes the task's.</summary>
    public int? Steps { get; init; }

    /// <summary>Steps before the timed ones.</summary>
    public int WarmUp { get; init; } = 2;
}

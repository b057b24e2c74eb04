using System.Diagnostics;
using System.Text.Json;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Benchmarks;

/// <summary>Runs ours and the peers in turn, one process for each measurement, forwards in one round and backwards in the next.</summary>
internal sealed class Runner(RunnerOptions o, Action<string> say)
{
    private readonly Dictionary<string, string?> _pythons = new(StringComparer.Ordinal);

    /// <summary>The modules that a task's peers import.</summary>
    public static string PeersOf(BenchTask task) => task.Kind switch
    {
        "read" => "numpy, nibabel",
        "decide" => "numpy, skimage",
        _ => task.IsImaging ? "numpy, scipy" : "numpy, torch",
    };

    /// <summary>Whether a python3 with the task's peers was found.</summary>
    public bool HasPeers(BenchTask task) => Python(task) is not null;

    /// <summary>Measures a task with everyone who takes part.</summary>
    public IReadOnlyList<Outcome> Run(string name, BenchTask task)
    {
        var file = task.Kind == "read" ? "volume.nii.gz" : task.IsImaging ? "masks.npy" : "initial.pt";
        var weights = Path.Combine(Directory.CreateTempSubdirectory("segsharp-bench-").FullName, file);
        try
        {
            WriteInput(task, weights);
            var taking = Contestant.For(task).Where(c => c.Ours || HasPeers(task)).ToList();
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

            CheckEqual(name, task, taking, found);
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
        var warmUp = contestant.Ours ? o.WarmUp : task.PeerWarmUp ?? o.WarmUp;
        var start = new ProcessStartInfo(contestant.Ours ? Environment.ProcessPath! : Python(task)!)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] program = contestant.Ours ? ["step", name]
            : task.Network is not null ? [Path.Combine(Places.Bench, "peers", "replay.py"), TraceOf(weights), "--task", name, "--shape", string.Join(',', task.Shape), "--classes", $"{task.Classes}"]
            : [Path.Combine(Places.Bench, "peers", task.IsImaging ? "imaging.py" : "step.py"), name];
        string[] how = ["--threads", $"{o.Threads}", "--steps", $"{steps}", "--warmup", $"{warmUp}", "--weights", weights];
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

    // From the same weights and input the first value must be the same, or somebody computes something else. Labels and what is
    // read are whole numbers; distances are doubles on both sides.
    private static void CheckEqual(string name, BenchTask task, List<Contestant> taking, Dictionary<Contestant, List<Measurement>> found)
    {
        var ours = found[taking[0]][0].Values[0];
        foreach (var contestant in taking)
        {
            var one = found[contestant][0];
            var allowed = task.Kind switch
            {
                "read" or "components" => 0,
                "distance" or "surfaces" => 1e-9,
                _ => one.Precision == "bf16" ? 2e-2 : 1e-4,
            };
            if (Math.Abs(one.Values[0] - ours) > allowed * Math.Abs(ours))
            {
                throw new SegSharpException($"{name}: {contestant.Name} finds {one.Values[0]:G8} in the first step, SegSharp {ours:G8}: they do not compute the same");
            }
        }
    }

    // What every contestant starts from.
    private static void WriteInput(BenchTask task, string path)
    {
        switch (task.Kind)
        {
            case "read":
                Phantom.WriteVolume(ImagingBenchmark.ExtentOf(task.Shape), path);
                break;
            case "components" or "distance" or "surfaces":
                Phantom.WriteMasks(ImagingBenchmark.ExtentOf(task.Shape), path);
                break;
            case "resample" or "decide" or "augment":
                break;
            default:
                TorchRuntime.Seed(0);
                using (var net = StepBenchmark.Fresh(task))
                {
                    PyTorchWriter.Write(path, net.StateData());
                    if (task.Network is not null && net is Networks.Network known)
                    {
                        using var scope = new TensorScope();
                        using var guard = new NoGrad();
                        var image = StepBenchmark.Image(task, channelsLast: false);
                        net.Train();
                        AtomicFile.WriteText(TraceOf(path), TraceGraph.Record(net, [("image", image)], () => [known.Forward(image).Full]).ToJson().ToJsonString());
                    }
                }

                break;
        }
    }

    private static string TraceOf(string weights) => Path.Combine(Path.GetDirectoryName(weights)!, "trace.json");

    private string? Python(BenchTask task)
    {
        var modules = PeersOf(task);
        if (!_pythons.TryGetValue(modules, out var python))
        {
            _pythons[modules] = python = FindPython(modules);
        }

        return python;
    }

    private static string? FindPython(string modules)
    {
        string?[] candidates = [Environment.GetEnvironmentVariable("SEGSHARP_PYTHON"), "python3", "/usr/bin/python3"];
        return candidates.FirstOrDefault(c => c is { Length: > 0 } && Imports(c));

        bool Imports(string python)
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, ["-c", $"import {modules}"])
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

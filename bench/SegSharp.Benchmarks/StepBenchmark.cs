using System.Diagnostics;
using System.Text.Json;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Networks.Sam;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Optimizers;

namespace SegSharp.Benchmarks;

/// <summary>How one task is run in this process.</summary>
internal sealed record StepOptions
{
    /// <summary>Threads that one operator may use.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Timed steps.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>Steps before the timed ones.</summary>
    public int WarmUp { get; init; } = 3;

    /// <summary>"auto", "direct" or "winograd".</summary>
    public string Conv { get; init; } = "auto";

    /// <summary>Whether convolutions and products are computed in bfloat16.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>Whether image and maps lie with the channels fastest.</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>A checkpoint to start from; null starts fresh. For a task without a network its input.</summary>
    public string? Weights { get; init; }
}

/// <summary>One task of the bench in SegSharp, in this process: what <c>bench/peers/step.py</c> does in PyTorch.</summary>
internal static class StepBenchmark
{
    /// <summary>Runs the task and returns its measurement.</summary>
    public static Measurement Run(string name, BenchTask task, StepOptions o)
    {
        if (task.IsImaging)
        {
            return ImagingBenchmark.Run(name, task, o);
        }

        var loading = Stopwatch.GetTimestamp();
        TorchRuntime.Threads = o.Threads;
        TorchRuntime.SetSwitch("winograd", o.Conv switch { "direct" => 0, "winograd" => 2, _ => 1 });
        TorchRuntime.Seed(0);
        var about = JsonSerializer.Deserialize<JsonElement>(TorchRuntime.About());
        var import = Stopwatch.GetElapsedTime(loading).TotalSeconds;

        using var scope = new TensorScope();
        using var net = Fresh(task);
        if (o.Weights is { } weights)
        {
            net.Load(Checkpoint.Read(weights).Tensors, weights);
        }

        var step = task.Kind switch
        {
            "train" => Training(task, o, (Network)net),
            "predict" => Prediction(task, o, (Network)net),
            "embed" or "prompt" => SamBenchmark.Step(task, (SamNetwork)net, () => Image(task, channelsLast: false)),
            "load" => Loading(net, o.Weights ?? throw new UsageException("the task needs --weights", "--weights FILE")),
            _ => Calls(),
        };

        var start = Memory("VmRSS");
        TorchRuntime.ResetCounter("peak_bytes");
        var values = new List<double>();
        for (var i = 0; i < o.WarmUp; i++)
        {
            values.Add(step());
        }

        var wall = new double[o.Steps];
        var cpu = new double[o.Steps];
        for (var i = 0; i < o.Steps; i++)
        {
            var used = Environment.CpuUsage.TotalTime;
            var begin = Stopwatch.GetTimestamp();
            values.Add(step());
            wall[i] = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            cpu[i] = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        }

        return new Measurement
        {
            Side = "segsharp",
            Task = name,
            Threads = TorchRuntime.Threads,
            Layout = o.ChannelsLast ? "channels-last" : "contiguous",
            Precision = o.BFloat16 ? "bf16" : "fp32",
            Conv = o.Conv,
            Wall = wall,
            Cpu = cpu,
            PeakBytes = Memory("VmHWM"),
            StartBytes = start,
            PeakTensorBytes = TorchRuntime.Counter("peak_bytes"),
            Values = [.. values],
            ImportSeconds = import,
            Version = typeof(UNet).Assembly.GetName().Version?.ToString(3),
            About = about,
        };
    }

    /// <summary>The task's network, fresh: promptable, or as <see cref="Network"/>.</summary>
    public static Module Fresh(BenchTask task) => task.IsPromptable ? SamBenchmark.Network(task) : Network(task);

    /// <summary>The task's network, fresh: a U-Net, or the one of the catalogue that the task names.</summary>
    public static Network Network(BenchTask task) => task.Network is { } options
        ? Catalogue.All.Get(options["name"]!.GetValue<string>()).Build(
            OptionsJson.Read<NetworkOptions>(options.DeepClone(), "network") with { InChannels = task.InChannels, Classes = task.Classes })
        : new UNet(new UNetOptions
        {
            Dimensions = task.Dimensions,
            InChannels = task.InChannels,
            Classes = task.Classes,
            Base = task.Base,
            Depth = task.Depth,
        });

    private static Func<double> Training(BenchTask task, StepOptions o, Network net)
    {
        var image = Image(task, o.ChannelsLast);
        var target = Target(task);
        Loss loss = task.Loss == "bce"
            ? new BinaryCrossEntropy(new BinaryCrossEntropyOptions { PositiveWeight = 9 })
            : new CrossEntropy(new CrossEntropyOptions());
        var adam = new Adam(net.Parameters(), new AdamOptions { LearningRate = 1e-3 });
        net.Train();
        return () =>
        {
            using var scope = new TensorScope();
            adam.ClearGradients();
            var cost = Cost();
            cost.Backward();
            adam.Step();
            return cost.Item();

            // The logits go before the backward pass begins; what it needs, the graph holds.
            Tensor Cost()
            {
                using var forward = new TensorScope();
                Tensor logits;
                using (new Autocast(o.BFloat16))
                {
                    logits = net.Forward(image).Full;
                }

                return forward.Keep(loss.Compute(logits, target));
            }
        };
    }

    private static Func<double> Prediction(BenchTask task, StepOptions o, Network net)
    {
        var image = Image(task, o.ChannelsLast);
        net.Evaluate();
        return () =>
        {
            using var guard = new NoGrad();
            using var scope = new TensorScope();
            Tensor logits;
            using (new Autocast(o.BFloat16))
            {
                logits = net.Forward(image).Full;
            }

            return logits.To(DType.Float32).Abs().Mean().Item();
        };
    }

    private static Func<double> Loading(Module net, string weights) => () =>
    {
        net.Load(Checkpoint.Read(weights).Tensors, weights);
        return 0;
    };

    private static Func<double> Calls()
    {
        var left = Tensor.Ones([8]);
        var right = Tensor.Ones([8]);
        return () =>
        {
            using var guard = new NoGrad();
            for (var i = 0; i < 99_999; i++)
            {
                using var sum = left + right;
            }

            using var last = left + right;
            return last.Span<float>()[0];
        };
    }

    // Both sides make the same numbers from 0, 1, 2, … in row-major order.
    internal static Tensor Image(BenchTask task, bool channelsLast)
    {
        var values = new float[task.Shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((37L * i) + 11) % 101 / 101f;
        }

        var image = Tensor.From(values, task.Shape);
        return !channelsLast ? image : image.Contiguous(task.Dimensions == 2 ? MemoryFormat.ChannelsLast : MemoryFormat.ChannelsLast3d);
    }

    private static Tensor Target(BenchTask task)
    {
        long[] grid = [task.Shape[0], .. task.Shape[2..]];
        var labels = new long[grid.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < labels.Length; i++)
        {
            var number = (53L * i) + 7;
            labels[i] = task.Loss != "bce" ? number % task.Classes : number % 11 < 2 ? 1 : 0;
        }

        return Tensor.From(labels, grid);
    }

    internal static long Memory(string field)
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith(field + ":", StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(field.Length + 1).Trim().ToString().Split(' ')[0]) * 1024;
            }
        }

        return 0;
    }
}

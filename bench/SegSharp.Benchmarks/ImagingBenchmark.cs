using System.Diagnostics;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Benchmarks;

/// <summary>A task without a network, in this process: what <c>bench/peers/imaging.py</c> does with scipy and scikit-image. libtorch is not loaded.</summary>
internal static class ImagingBenchmark
{
    /// <summary>Whether a task is one of these.</summary>
    public static bool Has(BenchTask task) => task.Kind is "resample" or "decide";

    /// <summary>Runs the task and returns its measurement.</summary>
    public static Measurement Run(string name, BenchTask task, StepOptions o)
    {
        var step = task.Kind == "resample" ? Resampling(task) : Deciding(task);
        var start = StepBenchmark.Memory("VmRSS");
        var (values, wall, cpu) = (new List<double>(), new double[o.Steps], new double[o.Steps]);
        for (var i = 0; i < o.WarmUp; i++)
        {
            values.Add(step());
        }

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
            Threads = o.Threads,
            Layout = "contiguous",
            Precision = "fp32",
            Wall = wall,
            Cpu = cpu,
            PeakBytes = StepBenchmark.Memory("VmHWM"),
            StartBytes = start,
            Values = [.. values],
            Version = typeof(Resample).Assembly.GetName().Version?.ToString(3),
        };
    }

    private static Extent ExtentOf(long[] shape) => new((int)shape[^1], (int)shape[^2], (int)shape[^3]);

    // The same formula as the peer's.
    private static double Value(int c, int z, int y, int x) => (Math.Sin((0.07 * x) + c) * Math.Cos((0.05 * y) - c)) + (0.5 * Math.Sin((0.11 * z) + (2 * c)));

    private static void Fill(Span<float> plane, Extent extent, int c, int z)
    {
        var wave = 0.5 * Math.Sin((0.11 * z) + (2 * c));
        for (var y = 0; y < extent.Height; y++)
        {
            for (var x = 0; x < extent.Width; x++)
            {
                plane[(y * extent.Width) + x] = (float)(Value(c, 0, y, x) - (0.5 * Math.Sin(2.0 * c)) + wave);
            }
        }
    }

    private static Func<double> Resampling(BenchTask task)
    {
        var (from, to) = (ExtentOf(task.Shape), ExtentOf(task.To!));
        var image = new float[from.Count];
        for (var z = 0; z < from.Depth; z++)
        {
            Fill(image.AsSpan(z * (int)from.PageCount, (int)from.PageCount), from, 0, z);
        }

        return () => Mean(Resample.Image(image, from, to));
    }

    private static double Mean(float[] values)
    {
        var sum = 0.0;
        foreach (var v in values)
        {
            sum += Math.Abs(v);
        }

        return sum / values.Length;
    }

    // The logits come plane by plane from the network's window; the planes of a period of z stand for them.
    private static Func<double> Deciding(BenchTask task)
    {
        var (from, to, classes) = (ExtentOf(task.Shape), ExtentOf(task.To!), task.Classes);
        var page = (int)from.PageCount;
        var (flat, plane) = (new float[page * classes], new float[page * classes]);
        for (var c = 0; c < classes; c++)
        {
            Fill(flat.AsSpan(c * page, page), from, c, 0);
        }

        return () =>
        {
            var labels = new ushort[to.Count];
            var slab = new SlabArgmax(from, to, classes, (z, decided) => decided.CopyTo(labels.AsSpan((int)(z * to.PageCount))));
            for (var z = 0; z < from.Depth; z++)
            {
                for (var c = 0; c < classes; c++)
                {
                    var wave = (float)(0.5 * (Math.Sin((0.11 * z) + (2 * c)) - Math.Sin(2.0 * c)));
                    for (var i = c * page; i < (c + 1) * page; i++)
                    {
                        plane[i] = flat[i] + wave;
                    }
                }

                slab.Add(plane);
            }

            var sum = 0L;
            foreach (var label in labels)
            {
                sum += label;
            }

            return (double)sum / labels.Length;
        };
    }
}

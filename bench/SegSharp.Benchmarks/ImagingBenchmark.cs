using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Imaging.Resampling;
using SegSharp.Metrics;

namespace SegSharp.Benchmarks;

/// <summary>A task without a network, in this process: what <c>bench/peers/imaging.py</c> does with scipy, scikit-image and nibabel. libtorch is not loaded.</summary>
internal static class ImagingBenchmark
{
    /// <summary>Runs the task and returns its measurement.</summary>
    public static Measurement Run(string name, BenchTask task, StepOptions o)
    {
        // A step is timed; the value of what it found, which it returns, is not.
        var step = task.Kind switch
        {
            "read" => Reading(Input(o)),
            "resample" => Resampling(task),
            "decide" => Deciding(task),
            "components" => Labelling(task, Input(o)),
            "distance" => Distances(task, Input(o)),
            "augment" => Augmenting(task, o.Threads),
            _ => Surfaces(task, Input(o)),
        };
        var start = StepBenchmark.Memory("VmRSS");
        var (values, wall, cpu) = (new List<double>(), new double[o.Steps], new double[o.Steps]);
        for (var i = 0; i < o.WarmUp; i++)
        {
            values.Add(Timed(step).Value);
            GC.Collect();
        }

        for (var i = 0; i < o.Steps; i++)
        {
            (var value, wall[i], cpu[i]) = Timed(step);
            values.Add(value);

            // What a step found is no longer needed; Python, which counts references, gives it back at once.
            GC.Collect();
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

    // By itself, so that nothing of a step is alive when the next begins.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (double Value, double Wall, double Cpu) Timed(Func<Func<double>> step)
    {
        var used = Environment.CpuUsage.TotalTime;
        var begin = Stopwatch.GetTimestamp();
        var value = step();
        var wall = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var cpu = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        return (value(), wall, cpu);
    }

    /// <summary>The grid of [.., D, H, W].</summary>
    public static Extent ExtentOf(long[] shape) => new((int)shape[^1], (int)shape[^2], (int)shape[^3]);

    private static string Input(StepOptions o) => o.Weights ?? throw new UsageException("the task needs its input", "--weights FILE");

    private static Triple SpacingOf(BenchTask task) => new(task.Spacing[2], task.Spacing[1], task.Spacing[0]);

    // One number that changes when any voxel does, or two change places.
    private static double Weighted<T>(ReadOnlySpan<T> voxels, Extent extent)
        where T : INumberBase<T>
    {
        var sum = 0.0;
        for (var z = 0; z < extent.Depth; z++)
        {
            var page = voxels.Slice((int)(z * extent.PageCount), (int)extent.PageCount);
            var ofPage = 0.0;
            for (var i = 0; i < page.Length; i++)
            {
                ofPage += (((i + z) % 997) + 1) * double.CreateTruncating(page[i]);
            }

            sum += ofPage;
        }

        return sum;
    }

    private static Func<Func<double>> Reading(string file) => () =>
    {
        var volume = Volume.Read(file);
        return () => Weighted(volume.Voxels<short>(), volume.Extent);
    };

    private static Func<Func<double>> Labelling(BenchTask task, string file)
    {
        var mask = Phantom.ReadMask(file);
        var extent = ExtentOf(task.Shape);
        var connectivity = task.Connectivity switch { 6 => Connectivity.Faces, 18 => Connectivity.Edges, _ => Connectivity.Full };
        return () =>
        {
            var parts = Components.Label(mask, extent, connectivity, out _);
            return () => Weighted<int>(parts, extent);
        };
    }

    private static Func<Func<double>> Distances(BenchTask task, string file)
    {
        var mask = Phantom.ReadMask(file);
        var (extent, spacing) = (ExtentOf(task.Shape), SpacingOf(task));
        return () =>
        {
            var distances = DistanceTransform.Euclidean(mask, extent, spacing);
            return () => Weighted<double>(distances, extent);
        };
    }

    private static Func<Func<double>> Surfaces(BenchTask task, string file)
    {
        var geometry = Geometry.Pixels(ExtentOf(task.Shape)) with { Spacing = SpacingOf(task) };
        LabelMap Map(string name, bool isPrediction) =>
            new(name, geometry, Array.ConvertAll(Phantom.ReadMask(file, isPrediction), m => m ? (ushort)1 : (ushort)0));

        var (truth, prediction) = (Map("truth", false), Map("prediction", true));
        return () =>
        {
            var surfaces = new Comparison(prediction, truth).Surfaces(new Region("mask", 1), SurfaceConvention.Monai)!;
            var (hd95, dice) = (surfaces.Hausdorff(95), surfaces.SurfaceDice(task.Tolerance));
            return () => hd95 + dice;
        };
    }

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

    private static Func<Func<double>> Resampling(BenchTask task)
    {
        var (from, to) = (ExtentOf(task.Shape), ExtentOf(task.To!));
        var image = new float[from.Count];
        for (var z = 0; z < from.Depth; z++)
        {
            Fill(image.AsSpan(z * (int)from.PageCount, (int)from.PageCount), from, 0, z);
        }

        return () =>
        {
            var resampled = Resample.Image(image, from, to);
            return () => Mean(resampled);
        };
    }

    // A turn, a scale and a bend, drawn beforehand so that both sides move the image alike; joined to one resampling as in training.
    private static Func<Func<double>> Augmenting(BenchTask task, int threads)
    {
        var extent = ExtentOf(task.Shape);
        var image = new float[extent.Count];
        for (var z = 0; z < extent.Depth; z++)
        {
            Fill(image.AsSpan(z * (int)extent.PageCount, (int)extent.PageCount), extent, 0, z);
        }

        var sample = new Sample { Id = task.Title, Extent = extent, Channels = 1, Image = image, Labels = Array.ConvertAll(image, v => v > 0.3f ? (ushort)1 : (ushort)0) };
        var deep = extent.Depth > 1;
        int Nodes(int side) => (side / task.Nodes) + 4;
        var (columns, rows, planes) = (Nodes(extent.Width), Nodes(extent.Height), deep ? Nodes(extent.Depth) : 1);
        float[] Moves(double phase) => [.. Enumerable.Range(0, columns * rows * planes).Select(i => (float)(0.3 * task.Nodes * Math.Sin((1.7 * i) + phase)))];
        Drawn[] steps =
        [
            new Rotation(12, deep ? -5 : 0, deep ? 8 : 0),
            new Scaling(1.1, 1.1, deep ? 1.1 : 1),
            new Elastic(new DisplacementGrid(columns, rows, task.Nodes, Moves(0), Moves(1), planes, deep ? Moves(2) : null)),
        ];
        return () =>
        {
            var moved = Augmentations.Apply(sample, steps, threads);
            return () => Mean(moved.Image) + (moved.Labels!.Sum(l => (double)l) / moved.Voxels);
        };
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
    private static Func<Func<double>> Deciding(BenchTask task)
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

            return () => labels.Sum(l => (double)l) / labels.Length;
        };
    }
}

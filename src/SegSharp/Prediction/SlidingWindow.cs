using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Prediction;

/// <summary>How a window slides over an image.</summary>
public sealed record SlidingWindowOptions
{
    /// <summary>Sides of the window, D, H, W; or H, W to go plane by plane. 0 takes the whole axis.</summary>
    public required IReadOnlyList<int> Patch { get; init; }

    /// <summary>The wanted distance of two windows as a share of the patch: one for all axes, or one per axis. Half, as nnU-Net and MONAI's common use.</summary>
    public IReadOnlyList<double> Step { get; init; } = [0.5];

    /// <summary>How the windows are spread.</summary>
    public WindowPlacing Placing { get; init; } = WindowPlacing.Even;

    /// <summary>How overlapping windows are weighed. A network knows least at its patch's border.</summary>
    public Blending Blending { get; init; } = Blending.Gaussian;

    /// <summary>What lies around an image that is smaller than the window.</summary>
    public Border Border { get; init; } = Border.Constant;

    /// <summary>The value of a constant border.</summary>
    public float BorderValue { get; init; }

    /// <summary>Axes of <see cref="Patch"/> along which the window is also seen mirrored: every combination of them, averaged. None costs nothing, three cost 8 passes.</summary>
    public IReadOnlyList<int> MirrorAxes { get; init; } = [];

    /// <summary>Whether the window is also seen in the quarter turns of its plane, the last two axes: 4 times the passes.</summary>
    public bool Turns { get; init; }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Patch.Count is not (2 or 3) || Patch.Any(p => p < 0))
        {
            yield return Fault.At("prediction.patch", $"is [{string.Join(", ", Patch)}]; it must be 2 or 3 sides of 0 or more");
        }

        if (Step.Count == 0 || (Step.Count != 1 && Step.Count != Patch.Count) || Step.Any(s => s is not (> 0 and <= 1)))
        {
            yield return Fault.At("prediction.step", $"is [{string.Join(", ", Step)}]; it must be one number in (0, 1], or one for each side of the patch");
        }

        if (MirrorAxes.Any(a => a < 0 || a >= Patch.Count) || MirrorAxes.Distinct().Count() != MirrorAxes.Count)
        {
            yield return Fault.At("prediction.mirrorAxes", $"is [{string.Join(", ", MirrorAxes)}]; it must be different axes from 0 to {Patch.Count - 1}");
        }
    }

    /// <summary>Sides of the window for an image of this size, D, H, W.</summary>
    public IReadOnlyList<int> PatchFor(Extent extent)
    {
        int[] sizes = [extent.Depth, extent.Height, extent.Width];
        int[] patch = Patch.Count == 2 ? [1, .. Patch] : [.. Patch];
        return [.. patch.Zip(sizes, (p, s) => p == 0 ? s : p)];
    }
}

/// <summary>Runs a network over an image in overlapping windows and hands out the blended logits plane by plane.</summary>
/// <remarks>
/// Windows go along z, the slowest axis. Only the planes that a later window can still change are kept: a band as deep as the patch,
/// for one block of the plane. Every voxel gets its terms in the order of the windows, whatever the blocks are, so the logits are the
/// same bits for every layout; a window that touches two blocks is computed twice.
/// Source: Isensee et al. 2021 (nnU-Net), Methods; Cardoso et al. 2022 (MONAI).
/// Parity: nnU-Net 2.8.1 predict_sliding_window_return_logits with float32 buffers, MONAI sliding_window_inference, both to 1e-4.
/// Differs: the originals keep classes × volume in one array, nnU-Net in half precision.
/// One thread at a time. The network stays the caller's; it should be in evaluation mode.
/// </remarks>
public sealed class SlidingWindow
{
    private static readonly Operator Multiply = new("aten::mul_", "Tensor", 2);
    private static readonly Operator Divide = new("aten::div_", "Tensor", 2);
    private readonly Network _network;
    private readonly SlidingWindowOptions _options;
    private readonly Device _device;
    private readonly IReadOnlyList<Symmetry> _views;
    private readonly Dictionary<(int Depth, int Height, int Width), long> _windowBytes = [];

    /// <summary>Refers to a network that lies on <paramref name="device"/>.</summary>
    /// <exception cref="UsageException">A fault of the options, or a patch with other axes than the network has.</exception>
    public SlidingWindow(Network network, SlidingWindowOptions options, Device device = default)
    {
        UsageException.ThrowIfAny(options.Check());
        if (options.Patch.Count != network.Dimensions)
        {
            throw new UsageException(
                $"prediction.patch has {options.Patch.Count} sides, but the network sees {network.Dimensions} axes",
                network.Dimensions == 3 ? "give D, H, W" : "give H, W");
        }

        (_network, _options, _device) = (network, options, device);
        _views = Symmetry.Of(options.Patch.Count, options.MirrorAxes, options.Turns);
    }

    /// <summary>How it slides.</summary>
    public SlidingWindowOptions Options => _options;

    /// <summary>Classes of the logits.</summary>
    public int Classes => _network.Options.Classes;

    /// <summary>Channels of the image.</summary>
    public int Channels => _network.Options.InChannels;

    /// <summary>The windows over an image of this size.</summary>
    public WindowGrid Over(Extent extent) => new(_options, extent);

    /// <summary>Computes all logits and hands every block's planes to the sink.</summary>
    /// <param name="source">The prepared image.</param>
    /// <param name="sink">Receives the blocks of <paramref name="layout"/> one after the other.</param>
    /// <param name="layout">How the plane is cut; of <see cref="BlockLayout.Whole"/> or a <see cref="MemoryPlan"/>. It changes no bit of the logits.</param>
    /// <param name="clock">Is told what the time goes to.</param>
    /// <param name="on">Hears how many windows are done.</param>
    /// <param name="cancel">Looked at before every window.</param>
    /// <exception cref="InputException">The image has other channels than the network.</exception>
    public void Run(
        IWindowSource source,
        ILogitsSink sink,
        BlockLayout layout,
        PredictionClock? clock = null,
        Action<RunEvent>? on = null,
        CancellationToken cancel = default)
    {
        if (source.Channels != _network.Options.InChannels)
        {
            throw new InputException(
                $"the image has {source.Channels} channels, but the network takes {_network.Options.InChannels}",
                "give the images that it was trained for");
        }

        clock ??= new PredictionClock();
        var grid = Over(source.Extent);
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var weights = Tensor.From(BlendingWeights.Of(grid.Patch, _options.Blending), [1, 1, .. WindowSides(grid)]);
        var (done, total) = (0L, layout.Blocks.Sum(grid.CountFor));
        sink.Start(layout);
        foreach (var block in layout.Blocks)
        {
            sink.Begin(block);
            RunBlock(grid, source, sink, block, weights, clock, () => on?.Invoke(new Progressed("predict", ++done, total)), cancel);
            sink.End();
        }
    }

    /// <summary>Bytes of tensors that one window holds at its busiest moment, weights of the network not counted. Measured once, by a pass over zeros.</summary>
    public long WindowBytes(Extent extent)
    {
        var grid = Over(extent);
        var key = (grid.Patch[0], grid.Patch[1], grid.Patch[2]);
        if (!_windowBytes.TryGetValue(key, out var bytes))
        {
            using var guard = new NoGrad();
            using var scope = new TensorScope();
            var before = TorchRuntime.Counter("live_bytes");
            TorchRuntime.ResetCounter("peak_bytes");
            Forward(Tensor.Zeros([1, _network.Options.InChannels, .. WindowSides(grid)]));
            bytes = _windowBytes[key] = TorchRuntime.Counter("peak_bytes") - before;
        }

        return bytes;
    }

    private void RunBlock(
        WindowGrid grid,
        IWindowSource source,
        ILogitsSink sink,
        LogitsBlock block,
        Tensor weights,
        PredictionClock clock,
        Action windowDone,
        CancellationToken cancel)
    {
        using var scope = new TensorScope();
        var depth = grid.BandDepth;
        var sum = Tensor.Zeros([depth, Classes, block.Rows.Count, block.Columns.Count]);     // plane z lies at z mod depth
        var weight = Tensor.Zeros([depth, 1, block.Rows.Count, block.Columns.Count]);
        var (rows, columns) = (grid.Touching(1, block.Rows).ToList(), grid.Touching(2, block.Columns).ToList());
        var layers = grid.Starts(0);
        var finished = 0;
        for (var i = 0; i < layers.Count; i++)
        {
            foreach (var y in rows)
            {
                foreach (var x in columns)
                {
                    cancel.ThrowIfCancellationRequested();
                    using var inner = new TensorScope();
                    Tensor logits;
                    using (clock.In(PredictionPhase.Cutting))
                    {
                        logits = Cut(grid, source, layers[i], y, x);
                    }

                    using (clock.In(PredictionPhase.Network))
                    {
                        logits = Forward(logits);
                    }

                    using (clock.In(PredictionPhase.Blending))
                    {
                        Multiply.Run(logits, weights);
                        var place = (layers[i], y, x);
                        Add(grid, sum, logits, place, block);
                        Add(grid, weight, weights, place, block);
                    }

                    windowDone();
                }
            }

            var end = i + 1 < layers.Count ? Math.Max(layers[i + 1], 0) : grid.Extent.Depth;
            for (; finished < end; finished++)
            {
                using var inner = new TensorScope();
                var (plane, planeWeight) = (sum.Select(0, finished % depth), weight.Select(0, finished % depth));
                using (clock.In(PredictionPhase.Blending))
                {
                    Divide.Run(plane, planeWeight);
                }

                using (clock.In(PredictionPhase.Resampling))
                {
                    sink.Take(finished, plane.Span<float>());
                }

                using (clock.In(PredictionPhase.Blending))
                {
                    plane.FillInPlace(0);
                    planeWeight.FillInPlace(0);
                }
            }
        }
    }

    private long[] WindowSides(WindowGrid grid) => [.. grid.Patch.Skip(3 - _options.Patch.Count).Select(s => (long)s)];

    // [1, C, (d,) h, w]; what lies outside the image is the border's.
    private Tensor Cut(WindowGrid grid, IWindowSource source, int z, int y, int x)
    {
        var window = Tensor.Empty([1, source.Channels, .. WindowSides(grid)]);
        var values = window.Span<float>();
        var extent = source.Extent;
        var planes = Borders.Map(_options.Border, z, grid.Patch[0], extent.Depth);
        var rows = Borders.Map(_options.Border, y, grid.Patch[1], extent.Height);
        var columns = Borders.Map(_options.Border, x, grid.Patch[2], extent.Width);
        var inside = grid.Covered(2, x);
        var before = inside.First - x;
        var width = grid.Patch[2];
        var size = new Extent(width, grid.Patch[1], grid.Patch[0]);
        for (var c = 0; c < source.Channels; c++)
        {
            if (source.TryReadAround(c, (x, y, z), size, values[..(int)size.Count]))
            {
                values = values[(int)size.Count..];
                continue;
            }

            foreach (var plane in planes)
            {
                foreach (var row in rows)
                {
                    var line = values[..width];
                    values = values[width..];
                    if (plane < 0 || row < 0)
                    {
                        line.Fill(_options.BorderValue);
                        continue;
                    }

                    source.Read(c, plane, row, inside.First, line.Slice(before, inside.Count));
                    for (var i = 0; i < width; i++)
                    {
                        if (i == before)
                        {
                            i += inside.Count - 1;                      // these are there already
                        }
                        else
                        {
                            line[i] = columns[i] < 0 ? _options.BorderValue : line[columns[i] - x];
                        }
                    }
                }
            }
        }

        return window;
    }

    // [1, C, (d,) h, w] -> [1, K, (d,) h, w] on the CPU, averaged over the views of the window.
    private Tensor Forward(Tensor window)
    {
        using var scope = new TensorScope();
        var image = window.To(_device);
        var sum = _network.ForwardSame(image).To(DType.Float32);
        foreach (var view in _views.Skip(1))
        {
            using var inner = new TensorScope();
            sum.AddInPlace(view.Back(_network.ForwardSame(view.See(image).Contiguous()).To(DType.Float32)));
        }

        if (_views.Count > 1)
        {
            sum.MultiplyInPlace(1.0 / _views.Count);
        }

        return scope.Keep(sum.To(Device.Cpu));
    }

    // Adds the part of a window that lies inside both image and block. Multiplication and addition are apart, so that each is rounded
    // once: a fused one would round otherwise in the last, narrow part of a row, and where that is depends on the block.
    private static void Add(WindowGrid grid, Tensor band, Tensor window, (int Z, int Y, int X) place, LogitsBlock block)
    {
        using var scope = new TensorScope();
        var planes = grid.Covered(0, place.Z);
        var rows = grid.Covered(1, place.Y).And(block.Rows);
        var columns = grid.Covered(2, place.X).And(block.Columns);
        var depth = grid.BandDepth;
        var volume = window.Reshape(window.Size(1), grid.Patch[0], grid.Patch[1], grid.Patch[2])
            .Narrow(1, planes.First - place.Z, planes.Count)
            .Narrow(2, rows.First - place.Y, rows.Count)
            .Narrow(3, columns.First - place.X, columns.Count)
            .Permute(1, 0, 2, 3);                                                              // [planes, K, rows, columns]
        for (var z = planes.First; z < planes.End;)
        {
            var slot = z % depth;
            var run = Math.Min(planes.End - z, depth - slot);
            band.Narrow(0, slot, run)
                .Narrow(2, rows.First - block.Rows.First, rows.Count)
                .Narrow(3, columns.First - block.Columns.First, columns.Count)
                .AddInPlace(volume.Narrow(0, z - planes.First, run));
            z += run;
        }
    }
}

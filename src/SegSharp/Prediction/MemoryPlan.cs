using SegSharp.Imaging;
using SegSharp.Torch;

namespace SegSharp.Prediction;

/// <summary>Something that takes memory during a prediction.</summary>
/// <param name="What">"labels", "band of logits".</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryItem(string What, long Bytes);

/// <summary>What a prediction will hold at its busiest moment, and how the plane is cut to keep a ceiling.</summary>
/// <remarks>
/// The sum of what the process holds now, what the caller will add, the band of logits, one window in the network, and what the
/// allocator may keep beside (a sixteenth, see native/torch/allocator.cpp). Nothing is guessed about the network: one window of zeros
/// has gone through it.
/// </remarks>
public sealed record MemoryPlan
{
    // The bytes behind a decimal point of a huge page, tensors' headers, stacks, code that is compiled on the way.
    private const long Slack = 48L << 20;

    /// <summary>The parts of the peak.</summary>
    public required IReadOnlyList<MemoryItem> Items { get; init; }

    /// <summary>The most that may be held.</summary>
    public required long LimitBytes { get; init; }

    /// <summary>The blocks to compute.</summary>
    public required BlockLayout Layout { get; init; }

    /// <summary>How much more is computed than without a ceiling; 1 when nothing is.</summary>
    public required double Recomputation { get; init; }

    /// <summary>The process at its busiest moment, in bytes.</summary>
    public long PeakBytes => Items.Sum(i => i.Bytes);

    /// <summary>Chooses the cheapest layout that keeps the ceiling.</summary>
    /// <param name="window">The network behind it has its weights already.</param>
    /// <param name="extent">The size of the prepared image.</param>
    /// <param name="sink">Where the logits go.</param>
    /// <param name="held">What the caller will hold at the same time and does not hold yet: the image, its prepared copy, the labels.</param>
    /// <param name="ceiling">The most bytes that the process may hold (<c>--memory</c>); null for what is free now.</param>
    /// <exception cref="UsageException">The given ceiling is too low, or more than there is; nothing was computed yet.</exception>
    /// <exception cref="SegSharpException">Too little memory is free.</exception>
    public static MemoryPlan Make(SlidingWindow window, Extent extent, ILogitsSink sink, IReadOnlyList<MemoryItem> held, long? ceiling = null)
    {
        var grid = window.Over(extent);
        RequireWindow(window, grid, ceiling);
        var oneWindow = window.WindowBytes(extent) + (grid.Patch.Aggregate(4L, (a, b) => a * b) * 2);      // beside it its weights
        TorchRuntime.EmptyCache();                                       // what the measured window left behind is no part of the process
        var resident = Machine.ProcessBytes ?? Environment.WorkingSet;
        var free = Machine.FreeMemoryBytes;
        var there = free is { } f ? resident + f : Machine.MemoryBytes;
        var limit = Math.Min(ceiling ?? long.MaxValue, there);

        MemoryItem[] ItemsFor(LogitsBlock block)
        {
            var band = block.PlaneCount * (window.Classes + 1) * grid.BandDepth * sizeof(float);
            return
            [
                new("the process now", resident),
                .. held,
                new("band of logits", band),
                new("one window in the network", oneWindow),
                new("resampling", sink.WorkingBytes(block)),
                new("kept by the allocator", Slack + ((band + oneWindow) / 16)),
            ];
        }

        bool Fits(LogitsBlock block) => ItemsFor(block).Sum(i => i.Bytes) <= limit;

        if (BlockLayout.Cheapest(grid, sink, Fits) is { } layout)
        {
            return new MemoryPlan
            {
                Items = ItemsFor(layout.Blocks.MaxBy(b => ItemsFor(b).Sum(i => i.Bytes))),
                LimitBytes = limit,
                Layout = layout,
                Recomputation = layout.Recomputation(grid),
            };
        }

        var least = ItemsFor(BlockLayout.Smallest(sink));
        var need = least.Sum(i => i.Bytes);
        var found = $"this prediction needs at least {ByteSize.Format(need)} ({Describe(least)})";
        throw ceiling is { } given && given <= there
            ? new UsageException($"{found}, but --memory allows {ByteSize.Format(given)}", $"--memory {RoundUp(need)}, or a smaller patch")
            : new SegSharpException($"{found}, but {ByteSize.Format(there)} can be had", "close other programs, raise the limit of the container, or choose a smaller patch");
    }

    // The measured pass must not be what fills the memory: image and logits alone are a lower bound that needs no pass.
    private static void RequireWindow(SlidingWindow window, WindowGrid grid, long? ceiling)
    {
        var least = grid.Patch.Aggregate((double)sizeof(float), (a, b) => a * b) * (window.Channels + (2.0 * window.Classes));
        var most = Math.Min(ceiling ?? long.MaxValue, Machine.MemoryBytes);
        if (least > most)
        {
            throw new UsageException(
                $"one window of {string.Join('x', grid.Patch.Reverse())} voxels needs at least {ByteSize.Format((long)Math.Min(least, 9e18))}, but {ByteSize.Format(most)} can be had",
                "choose a smaller patch: --patch 128x128x64");
        }
    }

    /// <summary>One sentence: <c>predicted peak 1.20 GB of 4.00 GB (labels 78.6 MB, …)</c>.</summary>
    public override string ToString()
    {
        var blocks = Layout.Blocks.Count == 1 ? "" : $", in {Layout.Blocks.Count} blocks that cost {Recomputation:0.00} times the windows";
        return $"predicted peak {ByteSize.Format(PeakBytes)} of {ByteSize.Format(LimitBytes)}{blocks} ({Describe(Items)})";
    }

    private static string Describe(IEnumerable<MemoryItem> items) => string.Join(", ", items.Where(i => i.Bytes > 0).Select(i => $"{i.What} {ByteSize.Format(i.Bytes)}"));

    // Up to the next 64 MB.
    private static string RoundUp(long bytes) => $"{((bytes >> 26) + 1) << 6}MB";
}

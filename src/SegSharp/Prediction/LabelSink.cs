using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Prediction;

/// <summary>Resamples finished logits to another grid and chooses the labels at once.</summary>
/// <remarks>Linear interpolation of the logits, then the decision, as nnU-Net exports its predictions; see <see cref="SlabArgmax"/>.</remarks>
public sealed class LabelSink : ILogitsSink
{
    private readonly Extent _from;
    private readonly int _classes;
    private readonly IReadOnlyList<int>? _regions;
    private readonly LinearAxis _x, _y, _z;
    private readonly Action<int, LogitsBlock, ReadOnlySpan<ushort>> _done;
    private (float[] First, float[] Second, float[] Third)? _scratch;
    private SlabArgmax? _slabs;

    /// <summary>A sink for logits between the same outer faces as the labels.</summary>
    /// <param name="classes">Logits per voxel.</param>
    /// <param name="from">The prepared grid, that of the logits.</param>
    /// <param name="to">The grid of the labels.</param>
    /// <param name="done">
    /// Gets the output plane's number, the block, and the classes of the block's rows and columns of that plane; in a block the planes
    /// come in order. With <paramref name="regions"/> it gets labels, else numbers of classes.
    /// </param>
    /// <param name="regions">The label of each class, where each is decided by itself (sigmoid heads): set where its logit is above 0, the last one stays, 0 elsewhere. Null: the largest logit wins.</param>
    /// <param name="coarseAxis">The axis (0, 1, 2 for x, y, z) that takes the nearest plane instead of a mixture; null: none.</param>
    public LabelSink(int classes, Extent from, Extent to, Action<int, LogitsBlock, ReadOnlySpan<ushort>> done, IReadOnlyList<int>? regions = null, int? coarseAxis = null)
    {
        LinearAxis Axis(int axis, int old, int now) => new(old, now, axis == coarseAxis ? Interpolation.Nearest : Interpolation.Linear);
        (_from, _classes, _done, _regions) = (from, classes, done, regions);
        (_x, _y, _z) = (Axis(0, from.Width, to.Width), Axis(1, from.Height, to.Height), Axis(2, from.Depth, to.Depth));
    }

    /// <summary>A sink that fills an array.</summary>
    /// <param name="classes">Logits per voxel.</param>
    /// <param name="from">The prepared grid.</param>
    /// <param name="to">The grid of the labels.</param>
    /// <param name="labels">[D, H, W] of <paramref name="to"/>.</param>
    /// <param name="values">The label of each class; null: its number.</param>
    /// <param name="coarseAxis">The axis that takes the nearest plane; null: none.</param>
    public static LabelSink Into(int classes, Extent from, Extent to, ushort[] labels, IReadOnlyList<ushort>? values = null, int? coarseAxis = null) =>
        new(classes, from, to, (z, block, found) => Paste(z, block, found, labels, to, values), null, coarseAxis);

    /// <summary>A sink that fills an array with the labels of regions, each decided by itself; where several are found, the last one stays.</summary>
    /// <param name="writes">The label of each class, in the order of painting.</param>
    /// <param name="from">The prepared grid.</param>
    /// <param name="to">The grid of the labels.</param>
    /// <param name="labels">[D, H, W] of <paramref name="to"/>.</param>
    /// <param name="coarseAxis">The axis that takes the nearest plane; null: none.</param>
    public static LabelSink Painting(IReadOnlyList<int> writes, Extent from, Extent to, ushort[] labels, int? coarseAxis = null) =>
        new(writes.Count, from, to, (z, block, found) => Paste(z, block, found, labels, to, null), writes, coarseAxis);

    /// <inheritdoc/>
    public int Rows => _y.To;

    /// <inheritdoc/>
    public int Columns => _x.To;

    /// <inheritdoc/>
    public Strip RowsFor(Strip output) => Needs(_y, output);

    /// <inheritdoc/>
    public Strip ColumnsFor(Strip output) => Needs(_x, output);

    /// <inheritdoc/>
    public long WorkingBytes(LogitsBlock block) => SlabArgmax.BytesFor(
        new Extent(block.Columns.Count, block.Rows.Count), new Extent(block.OutputColumns.Count, block.OutputRows.Count), _classes);

    /// <inheritdoc/>
    public void Start(BlockLayout layout)
    {
        var most = checked((int)(layout.Blocks.Max(b => b.PlaneCount) * _classes));
        _scratch = (new float[most], new float[most], new float[most]);
    }

    /// <inheritdoc/>
    public void Begin(LogitsBlock block) => _slabs = SlabArgmax.Block(
        (_x.Part(block.OutputColumns.First, block.OutputColumns.End), _y.Part(block.OutputRows.First, block.OutputRows.End), _z),
        _classes,
        _regions,
        (z, labels) => _done(z, block, labels),
        _scratch);

    /// <inheritdoc/>
    public void Take(int z, ReadOnlySpan<float> logits) => _slabs!.Add(logits);

    /// <inheritdoc/>
    public void End() => _slabs = null;

    private static Strip Needs(LinearAxis axis, Strip output)
    {
        var (low, end) = axis.Needs(output.First, output.End);
        return new Strip(low, end - low);
    }

    private static void Paste(int z, LogitsBlock block, ReadOnlySpan<ushort> found, ushort[] labels, Extent to, IReadOnlyList<ushort>? values)
    {
        var width = block.OutputColumns.Count;
        for (var y = 0; y < block.OutputRows.Count; y++)
        {
            var row = labels.AsSpan((int)((z * to.PageCount) + ((long)(block.OutputRows.First + y) * to.Width) + block.OutputColumns.First), width);
            found.Slice(y * width, width).CopyTo(row);
            for (var x = 0; values is not null && x < width; x++)
            {
                row[x] = values[row[x]];
            }
        }
    }
}

using System.Runtime.Intrinsics;

namespace SegSharp.Imaging.Resampling;

/// <summary>
/// Turns logits on one grid into labels on another, plane by plane: each output plane is interpolated from two source planes and
/// decided at once. No array of classes × voxels exists on either side.
/// </summary>
/// <remarks>
/// Source: nnU-Net's <c>convert_predicted_logits_to_segmentation_with_correct_shape</c>: each class resized linearly (edge), then the
/// largest wins; of equal ones the first. Parity: nnU-Net 2.8.1, but for voxels whose two best logits are equal to single precision.
/// </remarks>
public sealed class SlabArgmax
{
    private readonly Extent _from;
    private readonly Extent _to;
    private readonly int _classes;
    private readonly LinearAxis _x, _y, _z;
    private readonly int[]? _labels;                                   // of the classes, where each is decided by itself
    private readonly Action<int, ReadOnlySpan<ushort>> _done;
    private readonly float[] _mixed;
    private readonly ushort[] _page;
    private readonly int _plane;                                       // logits of a source plane
    private readonly int _steepest;                                    // old voxels that eight new ones of a row lie between
    private float[] _near, _far;                                       // source planes _read - 2 and _read - 1
    private int _read;
    private int _made;

    /// <summary>The class with the largest logit wins.</summary>
    /// <param name="from">The grid of the logits.</param>
    /// <param name="to">The grid of the labels, between the same outer faces.</param>
    /// <param name="classes">Logits per voxel.</param>
    /// <param name="done">Gets each finished plane [h, w] with its number, in order; the memory is used again.</param>
    /// <param name="coarseAxis">The axis (0, 1, 2 for x, y, z) that takes the nearest plane instead of a mixture; null: none.</param>
    public SlabArgmax(Extent from, Extent to, int classes, Action<int, ReadOnlySpan<ushort>> done, int? coarseAxis = null)
        : this(Axes(from, to, coarseAxis), classes, null, done, null)
    {
    }

    /// <summary>Each class is decided by itself: where its logit is more than 0 (its probability more than a half), its label is set.</summary>
    /// <param name="from">The grid of the logits.</param>
    /// <param name="to">The grid of the labels, between the same outer faces.</param>
    /// <param name="labels">The label of each class; where several are more than 0, the last one stays (nnU-Net's order of regions).</param>
    /// <param name="done">Gets each finished plane [h, w] with its number, in order; the memory is used again.</param>
    /// <param name="coarseAxis">The axis that takes the nearest plane; null: none.</param>
    public static SlabArgmax Regions(Extent from, Extent to, IReadOnlyList<int> labels, Action<int, ReadOnlySpan<ushort>> done, int? coarseAxis = null) =>
        new(Axes(from, to, coarseAxis), labels.Count, [.. labels], done, null);

    /// <summary>For a block of the planes: axes may be <see cref="LinearAxis.Part"/>s. The labels are the same as those of the whole planes.</summary>
    /// <param name="axes">Along x, y and z.</param>
    /// <param name="classes">Logits per voxel.</param>
    /// <param name="labels">The label of each class, where each is decided by itself as in <see cref="Regions"/>; null: the largest wins.</param>
    /// <param name="done">Gets each finished plane [h, w] with its number, in order; the memory is used again.</param>
    /// <param name="scratch">Three arrays of at least a source plane of all classes, used until the last plane is done; null: it makes its own.</param>
    public static SlabArgmax Block(
        (LinearAxis X, LinearAxis Y, LinearAxis Z) axes,
        int classes,
        IReadOnlyList<int>? labels,
        Action<int, ReadOnlySpan<ushort>> done,
        (float[] First, float[] Second, float[] Third)? scratch = null) =>
        new(axes, classes, labels is null ? null : [.. labels], done, scratch);

    private static (LinearAxis X, LinearAxis Y, LinearAxis Z) Axes(Extent from, Extent to, int? coarseAxis)
    {
        LinearAxis Axis(int axis, int old, int now) => new(old, now, axis == coarseAxis ? Interpolation.Nearest : Interpolation.Linear);
        return (Axis(0, from.Width, to.Width), Axis(1, from.Height, to.Height), Axis(2, from.Depth, to.Depth));
    }

    private SlabArgmax(
        (LinearAxis X, LinearAxis Y, LinearAxis Z) axes,
        int classes,
        int[]? labels,
        Action<int, ReadOnlySpan<ushort>> done,
        (float[] First, float[] Second, float[] Third)? scratch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        (_x, _y, _z) = axes;
        var (from, to) = (new Extent(_x.From, _y.From, _z.From), new Extent(_x.To, _y.To, _z.To));
        (_from, _to, _classes, _labels, _done) = (from, to, classes, labels, done);
        _plane = checked((int)(from.PageCount * classes));
        (_near, _far, _mixed) = scratch ?? (new float[_plane], new float[_plane], new float[_plane]);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(Math.Min(_near.Length, _far.Length), _mixed.Length), _plane, nameof(scratch));
        _page = new ushort[checked((int)to.PageCount)];
        for (var i = 0; i + 8 <= to.Width; i++)
        {
            _steepest = Math.Max(_steepest, _x.Lows[i + 7] - _x.Lows[i]);
        }
    }

    /// <summary>Bytes that an instance holds for these grids: three source planes of all classes and one plane of labels.</summary>
    public static long BytesFor(Extent from, Extent to, int classes) => (3L * from.PageCount * classes * sizeof(float)) + (to.PageCount * sizeof(ushort));

    /// <summary>Takes the next source plane, in rising z, and hands out every plane of labels that is now decided.</summary>
    /// <param name="logits">[K, h, w]; copied.</param>
    /// <param name="cancel">Stops the work between two planes.</param>
    public void Add(ReadOnlySpan<float> logits, CancellationToken cancel = default)
    {
        if (_read == _from.Depth)
        {
            throw new InvalidOperationException($"all {_from.Depth} planes were given");
        }

        if (logits.Length != _plane)
        {
            throw new ArgumentException($"{logits.Length} logits; {_classes} classes of {_from.Page} need {_plane}", nameof(logits));
        }

        (_near, _far) = (_far, _near);
        logits.CopyTo(_far);
        _read++;
        while (_made < _to.Depth && (_z.Lows[_made] + (_z.Floats[_made] > 0 ? 1 : 0) < _read))
        {
            cancel.ThrowIfCancellationRequested();
            Make(_made);
            _done(_made, _page);
            _made++;
        }
    }

    private void Make(int z)
    {
        var (low, weight) = _z.At(z);
        var source = low == _read - 1 ? _far : _near;
        if (weight > 0)
        {
            Mix(_near.AsSpan(0, _plane), _far.AsSpan(0, _plane), weight, _mixed);
            source = _mixed;
        }

        const int rows = 16;
        Resample.InParallel((_to.Height + rows - 1) / rows, default, () => new Line(_from.Width, _to.Width), (part, line) =>
        {
            for (var y = part * rows; y < Math.Min(_to.Height, (part + 1) * rows); y++)
            {
                Row(source, y, line, _page.AsSpan(y * _to.Width, _to.Width));
            }
        });
    }

    private void Row(float[] source, int y, Line line, Span<ushort> labels)
    {
        var (low, weight) = _y.At(y);
        line.Best.AsSpan().Fill(_labels is null ? float.NegativeInfinity : 0);
        line.Winner.AsSpan().Clear();
        for (var c = 0; c < _classes; c++)
        {
            var at = ((c * _from.Height) + low) * _from.Width;
            var first = source.AsSpan(at, _from.Width);
            if (weight > 0)
            {
                Mix(first, source.AsSpan(at + _from.Width, _from.Width), weight, line.Old);
            }
            else
            {
                first.CopyTo(line.Old);
            }

            // One more at the end, for the neighbour of the last voxel, whose weight is 0.
            line.Old.AsSpan(_from.Width).Fill(line.Old[_from.Width - 1]);
            if (_labels is null)
            {
                Decide(line, c, keepsBest: true);
            }
            else
            {
                Decide(line, _labels[c], keepsBest: false);
            }
        }

        for (var x = 0; x < labels.Length; x++)
        {
            labels[x] = (ushort)line.Winner[x];
        }
    }

    // Along x, eight voxels at a time: they lie between at most eight old ones, which are sorted into their places within a register.
    private void Decide(Line line, int label, bool keepsBest)
    {
        var (old, best, winner) = (line.Old, line.Best, line.Winner);
        var lows = _x.Lows;
        var weights = _x.Floats;
        var x = 0;
        if (_steepest < 8)
        {
            var labels = Vector256.Create(label);
            for (; x + 8 <= best.Length; x += 8)
            {
                var start = lows[x];
                var places = Vector256.Create(lows[x..]) - Vector256.Create(start);
                var left = Vector256.ShuffleNative(Vector256.LoadUnsafe(ref old[start]), places);
                var right = Vector256.ShuffleNative(Vector256.LoadUnsafe(ref old[start + 1]), places);
                var value = left + (Vector256.Create(weights[x..]) * (right - left));
                var top = Vector256.LoadUnsafe(ref best[x]);
                var wins = Vector256.GreaterThan(value, top);
                if (keepsBest)
                {
                    Vector256.ConditionalSelect(wins, value, top).StoreUnsafe(ref best[x]);
                }

                Vector256.ConditionalSelect(wins.AsInt32(), labels, Vector256.LoadUnsafe(ref winner[x])).StoreUnsafe(ref winner[x]);
            }
        }

        for (; x < best.Length; x++)
        {
            var (left, right) = (old[lows[x]], old[lows[x] + 1]);
            var value = left + (weights[x] * (right - left));
            if (value > best[x])
            {
                winner[x] = label;
                best[x] = keepsBest ? value : best[x];
            }
        }
    }

    private static void Mix(ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight, Span<float> target)
    {
        var (w, i) = (Vector512.Create(weight), 0);
        for (; i + 16 <= a.Length; i += 16)
        {
            var v = Vector512.Create(a[i..]);
            (v + (w * (Vector512.Create(b[i..]) - v))).CopyTo(target[i..]);
        }

        for (; i < a.Length; i++)
        {
            target[i] = a[i] + (weight * (b[i] - a[i]));
        }
    }

    private sealed class Line(int from, int to)
    {
        public float[] Old { get; } = new float[from + 9];

        public float[] Best { get; } = new float[to];

        public int[] Winner { get; } = new int[to];
    }
}

using System.Runtime.CompilerServices;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>Follows operators and knows of every tensor what its positions depend on; how <see cref="ReceptiveField"/> comes about.</summary>
internal sealed class SightTrace
{
    private static readonly Dictionary<string, string> Wide = new(StringComparer.Ordinal)
    {
        ["instance_norm"] = "instance normalisation",
        ["group_norm"] = "group normalisation",
    };

    // Keys do not live longer through being here.
    private readonly ConditionalWeakTable<Tensor, Seen> _seen = [];

    /// <summary>Begins at an image [N, C, (D,) H, W].</summary>
    public SightTrace(Tensor image) => _seen.Add(image, new([null, null, .. Enumerable.Repeat(Sight.Image, image.Dimensions - 2)], []));

    /// <summary>What a voxel of a tensor that was computed depends on.</summary>
    public ReceptiveField Of(Tensor result)
    {
        if (!_seen.TryGetValue(result, out var seen))
        {
            return new(null, []);
        }

        var axes = seen.Axes.Skip(2).ToList();
        return new(axes.Count == 0 || axes.Exists(a => a is null) ? null : [.. axes.Select(a => a!.Extent)], [.. seen.Global.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Takes an operator that ran into account.</summary>
    public void Observe(OperatorCall call)
    {
        var op = call.Name[(call.Name.IndexOf("::", StringComparison.Ordinal) + 2)..];
        var known = call.Arguments.SelectMany(a => a switch { Tensor t => [t], Tensor?[] many => many.OfType<Tensor>(), _ => Enumerable.Empty<Tensor>() })
            .Where(t => _seen.TryGetValue(t, out _)).ToList();
        if (known.Count == 0)
        {
            return;
        }

        // Without a result it changed its first argument.
        foreach (var result in call.Results.Count > 0 ? call.Results : call.Arguments.OfType<Tensor>().Take(1))
        {
            _seen.AddOrUpdate(result, Compute(op, call, known, result));
        }
    }

    private Seen Compute(string op, OperatorCall call, List<Tensor> known, Tensor result)
    {
        var shape = result.Shape;
        var x = known[0];
        var seen = Look(x);
        var a = call.Arguments;
        switch (op)
        {
            case "conv":
                var (kernel, stride, padding, dilation) = (((Tensor)a[1]!).Shape[2..], Longs(a[3]), Longs(a[4]), Longs(a[5]));
                return seen.Grid((axis, s) => s.Window(kernel[axis], stride[axis], padding[axis], dilation[axis]));
            case "conv_transpose2d" or "conv_transpose3d":
                var (wide, step, cut) = (((Tensor)a[1]!).Shape[2..], Longs(a[3]), Longs(a[4]));
                return seen.Grid((axis, s) => s.Spread(wide[axis], step[axis], cut[axis]));
            case "conv_transpose_shuffle":
                return seen.Grid((_, s) => s.Spread(2, 2, 0));
            case "max_pool2d" or "max_pool3d" or "avg_pool2d" or "avg_pool3d":
                var (window, by, border) = (Longs(a[1]), a.Count > 2 ? Longs(a[2]) : [], a.Count > 3 ? Longs(a[3]) : []);
                var apart = op.StartsWith("max", StringComparison.Ordinal) && a.Count > 4 && a[4] is long[] d ? d : [];
                return seen.Grid((axis, s) => s.Window(window[axis], by.Length > axis ? by[axis] : window[axis], border.Length > axis ? border[axis] : 0, apart.Length > axis ? apart[axis] : 1));
            case "upsample_nearest2d" or "upsample_nearest3d":
                return seen.Grid((axis, s) => s.Nearest(x.Size(axis + 2), shape[axis + 2]));
            case "upsample_bilinear2d" or "upsample_trilinear3d":
                return seen.Grid((axis, s) => s.Interpolate(x.Size(axis + 2), shape[axis + 2]));
            case "adaptive_avg_pool2d" or "adaptive_avg_pool3d":
                return seen.Grid((axis, s) => x.Size(axis + 2) == shape[axis + 2] ? s : null).And("global pooling", seen.Axes.Where((s, axis) => s is not null && x.Size(axis) != shape[axis]).Any());
            case "constant_pad_nd" or "replication_pad2d" or "replication_pad3d" or "reflection_pad2d" or "reflection_pad3d":
                var margins = Longs(a[1]);
                return seen.Map((axis, s) => 2 * (x.Dimensions - 1 - axis) < margins.Length ? s.Shift(-margins[2 * (x.Dimensions - 1 - axis)]) : s);
            case "narrow":
                return seen.Map((axis, s) => axis == Axis(a[1], x) ? s.Shift(Convert.ToInt64(a[2])) : s);
            case "permute":
                return new([.. Longs(a[1]).Select(axis => seen.Axes[(int)(axis < 0 ? axis + x.Dimensions : axis)])], seen.Global);
            case "select" or "squeeze" when Axis(a[1], x) is var gone:
                return op == "squeeze" && x.Dimensions == shape.Length ? seen : new([.. seen.Axes.Where((_, axis) => axis != gone)], Lost(seen, [gone], "one place taken out"));
            case "unsqueeze":
                var axes = seen.Axes.ToList();
                axes.Insert((int)(Convert.ToInt64(a[1]) is var at && at < 0 ? at + shape.Length : at), null);
                return new([.. axes], seen.Global);
            case "cat" when Axis(a[1], result) is var joined:
                return Together(known, shape).Map((axis, s) => axis == joined ? null : s);
            case "reshape" or "view":
                return Reshape(seen, x.Shape, shape);
            case "mean" or "sum" or "amax" when a.Count > 1 && a[1] is long[] over:
                return Reduce(seen, x, [.. over.Select(axis => (int)(axis < 0 ? axis + x.Dimensions : axis))], shape);
            case "softmax" or "log_softmax" when Axis(a[1], x) is var along && seen.Axes[along] is not null:
                return seen.Map((axis, s) => axis == along ? null : s).And("softmax over all places", true);
            case "matmul" or "bmm" or "einsum" or "linear" or "addmm" or "scaled_dot_product_attention":
                return Mix(op, known, x, shape);
            default:
                var all = shape.Length == x.Dimensions || known.Count > 1 ? Together(known, shape) : new Seen(new Sight?[shape.Length], Lost(seen, [.. Enumerable.Range(0, x.Dimensions)], op));
                return Wide.TryGetValue(op, out var word) ? all.And(word, true) : all;
        }
    }

    // Elementwise: axes are counted from the last, as libtorch broadcasts them.
    private Seen Together(List<Tensor> known, long[] shape)
    {
        var axes = new Sight?[shape.Length];
        var broken = new bool[shape.Length];
        foreach (var tensor in known)
        {
            var seen = Look(tensor);
            for (var k = 1; k <= Math.Min(seen.Axes.Count, shape.Length); k++)
            {
                var (mine, at) = (seen.Axes[^k], shape.Length - k);
                if (mine is not null)
                {
                    axes[at] = axes[at] is { } there ? there.Join(mine) : mine;
                    broken[at] |= axes[at] is null;
                }
            }
        }

        return new([.. axes.Select((s, i) => broken[i] ? null : s)], [.. known.SelectMany(t => Look(t).Global).Distinct(StringComparer.Ordinal)]);
    }

    // Axes that stay as they are, counted from both ends, keep what they see; between them places are mixed with other axes.
    private static Seen Reshape(Seen seen, long[] from, long[] to)
    {
        var axes = new Sight?[to.Length];
        var (first, last) = (0, 0);
        while (last < Math.Min(from.Length, to.Length) && from[^(last + 1)] == to[^(last + 1)])
        {
            last++;
            axes[^last] = seen.Axes[^last];
        }

        while (first < Math.Min(from.Length, to.Length) - last && from[first] == to[first])
        {
            axes[first] = seen.Axes[first];
            first++;
        }

        return new(axes, Lost(seen, [.. Enumerable.Range(first, from.Length - last - first)], "all places in one list"));
    }

    private static Seen Reduce(Seen seen, Tensor x, int[] over, long[] shape)
    {
        var kept = shape.Length == x.Dimensions;
        return new([.. seen.Axes.Select((s, axis) => (s, axis)).Where(p => kept || !over.Contains(p.axis)).Select(p => over.Contains(p.axis) ? null : p.s)], Lost(seen, over, "global pooling"));
    }

    // The last axes are multiplied out; what stands before them stays.
    private Seen Mix(string op, List<Tensor> known, Tensor x, long[] shape)
    {
        var seen = Look(x);
        if (op == "linear" && seen.Axes.Count == shape.Length)
        {
            return new([.. seen.Axes.SkipLast(1), null], Lost(seen, [shape.Length - 1], "linear layers"));
        }

        var lost = known.SelectMany(t => Lost(Look(t), [.. Enumerable.Range(0, t.Dimensions)], "matrix products over places")).Distinct(StringComparer.Ordinal).ToList();
        return new(new Sight?[shape.Length], lost);
    }

    private static IReadOnlyList<string> Lost(Seen seen, int[] axes, string word) =>
        axes.Any(axis => axis < seen.Axes.Count && seen.Axes[axis] is not null) ? [.. seen.Global.Append(word).Distinct(StringComparer.Ordinal)] : seen.Global;

    private Seen Look(Tensor tensor) => _seen.TryGetValue(tensor, out var seen) ? seen : new(new Sight?[tensor.Dimensions], []);

    private static int Axis(object? argument, Tensor x) => (int)(Convert.ToInt64(argument) is var axis && axis < 0 ? axis + x.Dimensions : axis);

    private static long[] Longs(object? argument) => argument as long[] ?? [];

    /// <summary>What a tensor sees: along each of its axes (null where it is no axis of places), and by what all places come together.</summary>
    private sealed record Seen(IReadOnlyList<Sight?> Axes, IReadOnlyList<string> Global)
    {
        public Seen Map(Func<int, Sight, Sight?> change) => this with { Axes = [.. Axes.Select((s, axis) => s is null ? null : change(axis, s))] };

        // The spatial axes, counted from 0.
        public Seen Grid(Func<int, Sight, Sight?> change) => Map((axis, s) => axis < 2 ? s : change(axis - 2, s));

        public Seen And(string word, bool when) => when && !Global.Contains(word) ? this with { Global = [.. Global, word] } : this;
    }
}

using System.Numerics;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Resampling;

public static partial class Resample
{
    /// <summary>Labels between the same outer faces in another number of voxels.</summary>
    /// <param name="map">The labels.</param>
    /// <param name="to">The new grid.</param>
    /// <param name="order">
    /// Nearest; linear: a voxel takes the label that makes up at least half of it (of two halves the larger number), 0 where none
    /// does; cubic: the same with a spline through each label's mask.
    /// </param>
    /// <param name="cancel">Stops the work.</param>
    public static LabelMap Labels(LabelMap map, Extent to, Interpolation order = Interpolation.Linear, CancellationToken cancel = default) =>
        Labels(map, to, new ResampleOptions { Order = order, SeparateCoarse = false }, cancel);

    /// <summary>Labels in another number of voxels, a coarse axis apart where the options say so.</summary>
    /// <inheritdoc cref="Labels(LabelMap, Extent, Interpolation, CancellationToken)"/>
    public static LabelMap Labels(LabelMap map, Extent to, ResampleOptions options, CancellationToken cancel = default)
    {
        if (to == map.Extent)
        {
            return map;
        }

        var geometry = map.Geometry.Resized(to);
        var labels = Labels<ushort>(map.Labels, map.Extent, to, options, options.CoarseAxis(map.Geometry.Spacing, geometry.Spacing), cancel);
        return new LabelMap(map.Name, geometry, labels, map.Path);
    }

    /// <summary>Whole numbers of any type in another number of voxels; negative ones, such as nnU-Net's −1 outside of the body, are labels like others.</summary>
    /// <param name="source">The labels, x fastest.</param>
    /// <param name="from">Their grid.</param>
    /// <param name="to">The new grid.</param>
    /// <param name="options">Orders.</param>
    /// <param name="coarseAxis">0, 1 or 2 for x, y or z; null: all axes alike.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <remarks>Source: batchgenerators' <c>resize_segmentation</c> and nnU-Net's <c>resample_data_or_seg</c>. Differs: no array of classes × voxels, nor a mask of every class, is made.</remarks>
    public static T[] Labels<T>(ReadOnlySpan<T> source, Extent from, Extent to, ResampleOptions options, int? coarseAxis, CancellationToken cancel = default)
        where T : unmanaged, IBinaryInteger<T>
    {
        UsageException.ThrowIfAny(options.Check());
        if (source.Length != from.Count)
        {
            throw new ArgumentException($"{source.Length} labels; {from} needs {from.Count}", nameof(source));
        }

        if (from == to)
        {
            return source.ToArray();
        }

        if (coarseAxis is not { } axis)
        {
            return LabelsOnce(source, from, to, (options.Order, options.Order, options.Order), cancel);
        }

        // As in the original, the planes first and then the coarse axis by itself.
        (Interpolation, Interpolation, Interpolation) Orders(Interpolation fine, Interpolation coarse) =>
            (axis == 0 ? coarse : fine, axis == 1 ? coarse : fine, axis == 2 ? coarse : fine);
        var middle = axis switch
        {
            0 => to with { Width = from.Width },
            1 => to with { Height = from.Height },
            _ => to with { Depth = from.Depth },
        };
        var fine = LabelsOnce(source, from, middle, Orders(options.Order, Interpolation.Nearest), cancel);
        return LabelsOnce<T>(fine, middle, to, Orders(Interpolation.Nearest, options.CoarseOrder), cancel);
    }

    private static unsafe T[] LabelsOnce<T>(ReadOnlySpan<T> source, Extent from, Extent to, (Interpolation X, Interpolation Y, Interpolation Z) orders, CancellationToken cancel)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (from == to)
        {
            return source.ToArray();
        }

        if (orders.X == Interpolation.Cubic || orders.Y == Interpolation.Cubic || orders.Z == Interpolation.Cubic)
        {
            return CubicLabels(source, from, to, orders, cancel);
        }

        var (x, y, z) = (new LinearAxis(from.Width, to.Width, orders.X), new LinearAxis(from.Height, to.Height, orders.Y), new LinearAxis(from.Depth, to.Depth, orders.Z));
        var result = new T[checked((int)to.Count)];
        fixed (T* old = source, made = result)
        {
            var (a, b) = ((nint)old, (nint)made);
            InParallel(to.Depth, cancel, () => 0, (i, _) => LabelPage((T*)a, from, (T*)b + (i * to.PageCount), to, x, y, z, i));
        }

        return result;
    }

    private static unsafe void LabelPage<T>(T* source, Extent from, T* target, Extent to, LinearAxis x, LinearAxis y, LinearAxis z, int page)
        where T : unmanaged, IBinaryInteger<T>
    {
        var near = source + (z.Lows[page] * from.PageCount);
        var far = source + (Math.Min(z.Lows[page] + 1, from.Depth - 1) * from.PageCount);
        var lows = x.Lows;
        var (wz, weights) = (z.Weights[page], x.Weights);
        Span<T> labels = stackalloc T[8];
        Span<double> shares = stackalloc double[8];
        for (var row = 0; row < to.Height; row++, target += to.Width)
        {
            var (up, down, wy) = ((long)y.Lows[row] * from.Width, (long)Math.Min(y.Lows[row] + 1, from.Height - 1) * from.Width, y.Weights[row]);
            var p = near + up;
            var q = near + down;
            var r = far + up;
            var s = far + down;
            for (var column = 0; column < to.Width; column++)
            {
                var left = lows[column];
                var right = Math.Min(left + 1, from.Width - 1);
                var first = p[left];
                if (first == p[right] && first == q[left] && first == q[right] && first == r[left] && first == r[right] && first == s[left] && first == s[right])
                {
                    target[column] = first;
                    continue;
                }

                (labels[0], labels[1], labels[2], labels[3], labels[4], labels[5], labels[6], labels[7]) = (first, p[right], q[left], q[right], r[left], r[right], s[left], s[right]);
                var wx = weights[column];
                for (var k = 0; k < 8; k++)
                {
                    shares[k] = ((k & 4) == 0 ? 1 - wz : wz) * ((k & 2) == 0 ? 1 - wy : wy) * ((k & 1) == 0 ? 1 - wx : wx);
                }

                target[column] = Majority(labels, shares);
            }
        }
    }

    // The largest label with a share of at least half; 0 without one.
    private static T Majority<T>(ReadOnlySpan<T> labels, ReadOnlySpan<double> shares)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (found, winner) = (false, T.Zero);
        for (var k = 0; k < labels.Length; k++)
        {
            if (found && labels[k] <= winner)
            {
                continue;
            }

            var share = 0.0;
            for (var j = 0; j < labels.Length; j++)
            {
                share += labels[j] == labels[k] ? shares[j] : 0;
            }

            if (share >= 0.5)
            {
                (found, winner) = (true, labels[k]);
            }
        }

        return winner;
    }

    // One class after another, each as a mask in double precision.
    private static T[] CubicLabels<T>(ReadOnlySpan<T> source, Extent from, Extent to, (Interpolation X, Interpolation Y, Interpolation Z) orders, CancellationToken cancel)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (x, y, z) = (AxisMatrix.Between(from.Width, to.Width, orders.X), AxisMatrix.Between(from.Height, to.Height, orders.Y), AxisMatrix.Between(from.Depth, to.Depth, orders.Z));
        var result = new T[checked((int)to.Count)];
        var classes = new HashSet<T>();
        foreach (var label in source)
        {
            classes.Add(label);
        }

        var mask = new double[source.Length];
        foreach (var label in classes.Order())
        {
            for (var i = 0; i < mask.Length; i++)
            {
                mask[i] = source[i] == label ? 1 : 0;
            }

            var share = Apply<double>(mask, x, y, z, cancel);
            for (var i = 0; i < share.Length; i++)
            {
                if (share[i] >= 0.5)
                {
                    result[i] = label;
                }
            }
        }

        return result;
    }
}

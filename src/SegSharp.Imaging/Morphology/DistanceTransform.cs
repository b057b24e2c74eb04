using System.Numerics;

namespace SegSharp.Imaging.Morphology;

/// <summary>The exact distance of every voxel to the nearest marked voxel.</summary>
/// <remarks>
/// Source: Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions", algorithm 1, one axis after the other;
/// marked voxels part a line into stretches that do not see each other. Parity: <c>scipy.ndimage.distance_transform_edt</c>, 1e-9;
/// exact for spacing 1. Uses all cores.
/// </remarks>
public static class DistanceTransform
{
    /// <summary>Euclidean distances between voxel centres; 0 where marked, infinity everywhere when nothing is marked.</summary>
    /// <param name="marked">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="spacing">Units per voxel; null counts voxels.</param>
    public static double[] Euclidean(ReadOnlySpan<bool> marked, Extent extent, Triple? spacing = null) => Euclidean<double>(marked, extent, spacing);

    /// <summary>The squares of the distances of <see cref="Euclidean"/>; whole numbers when voxels are counted.</summary>
    /// <inheritdoc cref="Euclidean"/>
    public static double[] Squared(ReadOnlySpan<bool> marked, Extent extent, Triple? spacing = null) => Squared<double>(marked, extent, spacing);

    /// <summary>The distances of <see cref="Euclidean"/> in single or double precision; single (within 1e-6 of the distance) needs half the memory.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <inheritdoc cref="Euclidean"/>
    public static T[] Euclidean<T>(ReadOnlySpan<bool> marked, Extent extent, Triple? spacing = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Transform<T>(marked, extent, spacing, root: true);

    /// <summary>The squares of the distances in single or double precision; in single, whole numbers are exact up to 2²⁴.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <inheritdoc cref="Euclidean"/>
    public static T[] Squared<T>(ReadOnlySpan<bool> marked, Extent extent, Triple? spacing = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Transform<T>(marked, extent, spacing, root: false);

    /// <summary>How deep every voxel of a mask lies in it: its distance to the nearest voxel outside; 0 outside.</summary>
    /// <remarks>
    /// As <c>scipy.ndimage.distance_transform_edt</c>, also for a mask that fills the grid: distances are then those to a point one
    /// voxel before the first row (of a volume: the first page), at x = 0 (and y = 0). That is scipy's accident; ask
    /// <see cref="Euclidean"/> for infinity instead.
    /// </remarks>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="spacing">Units per voxel; null counts voxels.</param>
    public static double[] Inside(ReadOnlySpan<bool> mask, Extent extent, Triple? spacing = null)
    {
        if (mask.Contains(false))
        {
            return Euclidean(Inverse(mask), extent, spacing);
        }

        var step = spacing ?? Triple.One;
        var depths = new double[mask.Length];
        var i = 0;
        for (var z = 0; z < extent.Depth; z++)
        {
            for (var y = 0; y < extent.Height; y++)
            {
                for (var x = 0; x < extent.Width; x++, i++)
                {
                    var (down, deep) = extent.Depth == 1 ? (y + 1, z) : (y, z + 1);
                    depths[i] = new Triple(x * step.X, down * step.Y, deep * step.Z).Length;
                }
            }
        }

        return depths;
    }

    /// <summary>Outside the mask the distance to it, inside minus the depth: negative inside, positive outside, nowhere 0.</summary>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="spacing">Units per voxel; null counts voxels.</param>
    /// <returns>Infinity everywhere for an empty mask, minus infinity for one that fills the grid.</returns>
    public static double[] Signed(ReadOnlySpan<bool> mask, Extent extent, Triple? spacing = null)
    {
        var signed = Euclidean(mask, extent, spacing);
        var depths = Euclidean(Inverse(mask), extent, spacing);
        for (var i = 0; i < signed.Length; i++)
        {
            signed[i] = mask[i] ? -depths[i] : signed[i];
        }

        return signed;
    }

    /// <summary>The least number of steps along the axes to a marked voxel; −1 everywhere when nothing is marked.</summary>
    /// <remarks>Parity: <c>scipy.ndimage.distance_transform_cdt</c> with metric "taxicab" of the mask's inverse, exact.</remarks>
    /// <param name="marked">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    public static int[] Taxicab(ReadOnlySpan<bool> marked, Extent extent) => Steps(marked, extent, diagonal: false);

    /// <summary>The least number of steps to a marked voxel, diagonal ones allowed; −1 everywhere when nothing is marked.</summary>
    /// <remarks>Parity: <c>scipy.ndimage.distance_transform_cdt</c> with metric "chessboard" of the mask's inverse, exact.</remarks>
    /// <param name="marked">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    public static int[] Chessboard(ReadOnlySpan<bool> marked, Extent extent) => Steps(marked, extent, diagonal: true);

    private static bool[] Inverse(ReadOnlySpan<bool> mask)
    {
        var inverse = new bool[mask.Length];
        for (var i = 0; i < inverse.Length; i++)
        {
            inverse[i] = !mask[i];
        }

        return inverse;
    }

    private static void CheckLength(ReadOnlySpan<bool> marked, Extent extent)
    {
        if (marked.Length != extent.Count)
        {
            throw new ArgumentException($"{marked.Length} voxels; {extent} needs {extent.Count}", nameof(marked));
        }
    }

    private static unsafe T[] Transform<T>(ReadOnlySpan<bool> marked, Extent extent, Triple? spacing, bool root)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLength(marked, extent);
        var (width, height, depth) = (extent.Width, extent.Height, extent.Depth);
        var step = spacing ?? Triple.One;
        var field = new T[marked.Length];
        var page = width * height;
        fixed (bool* p = marked)
        {
            var mask = (nint)p;
            Rows.InParallel(depth == 1 ? 1 : depth, extent.Count, (from, to) =>
            {
                var lines = new Lines<T>(height, step.Y);
                for (var z = from; z < to; z++)
                {
                    for (var row = z * height; row < (z + 1) * height; row++)
                    {
                        Lines<T>.AlongX(new ReadOnlySpan<bool>((bool*)mask + (row * width), width), field.AsSpan(row * width, width), step.X);
                    }

                    lines.Across(field, z * page, width, width, root && depth == 1);
                }
            });
        }

        if (depth > 1)
        {
            Rows.InParallel(height, extent.Count, (from, to) =>
            {
                var lines = new Lines<T>(depth, step.Z);
                for (var y = from; y < to; y++)
                {
                    lines.Across(field, y * width, width, page, root);
                }
            });
        }

        return field;
    }

    // Two sweeps: what comes before in memory, then what comes after.
    private static int[] Steps(ReadOnlySpan<bool> marked, Extent extent, bool diagonal)
    {
        CheckLength(marked, extent);
        const int Far = int.MaxValue / 2;
        var steps = new int[marked.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = marked[i] ? 0 : Far;
        }

        var before = Neighbourhood.Before(extent.Depth == 1, diagonal ? Connectivity.Full : Connectivity.Faces);
        for (var sign = 1; sign >= -1; sign -= 2)
        {
            for (var n = 0; n < steps.Length; n++)
            {
                var i = sign > 0 ? n : steps.Length - 1 - n;
                if (steps[i] == 0)
                {
                    continue;
                }

                var (x, y, z) = (i % extent.Width, i / extent.Width % extent.Height, i / extent.Width / extent.Height);
                foreach (var (dx, dy, dz) in before)
                {
                    var (nx, ny, nz) = (x + (sign * dx), y + (sign * dy), z + (sign * dz));
                    if ((uint)nx < (uint)extent.Width && (uint)ny < (uint)extent.Height && (uint)nz < (uint)extent.Depth)
                    {
                        steps[i] = Math.Min(steps[i], steps[nx + (extent.Width * (ny + (extent.Height * nz)))] + 1);
                    }
                }
            }
        }

        foreach (ref var s in steps.AsSpan())
        {
            s = s >= Far ? -1 : s;
        }

        return steps;
    }

    // Lower envelopes of parabolas along lines of one length.
    private sealed class Lines<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Neighbouring lines that are taken together: a cache line of doubles and its successor.
        private const int Together = 16;

        private readonly int _count;
        private readonly double _step;
        private readonly double[] _block;
        private readonly double[] _border;
        private readonly double[] _height;
        private readonly int[] _apex;
        private readonly double[] _half;    // 1 / (2·step²·k)

        public Lines(int count, double step)
        {
            (_count, _step) = (count, step);
            _block = new double[Together * count];
            (_border, _height, _apex, _half) = (new double[count + 1], new double[count], new int[count], new double[count]);
            for (var k = 1; k < count; k++)
            {
                _half[k] = 1 / (2 * step * step * k);
            }
        }

        /// <summary>The squared distance within a row: to the nearest marked voxel on the left or on the right.</summary>
        public static void AlongX(ReadOnlySpan<bool> marked, Span<T> row, double step)
        {
            var x = marked.IndexOf(true);
            if (x < 0)
            {
                row.Fill(T.PositiveInfinity);
                return;
            }

            for (var k = 0; k < x; k++)
            {
                row[k] = Square((x - k) * step);
            }

            while (x < row.Length)
            {
                // The row is all zeros when it comes, so marked voxels are done.
                var gap = marked[x..].IndexOf(false);
                if (gap < 0)
                {
                    return;
                }

                var last = x + gap - 1;
                var next = marked[(last + 1)..].IndexOf(true);
                if (next < 0)
                {
                    for (var k = last + 1; k < row.Length; k++)
                    {
                        row[k] = Square((k - last) * step);
                    }

                    return;
                }

                x = last + 1 + next;
                for (var k = last + 1; k < x; k++)
                {
                    row[k] = Square(Math.Min(k - last, x - k) * step);
                }
            }
        }

        /// <summary>Carries the squared distances along <paramref name="lines"/> lines that begin side by side.</summary>
        public void Across(T[] field, int start, int lines, int stride, bool root)
        {
            for (var at = 0; at < lines; at += Together)
            {
                Block(field, start + at, Math.Min(Together, lines - at), stride, root);
            }
        }

        private static T Square(double d) => T.CreateTruncating(d * d);

        private void Block(T[] field, int start, int lines, int stride, bool root)
        {
            var (block, count) = (_block, _count);
            var any = false;
            for (var q = 0; q < count; q++)
            {
                var row = field.AsSpan(start + (q * stride), lines);
                for (var k = 0; k < row.Length; k++)
                {
                    var value = double.CreateTruncating(row[k]);
                    any |= value != 0;
                    block[(k * count) + q] = value;
                }
            }

            if (!any)
            {
                return;
            }

            for (var k = 0; k < lines; k++)
            {
                Line(block.AsSpan(k * count, count));
            }

            for (var q = 0; q < count; q++)
            {
                var row = field.AsSpan(start + (q * stride), lines);
                for (var k = 0; k < row.Length; k++)
                {
                    var value = block[(k * count) + q];
                    row[k] = T.CreateTruncating(root ? Math.Sqrt(value) : value);
                }
            }
        }

        // No parabola reaches beyond a zero: every stretch between two is a line of its own.
        private void Line(Span<double> line)
        {
            for (var from = 0; from < line.Length; from++)
            {
                if (line[from] == 0)
                {
                    continue;
                }

                var to = from + 1;
                while (to < line.Length && line[to] != 0)
                {
                    to++;
                }

                Stretch(line, Math.Max(from - 1, 0), Math.Min(to, line.Length - 1));
                from = to;
            }
        }

        private void Stretch(Span<double> line, int first, int end)
        {
            var (border, height, apex, half) = (_border, _height, _apex, _half);
            var last = -1;
            for (var q = first; q <= end; q++)
            {
                var value = line[q];
                if (double.IsPositiveInfinity(value))
                {
                    continue;
                }

                var meet = double.NegativeInfinity;
                while (last >= 0)
                {
                    var p = apex[last];
                    meet = ((value - height[last]) * half[q - p]) + ((q + p) * 0.5);
                    if (meet > border[last])
                    {
                        break;
                    }

                    last--;
                }

                last++;
                apex[last] = q;
                height[last] = value;
                border[last] = last == 0 ? double.NegativeInfinity : meet;
            }

            if (last < 0)
            {
                return;
            }

            border[last + 1] = double.PositiveInfinity;
            for (int q = first, k = 0; q <= end; q++)
            {
                while (border[k + 1] < q)
                {
                    k++;
                }

                var away = (q - apex[k]) * _step;
                line[q] = (away * away) + height[k];
            }
        }
    }
}

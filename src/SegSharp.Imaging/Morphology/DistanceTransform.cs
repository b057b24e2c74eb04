namespace SegSharp.Imaging.Morphology;

/// <summary>The exact Euclidean distance of every voxel to the nearest marked voxel.</summary>
/// <remarks>Source: Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions", algorithm 1, one axis after the other. Parity: brute force, exact for spacing 1.</remarks>
public static class DistanceTransform
{
    /// <summary>Distances between voxel centres; 0 where marked, infinity everywhere when nothing is marked.</summary>
    /// <param name="marked">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="spacing">Units per voxel; null counts voxels.</param>
    public static double[] Euclidean(ReadOnlySpan<bool> marked, Extent extent, Triple? spacing = null)
    {
        var squared = Squared(marked, extent, spacing);
        foreach (ref var d in squared.AsSpan())
        {
            d = Math.Sqrt(d);
        }

        return squared;
    }

    /// <summary>The squares of the distances of <see cref="Euclidean"/>; whole numbers when voxels are counted.</summary>
    /// <inheritdoc cref="Euclidean"/>
    public static double[] Squared(ReadOnlySpan<bool> marked, Extent extent, Triple? spacing = null)
    {
        if (marked.Length != extent.Count)
        {
            throw new ArgumentException($"{marked.Length} voxels; {extent} needs {extent.Count}", nameof(marked));
        }

        var field = new double[marked.Length];
        for (var i = 0; i < field.Length; i++)
        {
            field[i] = marked[i] ? 0 : double.PositiveInfinity;
        }

        var (w, h, d) = (extent.Width, extent.Height, extent.Depth);
        var step = spacing ?? Triple.One;
        var scratch = new Scratch(Math.Max(w, Math.Max(h, d)));
        for (var line = 0; line < h * d; line++)
        {
            scratch.Pass(field, line * w, 1, w, step.X);
        }

        for (var z = 0; z < d; z++)
        {
            for (var x = 0; x < w; x++)
            {
                scratch.Pass(field, (z * w * h) + x, w, h, step.Y);
            }
        }

        if (d > 1)
        {
            for (var line = 0; line < w * h; line++)
            {
                scratch.Pass(field, line, w * h, d, step.Z);
            }
        }

        return field;
    }

    // The lower envelope of parabolas along one line.
    private sealed class Scratch(int longest)
    {
        private readonly double[] _value = new double[longest];
        private readonly double[] _border = new double[longest + 1];
        private readonly int[] _apex = new int[longest];

        public void Pass(double[] field, int start, int stride, int count, double step)
        {
            var last = -1;
            for (var q = 0; q < count; q++)
            {
                var value = field[start + (q * stride)];
                _value[q] = value;
                if (double.IsPositiveInfinity(value))
                {
                    continue;
                }

                var border = double.NegativeInfinity;
                while (last >= 0)
                {
                    var p = _apex[last];
                    border = ((value - _value[p]) / (2 * step * step * (q - p))) + ((q + p) / 2.0);
                    if (border > _border[last])
                    {
                        break;
                    }

                    last--;
                }

                last++;
                _apex[last] = q;
                _border[last] = last == 0 ? double.NegativeInfinity : border;
            }

            if (last < 0)
            {
                return;
            }

            _border[last + 1] = double.PositiveInfinity;
            for (int q = 0, k = 0; q < count; q++)
            {
                while (_border[k + 1] < q)
                {
                    k++;
                }

                var away = (q - _apex[k]) * step;
                field[start + (q * stride)] = (away * away) + _value[_apex[k]];
            }
        }
    }
}

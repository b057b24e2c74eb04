namespace SegSharp.Imaging.Resampling.Warping;

/// <summary>The coefficients of the cubic B-spline through the voxels of a part of an image, mirrored at the part's border, in single precision.</summary>
/// <remarks>Source: Unser, Aldroubi and Eden 1991, as <see cref="SplineLine"/> has it; here many lines at once, for speed.</remarks>
internal static class SplineCoefficients
{
    private const float Pole = -0.26794919243112270647f;
    private const float Gain = 6;

    // |Pole| to this power is below what single precision holds.
    private const int Horizon = 14;

    public static float[] Of(ReadOnlySpan<float> image, Extent whole, (int X, int Y, int Z) corner, Extent part)
    {
        var values = new float[part.Count];
        for (var line = 0; line < part.Height * part.Depth; line++)
        {
            var (y, z) = (line % part.Height, line / part.Height);
            image.Slice(((((corner.Z + z) * whole.Height) + corner.Y + y) * whole.Width) + corner.X, part.Width).CopyTo(values.AsSpan(line * part.Width));
        }

        var (w, h, d) = (part.Width, part.Height, part.Depth);
        if (w > 1)
        {
            // Rows are turned in blocks, so that all axes run the same quick way.
            Resample.InParallel(d * ((h + 7) / 8), default, () => new float[8 * w], (block, turned) =>
            {
                var (z, y) = (block / ((h + 7) / 8), block % ((h + 7) / 8) * 8);
                var count = Math.Min(8, h - y);
                var rows = values.AsSpan(((z * h) + y) * w, count * w);
                for (var k = 0; k < count; k++)
                {
                    for (var x = 0; x < w; x++)
                    {
                        turned[(x * 8) + k] = rows[(k * w) + x];
                    }
                }

                Filter(turned, w, 8, 8);
                for (var k = 0; k < count; k++)
                {
                    for (var x = 0; x < w; x++)
                    {
                        rows[(k * w) + x] = turned[(x * 8) + k];
                    }
                }
            });
        }

        if (h > 1)
        {
            Resample.InParallel(d, default, () => 0, (z, _) => Filter(values.AsSpan(z * w * h, w * h), h, w, w));
        }

        if (d > 1)
        {
            Resample.InParallel(h, default, () => 0, (y, _) => Filter(values.AsSpan(y * w), d, w, w * h));
        }

        return values;
    }

    // length values, each a run of `lanes` numbers, `stride` apart: lanes lines side by side.
    private static void Filter(Span<float> v, int length, int lanes, int stride)
    {
        for (var i = 0; i < length; i++)
        {
            Scale(v.Slice(i * stride, lanes), Gain);
        }

        // Mirrored: the sum over all values before the first, cut where the pole's powers vanish.
        var first = v[..lanes];
        var start = first.ToArray();
        var power = Pole;
        for (var i = 1; i <= Horizon; i++, power *= Pole)
        {
            var at = (int)SplineLine.Inside((double)i, length, Border.Mirror) * stride;
            WarpRow.AddScaled(at == 0 ? start : v.Slice(at, lanes), power, first);
        }

        for (var i = 1; i < length; i++)
        {
            WarpRow.AddScaled(v.Slice((i - 1) * stride, lanes), Pole, v.Slice(i * stride, lanes));
        }

        var last = v.Slice((length - 1) * stride, lanes);
        WarpRow.AddScaled(v.Slice((length - 2) * stride, lanes), Pole, last);
        Scale(last, Pole / ((Pole * Pole) - 1));
        for (var i = length - 2; i >= 0; i--)
        {
            Back(v.Slice((i + 1) * stride, lanes), v.Slice(i * stride, lanes));
        }
    }

    private static void Scale(Span<float> line, float by)
    {
        foreach (ref var v in line)
        {
            v *= by;
        }
    }

    private static void Back(ReadOnlySpan<float> next, Span<float> here)
    {
        for (var i = 0; i < here.Length; i++)
        {
            here[i] = Pole * (next[i] - here[i]);
        }
    }
}

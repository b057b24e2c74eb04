namespace SegSharp.Imaging.Resampling;

/// <summary>An image that can be asked for its value at any position: a spline through its voxels, in double precision.</summary>
/// <remarks>
/// For rotations and other movements that no matrix per axis can express; where the axes stay, <see cref="Resample"/> is far quicker.
/// Source: scipy.ndimage's <c>map_coordinates</c> and <c>affine_transform</c>. Parity: scipy 1.10.1, 1e-9.
/// </remarks>
public sealed class SplineField
{
    private readonly double[] _coefficients;
    private readonly Extent _padded;
    private readonly Interpolation _order;
    private readonly Border _border;
    private readonly double _outside;
    private readonly (int X, int Y, int Z) _padding;

    /// <summary>Computes the coefficients.</summary>
    /// <param name="voxels">x fastest.</param>
    /// <param name="extent">Their grid. A depth of 1 is a picture: positions are then along x and y.</param>
    /// <param name="order">The spline.</param>
    /// <param name="border">What lies outside.</param>
    /// <param name="outside">The fixed value, for the borders that have one.</param>
    public SplineField(ReadOnlySpan<double> voxels, Extent extent, Interpolation order, Border border = Border.Nearest, double outside = 0)
    {
        if (voxels.Length != extent.Count)
        {
            throw new ArgumentException($"{voxels.Length} voxels; {extent} needs {extent.Count}", nameof(voxels));
        }

        (Extent, _order, _border, _outside) = (extent, order, border, outside);
        var wide = SplineLine.Padding(order, border);
        _padding = (wide, wide, extent.Depth == 1 ? 0 : wide);
        _padded = new Extent(extent.Width + (2 * wide), extent.Height + (2 * wide), extent.Depth + (2 * _padding.Z));
        _coefficients = wide == 0 ? voxels.ToArray() : Padded(voxels);
        if (order == Interpolation.Cubic)
        {
            Filter();
        }
    }

    /// <summary>The grid of the voxels.</summary>
    public Extent Extent { get; }

    /// <summary>The coefficients of the cubic B-spline through the voxels, or the voxels themselves for the other orders, on <see cref="Extent"/>.</summary>
    public double[] Coefficients()
    {
        if (_padding.X == 0)
        {
            return [.. _coefficients];
        }

        var inner = new double[Extent.Count];
        for (var i = 0; i < Extent.Height * Extent.Depth; i++)
        {
            var (y, z) = (i % Extent.Height, i / Extent.Height);
            _coefficients.AsSpan((int)Index(_padding.X, y + _padding.Y, z + _padding.Z), Extent.Width).CopyTo(inner.AsSpan(i * Extent.Width));
        }

        return inner;
    }

    /// <summary>The value at a position in voxels; (0, 0, 0) is the centre of the first.</summary>
    public double At(Triple position)
    {
        Span<double> wx = stackalloc double[4], wy = stackalloc double[4], wz = stackalloc double[4];
        Span<int> ix = stackalloc int[4], iy = stackalloc int[4], iz = stackalloc int[4];
        var taps = SplineLine.Taps(_order);
        var deep = _padded.Depth > 1;
        (wz[0], iz[0]) = (1, 0);
        if (!Line(position.X + _padding.X, _padded.Width, wx, ix) || !Line(position.Y + _padding.Y, _padded.Height, wy, iy)
            || (deep && !Line(position.Z + _padding.Z, _padded.Depth, wz, iz)))
        {
            return _outside;
        }

        var value = 0.0;
        for (var c = 0; c < (deep ? taps : 1); c++)
        {
            for (var b = 0; b < taps; b++)
            {
                var weight = wz[c] * wy[b];
                for (var a = 0; a < taps; a++)
                {
                    var coefficient = ix[a] < 0 || iy[b] < 0 || iz[c] < 0 ? _outside : _coefficients[Index(ix[a], iy[b], iz[c])];
                    value += coefficient * weight * wx[a];
                }
            }
        }

        return value;
    }

    /// <summary>The values on another grid.</summary>
    /// <param name="extent">The new grid.</param>
    /// <param name="toSource">Carries its voxel numbers to positions in this image.</param>
    /// <param name="cancel">Stops the work between two pages.</param>
    public double[] Sample(Extent extent, Affine toSource, CancellationToken cancel = default)
    {
        var result = new double[checked((int)extent.Count)];
        Resample.InParallel(extent.Height * extent.Depth, cancel, () => 0, (line, _) =>
        {
            var (y, z) = (line % extent.Height, line / extent.Height);
            for (var x = 0; x < extent.Width; x++)
            {
                result[((long)line * extent.Width) + x] = At(toSource.Apply(new Triple(x, y, z)));
            }
        });
        return result;
    }

    private bool Line(double position, int length, Span<double> weights, Span<int> indices)
    {
        var at = SplineLine.Inside(position, length, _border);
        if (!double.IsFinite(at) || (at <= -1 && _border == Border.Constant) || Math.Abs(at) > 1e9)
        {
            return false;
        }

        var first = SplineLine.Weights(at, _order, weights);
        for (var k = 0; k < SplineLine.Taps(_order); k++)
        {
            indices[k] = SplineLine.Inside(first + k, length, _border);
        }

        return true;
    }

    private long Index(int x, int y, int z) => ((((long)z * _padded.Height) + y) * _padded.Width) + x;

    private double[] Padded(ReadOnlySpan<double> voxels)
    {
        var padded = new double[checked((int)_padded.Count)];
        var at = 0;
        for (var z = 0; z < _padded.Depth; z++)
        {
            for (var y = 0; y < _padded.Height; y++)
            {
                for (var x = 0; x < _padded.Width; x++, at++)
                {
                    var (sx, sy, sz) = (x - _padding.X, y - _padding.Y, z - _padding.Z);
                    var (cx, cy, cz) = (Math.Clamp(sx, 0, Extent.Width - 1), Math.Clamp(sy, 0, Extent.Height - 1), Math.Clamp(sz, 0, Extent.Depth - 1));
                    padded[at] = _border == Border.GridConstant && (cx, cy, cz) != (sx, sy, sz)
                        ? _outside
                        : voxels[(((cz * Extent.Height) + cy) * Extent.Width) + cx];
                }
            }
        }

        return padded;
    }

    private void Filter()
    {
        var (w, h, d) = (_padded.Width, _padded.Height, _padded.Depth);
        Lines(h * d, w, line => (long)line * w, 1);
        Lines(w * d, h, line => ((long)(line / w) * w * h) + (line % w), w);
        Lines(w * h, d, line => line, (long)w * h);
    }

    private void Lines(int count, int length, Func<int, long> start, long stride)
    {
        if (length < 2)
        {
            return;
        }

        Resample.InParallel(count, default, () => new double[length], (line, values) =>
        {
            var at = start(line);
            for (var i = 0; i < length; i++)
            {
                values[i] = _coefficients[at + (i * stride)];
            }

            SplineLine.Filter(values, _border);
            for (var i = 0; i < length; i++)
            {
                _coefficients[at + (i * stride)] = values[i];
            }
        });
    }
}

namespace SegSharp.Imaging.Resampling.Warping;

/// <summary>A displacement for every voxel, linear in between, the outermost going on outside; of a single plane for all planes alike.</summary>
public sealed class DenseField : IDisplacement
{
    private readonly Extent _extent;
    private readonly float[] _x;
    private readonly float[] _y;
    private readonly float[]? _z;

    /// <summary>A field.</summary>
    /// <param name="extent">Its grid.</param>
    /// <param name="x">Displacements along x, voxels, one per voxel.</param>
    /// <param name="y">Displacements along y.</param>
    /// <param name="z">Displacements along z; null for none.</param>
    public DenseField(Extent extent, float[] x, float[] y, float[]? z)
    {
        if (x.Length != extent.Count || y.Length != extent.Count || (z is not null && z.Length != extent.Count))
        {
            throw new ArgumentException($"a field on {extent} needs {extent.Count} displacements for each axis; there are {x.Length} and {y.Length}");
        }

        (_extent, _x, _y, _z) = (extent, x, y, z);
        Largest = new Triple(Most(x), Most(y), z is null ? 0 : Most(z));
    }

    /// <inheritdoc/>
    public Triple Largest { get; }

    /// <inheritdoc/>
    public void AddOnGrid(int y, int z, WarpRow row)
    {
        z = _extent.Depth == 1 ? 0 : z;
        if (row.Length > _extent.Width || y >= _extent.Height || z >= _extent.Depth)
        {
            throw new ArgumentException($"row ({y}, {z}) of {row.Length} voxels lies outside the field's {_extent}", nameof(row));
        }

        var at = ((z * _extent.Height) + y) * _extent.Width;
        WarpRow.AddScaled(_x.AsSpan(at, row.Length), 1, row.X);
        WarpRow.AddScaled(_y.AsSpan(at, row.Length), 1, row.Y);
        if (_z is not null)
        {
            WarpRow.AddScaled(_z.AsSpan(at, row.Length), 1, row.Z);
        }
    }

    /// <inheritdoc/>
    public void AddAt(WarpRow at, WarpRow row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var (x0, tx) = Place(at.X[i], _extent.Width);
            var (y0, ty) = Place(at.Y[i], _extent.Height);
            var (z0, tz) = Place(at.Z[i], _extent.Depth);
            row.X[i] += At(_x, x0, tx, y0, ty, z0, tz);
            row.Y[i] += At(_y, x0, tx, y0, ty, z0, tz);
            if (_z is not null)
            {
                row.Z[i] += At(_z, x0, tx, y0, ty, z0, tz);
            }
        }
    }

    private static (int First, float Share) Place(float position, int size)
    {
        var p = Math.Clamp(position, 0, size - 1);
        var first = Math.Min((int)p, Math.Max(0, size - 2));
        return (first, p - first);
    }

    private float At(float[] values, int x, float tx, int y, float ty, int z, float tz)
    {
        var (right, below, behind) = (_extent.Width > 1 ? 1 : 0, _extent.Height > 1 ? _extent.Width : 0, _extent.Depth > 1 ? (int)_extent.PageCount : 0);
        var o = (((z * _extent.Height) + y) * _extent.Width) + x;
        float Line(int from) => values[from] + (tx * (values[from + right] - values[from]));
        float Plane(int from)
        {
            var (a, b) = (Line(from), Line(from + below));
            return a + (ty * (b - a));
        }

        var front = Plane(o);
        return tz == 0 ? front : front + (tz * (Plane(o + behind) - front));
    }

    private static double Most(float[] values)
    {
        var most = 0f;
        foreach (var v in values)
        {
            most = Math.Max(most, Math.Abs(v));
        }

        return most;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegSharp.Imaging.Resampling.Warping;

/// <summary>How displacements run between the nodes of a <see cref="ControlGrid"/>.</summary>
public enum GridCurve
{
    /// <summary>Keys 1981 with a = −1/2: passes through the nodes.</summary>
    Keys,

    /// <summary>The cubic B-spline with the nodes as coefficients: smoother, stays between the nodes, and never folds while the nodes stay below 0.4 of their spacing.</summary>
    BSpline,
}

/// <summary>Displacements at the nodes of a coarse grid, with cubic curves in between; node (1, 1, 1) lies on the first voxel.</summary>
/// <remarks>Source: Rueckert et al. 1999, "Nonrigid registration using free-form deformations", equation 1; for the other curve Keys 1981.</remarks>
public sealed class ControlGrid : IDisplacement
{
    private readonly int _columns;
    private readonly int _rows;
    private readonly int _planes;
    private readonly float _spacing;
    private readonly GridCurve _curve;
    private readonly float[] _x;
    private readonly float[] _y;
    private readonly float[] _z;
    private readonly List<(int Start, float[] Weights)> _basis = [];

    /// <summary>A grid of nodes.</summary>
    /// <param name="columns">Nodes in x, 4 or more.</param>
    /// <param name="rows">Nodes in y, 4 or more.</param>
    /// <param name="planes">Nodes in z, 4 or more; 1 where nothing changes along z.</param>
    /// <param name="spacing">Distance of nodes, voxels.</param>
    /// <param name="x">Displacements along x, voxels, [planes, rows, columns].</param>
    /// <param name="y">Displacements along y.</param>
    /// <param name="z">Displacements along z; null for none.</param>
    /// <param name="curve">What lies between the nodes.</param>
    public ControlGrid(int columns, int rows, int planes, float spacing, float[] x, float[] y, float[]? z, GridCurve curve)
    {
        var count = columns * rows * planes;
        if (columns < 4 || rows < 4 || planes is < 1 or 2 or 3 || x.Length != count || y.Length != count || (z is not null && z.Length != count) || !(spacing > 0))
        {
            throw new ArgumentException($"a grid of {columns}x{rows}x{planes} nodes {spacing} voxels apart needs 4 nodes an axis and {count} displacements for each; there are {x.Length} and {y.Length}");
        }

        (_columns, _rows, _planes, _spacing, _curve) = (columns, rows, planes, spacing, curve);
        (_x, _y, _z) = (x, y, z ?? new float[count]);

        // Keys swings over the nodes by at most a quarter on each axis: 1.25 is the sum of the absolute weights halfway.
        var over = curve == GridCurve.BSpline ? 1 : planes == 1 ? 1.5625 : 1.953125;
        Largest = new Triple(Most(_x), Most(_y), Most(_z)) * over;
    }

    /// <inheritdoc/>
    public Triple Largest { get; }

    /// <summary>The same grid with every vector carried through a matrix.</summary>
    public ControlGrid Carried(Affine by)
    {
        var (x, y, z) = (new float[_x.Length], new float[_x.Length], new float[_x.Length]);
        for (var i = 0; i < x.Length; i++)
        {
            var step = by.ApplyToStep(new Triple(_x[i], _y[i], _z[i]));
            (x[i], y[i], z[i]) = ((float)step.X, (float)step.Y, (float)step.Z);
        }

        return new ControlGrid(_columns, _rows, _planes, _spacing, x, y, z, _curve);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddOnGrid(int y, int z, WarpRow row)
    {
        var plane = Plane(z, row);
        var basis = Basis(row.Length);
        var size = _columns * _rows;
        Span<float> weights = stackalloc float[4];
        var first = Place(y, _rows, weights);
        for (var c = 0; c < _columns; c++)
        {
            var (start, shares) = basis[c];
            if (shares.Length == 0)
            {
                continue;
            }

            float dx = 0, dy = 0, dz = 0;
            for (var i = 0; i < 4; i++)
            {
                var at = ((first + i) * _columns) + c;
                dx += weights[i] * plane[at];
                dy += weights[i] * plane[size + at];
                dz += weights[i] * plane[(2 * size) + at];
            }

            WarpRow.AddScaled(shares, dx, row.X.AsSpan(start, shares.Length));
            WarpRow.AddScaled(shares, dy, row.Y.AsSpan(start, shares.Length));
            if (_planes > 1)
            {
                WarpRow.AddScaled(shares, dz, row.Z.AsSpan(start, shares.Length));
            }
        }
    }

    /// <inheritdoc/>
    public void AddAt(WarpRow at, WarpRow row)
    {
        Span<float> wx = stackalloc float[4], wy = stackalloc float[4], wz = stackalloc float[4];
        ref var x = ref MemoryMarshal.GetArrayDataReference(_x);
        ref var y = ref MemoryMarshal.GetArrayDataReference(_y);
        ref var z = ref MemoryMarshal.GetArrayDataReference(_z);
        for (var i = 0; i < row.Length; i++)
        {
            var (column, line, plane) = (Place(at.X[i], _columns, wx), Place(at.Y[i], _rows, wy), 0);
            var deep = 1;
            wz[0] = 1;
            if (_planes > 1)
            {
                (plane, deep) = (Place(at.Z[i], _planes, wz), 4);
            }

            var (dx, dy, dz) = (Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero);
            for (var c = 0; c < deep; c++)
            {
                for (var b = 0; b < 4; b++)
                {
                    var share = Vector128.Create(wz[c] * wy[b]);
                    var from = (nuint)(((((plane + c) * _rows) + line + b) * _columns) + column);
                    dx += share * Vector128.LoadUnsafe(ref x, from);
                    dy += share * Vector128.LoadUnsafe(ref y, from);
                    dz += share * Vector128.LoadUnsafe(ref z, from);
                }
            }

            row.X[i] += Sum(dx, wx);
            row.Y[i] += Sum(dy, wx);
            row.Z[i] += Sum(dz, wx);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sum(Vector128<float> v, ReadOnlySpan<float> w) => ((v[0] * w[0]) + (v[1] * w[1])) + ((v[2] * w[2]) + (v[3] * w[3]));

    private static double Most(float[] values)
    {
        var most = 0f;
        foreach (var v in values)
        {
            most = Math.Max(most, Math.Abs(v));
        }

        return most;
    }

    // The first of the four nodes around a place, and their weights; beyond the grid its last ones go on.
    private int Place(float position, int nodes, Span<float> weights)
    {
        var g = Math.Clamp(position / _spacing, 0, nodes - 3);
        var first = Math.Min((int)g, nodes - 4);
        Weights(g - first, weights);
        return first;
    }

    private void Weights(float t, Span<float> w)
    {
        var (t2, t3) = (t * t, t * t * t);
        if (_curve == GridCurve.Keys)
        {
            w[0] = -0.5f * (t3 - (2 * t2) + t);
            w[1] = 0.5f * ((3 * t3) - (5 * t2) + 2);
            w[2] = -0.5f * ((3 * t3) - (4 * t2) - t);
            w[3] = 0.5f * (t3 - t2);
            return;
        }

        var s = 1 - t;
        w[0] = s * s * s / 6;
        w[1] = ((3 * t3) - (6 * t2) + 4) / 6;
        w[2] = ((-3 * t3) + (3 * t2) + (3 * t) + 1) / 6;
        w[3] = t3 / 6;
    }

    // x, y and z of all nodes, blended along z.
    private float[] Plane(int z, WarpRow row)
    {
        if (row.Blended.TryGetValue(this, out var kept) && kept.Z == z)
        {
            return kept.Nodes;
        }

        var size = _columns * _rows;
        var nodes = kept.Nodes ?? new float[3 * size];
        Array.Clear(nodes);
        Span<float> weights = [1, 0, 0, 0];
        var (first, deep) = _planes > 1 ? (Place(z, _planes, weights), 4) : (0, 1);
        for (var i = 0; i < deep; i++)
        {
            var from = (first + i) * size;
            WarpRow.AddScaled(_x.AsSpan(from, size), weights[i], nodes.AsSpan(0, size));
            WarpRow.AddScaled(_y.AsSpan(from, size), weights[i], nodes.AsSpan(size, size));
            WarpRow.AddScaled(_z.AsSpan(from, size), weights[i], nodes.AsSpan(2 * size, size));
        }

        row.Blended[this] = (z, nodes);
        return nodes;
    }

    // For every column of nodes the voxels that it reaches, and its weight there.
    private List<(int Start, float[] Weights)> Basis(int length)
    {
        lock (_basis)
        {
            if (_basis.Count > 0 && _basis.Max(b => b.Start + b.Weights.Length) == length)
            {
                return _basis;
            }

            var all = new float[_columns][];
            for (var c = 0; c < _columns; c++)
            {
                all[c] = new float[length];
            }

            Span<float> weights = stackalloc float[4];
            var (start, end) = (new int[_columns], new int[_columns]);
            Array.Fill(start, length);
            for (var x = 0; x < length; x++)
            {
                var first = Place(x, _columns, weights);
                for (var i = 0; i < 4; i++)
                {
                    all[first + i][x] = weights[i];
                    start[first + i] = Math.Min(start[first + i], x);
                    end[first + i] = x + 1;
                }
            }

            _basis.Clear();
            for (var c = 0; c < _columns; c++)
            {
                _basis.Add(start[c] < end[c] ? (start[c], all[c][start[c]..end[c]]) : (0, []));
            }

            return _basis;
        }
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SegSharp.Imaging;

namespace SegSharp.Metrics;

/// <summary>Finds the nearest of many points of a grid, in millimetres: exact, and in memory that grows with the surface, not with the volume.</summary>
/// <remarks>
/// Source: Bentley 1975 and Friedman, Bentley and Finkel 1977, k-d tree. A query starts from the point that the query before it found:
/// neighbouring points have neighbouring answers, so that most of the tree is never looked at.
/// </remarks>
internal sealed class NearestPoints
{
    private const int Leaf = 16;
    private const int Lanes = 4;
    private const int Deepest = 40;

    private readonly double[] _x, _y, _z;           // in the order of the leaves; a few beyond the last lie nowhere
    private readonly List<Node> _nodes = [];
    private readonly Triple _spacing;

    public NearestPoints(SurfacePoint[] points, Triple spacing)
    {
        _spacing = spacing;
        SurfacePoint[] ordered = [.. points];
        Build(ordered, 0, ordered.Length);
        (_x, _y, _z) = (Along(ordered, 0), Along(ordered, 1), Along(ordered, 2));
    }

    // Left child follows at once; a leaf has Right 0.
    private readonly record struct Node(int From, int To, int Right, SurfacePoint Low, SurfacePoint High);

    /// <summary>Distances from each of <paramref name="queries"/> to the nearest point, in mm, on all cores.</summary>
    public double[] Distances(SurfacePoint[] queries)
    {
        const int chunk = 4096;
        var distances = new double[queries.Length];
        Parallel.For(0, (queries.Length + chunk - 1) / chunk, i =>
        {
            var from = i * chunk;
            Distances(queries.AsSpan(from, Math.Min(chunk, queries.Length - from)), distances.AsSpan(from));
        });
        return distances;
    }

    private void Distances(ReadOnlySpan<SurfacePoint> queries, Span<double> distances)
    {
        Span<int> waiting = stackalloc int[Deepest];
        var nearest = 0;
        for (var i = 0; i < queries.Length; i++)
        {
            distances[i] = queries[i].IsShared ? 0 : Math.Sqrt(Search(queries[i], ref nearest, waiting));
        }
    }

    private double Search(in SurfacePoint q, ref int nearest, Span<int> waiting)
    {
        var nodes = CollectionsMarshal.AsSpan(_nodes);
        var (qx, qy, qz) = (Vector256.Create((double)q.X), Vector256.Create((double)q.Y), Vector256.Create((double)q.Z));
        var (sx, sy, sz) = (Vector256.Create(_spacing.X), Vector256.Create(_spacing.Y), Vector256.Create(_spacing.Z));
        var best = Squared(q, nearest);
        var count = 0;
        var at = 0;
        while (true)
        {
            ref readonly var node = ref nodes[at];
            if (node.Right == 0)
            {
                // Four at once; those beyond the leaf are points of the next one, or nowhere.
                for (var i = node.From; i < node.To; i += Lanes)
                {
                    var x = (Vector256.Create(_x.AsSpan(i, Lanes)) - qx) * sx;
                    var y = (Vector256.Create(_y.AsSpan(i, Lanes)) - qy) * sy;
                    var z = (Vector256.Create(_z.AsSpan(i, Lanes)) - qz) * sz;
                    var squared = (x * x) + (y * y) + (z * z);
                    if (!Vector256.LessThanAny(squared, Vector256.Create(best)))
                    {
                        continue;
                    }

                    for (var k = 0; k < Lanes; k++)
                    {
                        if (squared[k] < best)
                        {
                            (best, nearest) = (squared[k], i + k);
                        }
                    }
                }
            }
            else
            {
                var (left, right) = (ToBox(q, nodes[at + 1]), ToBox(q, nodes[node.Right]));
                var (near, far, toNear, toFar) = left <= right ? (at + 1, node.Right, left, right) : (node.Right, at + 1, right, left);
                if (toNear < best)
                {
                    if (toFar < best)
                    {
                        waiting[count++] = far;
                    }

                    at = near;
                    continue;
                }
            }

            do
            {
                if (count == 0)
                {
                    return best;
                }

                at = waiting[--count];
            }
            while (ToBox(q, nodes[at]) >= best);
        }
    }

    private static double[] Along(SurfacePoint[] points, int axis)
    {
        var along = new double[points.Length + Lanes];
        for (var i = 0; i < points.Length; i++)
        {
            along[i] = points[i][axis];
        }

        along.AsSpan(points.Length).Fill(double.PositiveInfinity);
        return along;
    }

    private double Squared(in SurfacePoint q, int point)
    {
        var (x, y, z) = ((_x[point] - q.X) * _spacing.X, (_y[point] - q.Y) * _spacing.Y, (_z[point] - q.Z) * _spacing.Z);
        return (x * x) + (y * y) + (z * z);
    }

    private double ToBox(in SurfacePoint q, in Node node)
    {
        var x = Math.Max(Math.Max(node.Low.X - q.X, q.X - node.High.X), 0) * _spacing.X;
        var y = Math.Max(Math.Max(node.Low.Y - q.Y, q.Y - node.High.Y), 0) * _spacing.Y;
        var z = Math.Max(Math.Max(node.Low.Z - q.Z, q.Z - node.High.Z), 0) * _spacing.Z;
        return (x * x) + (y * y) + (z * z);
    }

    private void Build(SurfacePoint[] points, int from, int to)
    {
        var (low, high) = Bounds(points.AsSpan(from, to - from));
        var index = _nodes.Count;
        _nodes.Add(new Node(from, to, 0, low, high));
        if (to - from <= Leaf)
        {
            return;
        }

        var (x, y, z) = ((high.X - low.X) * _spacing.X, (high.Y - low.Y) * _spacing.Y, (high.Z - low.Z) * _spacing.Z);
        var axis = x >= y && x >= z ? 0 : y >= z ? 1 : 2;
        var middle = (from + to) / 2;
        Select(points.AsSpan(from, to - from), middle - from, axis);
        Build(points, from, middle);
        var right = _nodes.Count;
        Build(points, middle, to);
        _nodes[index] = new Node(from, to, right, low, high);
    }

    private static (SurfacePoint Low, SurfacePoint High) Bounds(ReadOnlySpan<SurfacePoint> points)
    {
        var (x0, y0, z0, x1, y1, z1) = (int.MaxValue, int.MaxValue, int.MaxValue, int.MinValue, int.MinValue, int.MinValue);
        foreach (ref readonly var p in points)
        {
            (x0, x1) = (Math.Min(x0, p.X), Math.Max(x1, p.X));
            (y0, y1) = (Math.Min(y0, p.Y), Math.Max(y1, p.Y));
            (z0, z1) = (Math.Min(z0, p.Z), Math.Max(z1, p.Z));
        }

        return (new(x0, y0, z0, false), new(x1, y1, z1, false));
    }

    // Hoare's selection: afterwards nothing before the k-th is larger along the axis, nothing behind it smaller.
    private static void Select(Span<SurfacePoint> points, int k, int axis)
    {
        var (low, high) = (0, points.Length - 1);
        while (low < high)
        {
            var pivot = points[(low + high) / 2][axis];
            var (i, j) = (low, high);
            while (i <= j)
            {
                while (points[i][axis] < pivot)
                {
                    i++;
                }

                while (points[j][axis] > pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (points[i], points[j]) = (points[j], points[i]);
                    i++;
                    j--;
                }
            }

            if (k <= j)
            {
                high = j;
            }
            else if (k >= i)
            {
                low = i;
            }
            else
            {
                return;
            }
        }
    }
}

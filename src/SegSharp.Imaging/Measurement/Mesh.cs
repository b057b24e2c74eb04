namespace SegSharp.Imaging.Measurement;

/// <summary>The surface of a mask by marching cubes: every vertex lies midway between a voxel inside and one outside.</summary>
/// <remarks>
/// Source: Lorensen and Cline 1987. The cases are not listed but derived: on every face of a cube the border is drawn so that inside corners
/// across a diagonal stay apart; the polygons that arise are cut into triangles in the way that gives the largest surface (heptagons:
/// the least), which is how the usual tables cut theirs.
/// </remarks>
internal static class Mesh
{
    // Corner k of a cube; x, y and z of the far corner are the steps to the neighbouring voxels.
    private static readonly (int X, int Y, int Z)[] _corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)];

    private static readonly int[][] _faces = [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 5, 4], [3, 2, 6, 7], [0, 3, 7, 4], [1, 2, 6, 5]];

    // Of every case (bit k: corner k is inside) the triangles; a vertex is the sum of its two corners, so in half voxels.
    private static readonly ((int X, int Y, int Z) A, (int X, int Y, int Z) B, (int X, int Y, int Z) C)[][] _triangles = [.. Enumerable.Range(0, 256).Select(Triangles)];

    /// <summary>Calls back with the three corners of every triangle, in half voxels; seen from outside they run anticlockwise, so that signed volumes add up.</summary>
    /// <param name="mask">One per voxel, x fastest; beyond its faces lies background.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="triangle">The corners.</param>
    public static void Each(ReadOnlySpan<bool> mask, Extent extent, Action<(int X, int Y, int Z), (int X, int Y, int Z), (int X, int Y, int Z)> triangle)
    {
        var (width, height, depth) = (extent.Width, extent.Height, extent.Depth);
        for (var z = -1; z < depth; z++)
        {
            for (var y = -1; y < height; y++)
            {
                for (var x = -1; x < width; x++)
                {
                    var inside = 0;
                    for (var k = 0; k < 8; k++)
                    {
                        var (cx, cy, cz) = (x + _corners[k].X, y + _corners[k].Y, z + _corners[k].Z);
                        if ((uint)cx < (uint)width && (uint)cy < (uint)height && (uint)cz < (uint)depth && mask[cx + (width * (cy + (height * cz)))])
                        {
                            inside |= 1 << k;
                        }
                    }

                    foreach (var (a, b, c) in _triangles[inside])
                    {
                        triangle(Moved(a, x, y, z), Moved(b, x, y, z), Moved(c, x, y, z));
                    }
                }
            }
        }
    }

    private static (int X, int Y, int Z) Moved((int X, int Y, int Z) p, int x, int y, int z) => (p.X + (2 * x), p.Y + (2 * y), p.Z + (2 * z));

    private static ((int X, int Y, int Z) A, (int X, int Y, int Z) B, (int X, int Y, int Z) C)[] Triangles(int inside)
    {
        // On every face, a directed line from vertex to vertex keeps the inside on its one side; the lines close to polygons.
        var next = new Dictionary<(int X, int Y, int Z), (int X, int Y, int Z)>();
        foreach (var face in _faces)
        {
            foreach (var (from, to) in Lines(face, inside))
            {
                next[from] = to;
            }
        }

        var triangles = new List<((int X, int Y, int Z) A, (int X, int Y, int Z) B, (int X, int Y, int Z) C)>();
        while (next.Count > 0)
        {
            var polygon = new List<(int X, int Y, int Z)>();
            for (var at = next.Keys.First(); next.Remove(at, out var to); at = to)
            {
                polygon.Add(at);
            }

            var cuts = Cuts(polygon);
            triangles.AddRange(polygon.Count == 7 ? cuts.MinBy(c => c.Sum(Area))! : cuts.MaxBy(c => c.Sum(Area))!);
        }

        return [.. triangles];
    }

    private static IEnumerable<((int X, int Y, int Z) From, (int X, int Y, int Z) To)> Lines(int[] face, int inside)
    {
        bool In(int k) => ((inside >> face[k & 3]) & 1) != 0;
        (int X, int Y, int Z) Vertex(int k)
        {
            var (a, b) = (_corners[face[k & 3]], _corners[face[(k + 1) & 3]]);
            return (a.X + b.X, a.Y + b.Y, a.Z + b.Z);
        }

        // Seen from outside the cube, faces listed clockwise and anticlockwise must run the same way round.
        var (p, q, r) = (_corners[face[0]], _corners[face[1]], _corners[face[2]]);
        var normal = Cross((q.X - p.X, q.Y - p.Y, q.Z - p.Z), (r.X - p.X, r.Y - p.Y, r.Z - p.Z));
        var outward = ((2 * (p.X + r.X)) - 2, (2 * (p.Y + r.Y)) - 2, (2 * (p.Z + r.Z)) - 2);
        var turns = (normal.X * outward.Item1) + (normal.Y * outward.Item2) + (normal.Z * outward.Item3) > 0;

        // Every stretch of inside corners is cut off by one line from where it begins to where it ends.
        for (var k = 0; k < 4; k++)
        {
            if (!In(k + 3) && In(k))
            {
                var end = k;
                while (In(end + 1))
                {
                    end++;
                }

                yield return turns ? (Vertex(end), Vertex(k + 3)) : (Vertex(k + 3), Vertex(end));
            }
        }
    }

    private static List<List<((int X, int Y, int Z) A, (int X, int Y, int Z) B, (int X, int Y, int Z) C)>> Cuts(List<(int X, int Y, int Z)> polygon)
    {
        if (polygon.Count < 3)
        {
            return [[]];
        }

        var all = new List<List<((int X, int Y, int Z) A, (int X, int Y, int Z) B, (int X, int Y, int Z) C)>>();
        for (var k = 1; k < polygon.Count - 1; k++)
        {
            foreach (var left in Cuts(polygon[..(k + 1)]))
            {
                foreach (var right in Cuts(polygon[k..]))
                {
                    all.Add([(polygon[0], polygon[k], polygon[^1]), .. left, .. right]);
                }
            }
        }

        return all;
    }

    // Rounded, so that equal cuts are taken in the order of their making and not by the last bit.
    private static double Area(((int X, int Y, int Z) A, (int X, int Y, int Z) B, (int X, int Y, int Z) C) t)
    {
        var n = Cross((t.B.X - t.A.X, t.B.Y - t.A.Y, t.B.Z - t.A.Z), (t.C.X - t.A.X, t.C.Y - t.A.Y, t.C.Z - t.A.Z));
        return Math.Round(Math.Sqrt((n.X * n.X) + (n.Y * n.Y) + (n.Z * n.Z)), 9);
    }

    private static (int X, int Y, int Z) Cross((int X, int Y, int Z) a, (int X, int Y, int Z) b) =>
        ((a.Y * b.Z) - (a.Z * b.Y), (a.Z * b.X) - (a.X * b.Z), (a.X * b.Y) - (a.Y * b.X));
}

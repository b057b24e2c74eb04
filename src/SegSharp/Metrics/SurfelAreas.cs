using System.Numerics;
using SegSharp.Imaging;

namespace SegSharp.Metrics;

/// <summary>The area of the surface inside a cube of 2 × 2 × 2 voxel centres, for each of its 256 patterns; in 2D the length of the contour inside a square.</summary>
/// <remarks>
/// Source: Lorensen and Cline 1987, marching cubes: 15 patterns up to turning, mirroring and exchange of inside and outside; corners
/// that touch only over a diagonal are cut off one by one. Parity: google-deepmind/surface-distance 1f805cea. Each triangle is kept
/// as its area seen along x, y and z in units of a voxel's faces, so that any spacing can be put in.
/// Corner i of a pattern lies at x = i &amp; 1, y = (i &gt;&gt; 1) &amp; 1, z = i &gt;&gt; 2.
/// </remarks>
internal static class SurfelAreas
{
    /// <summary>Area in mm² by pattern.</summary>
    public static double[] Of3D(Triple spacing)
    {
        var faces = new Triple(spacing.Y * spacing.Z, spacing.X * spacing.Z, spacing.X * spacing.Y);
        return [.. Enumerable.Range(0, 256).Select(pattern => Triangles(pattern).Sum(t => new Triple(t.X * faces.X, t.Y * faces.Y, t.Z * faces.Z).Length))];
    }

    /// <summary>Length in mm by pattern of four corners.</summary>
    public static double[] Of2D(Triple spacing)
    {
        var cut = new Triple(spacing.X / 2, spacing.Y / 2, 0).Length;
        return [.. Enumerable.Range(0, 16).Select(pattern => pattern switch
        {
            0 or 15 => 0,
            0b0011 or 0b1100 => spacing.X,
            0b0101 or 0b1010 => spacing.Y,
            0b0110 or 0b1001 => 2 * cut,
            _ => cut,
        })];
    }

    private static IEnumerable<Triple> Triangles(int pattern)
    {
        var corners = BitOperations.PopCount((uint)pattern) > 4 ? 255 - pattern : pattern;
        while (corners != 0)
        {
            var part = Part(corners, BitOperations.TrailingZeroCount(corners));
            foreach (var triangle in OfPart(part))
            {
                yield return triangle;
            }

            corners &= ~part;
        }
    }

    // Corners that hang together over edges of the cube.
    private static int Part(int corners, int first)
    {
        var part = 1 << first;
        for (var before = 0; before != part;)
        {
            before = part;
            for (var i = 0; i < 8; i++)
            {
                if ((part >> i & 1) != 0)
                {
                    part |= corners & ((1 << (i ^ 1)) | (1 << (i ^ 2)) | (1 << (i ^ 4)));
                }
            }
        }

        return part;
    }

    private static Triple[] OfPart(int part)
    {
        var corners = Enumerable.Range(0, 8).Where(i => (part >> i & 1) != 0).ToArray();
        int Degree(int corner) => corners.Count(c => BitOperations.PopCount((uint)(c ^ corner)) == 1);
        switch (corners.Length)
        {
            case 1:                                             // a corner cut off: a triangle
                return [All(1 / 8.0)];
            case 2:                                             // an edge: a rectangle
                return [Without(corners[0] ^ corners[1], 1 / 4.0), Without(corners[0] ^ corners[1], 1 / 4.0)];
            case 3:                                             // three of a face: a triangle over it, and a trapezium
                var spread = (corners[0] ^ corners[1]) | (corners[0] ^ corners[2]);
                return [Along(7 & ~spread, 1 / 2.0), All(1 / 4.0), All(1 / 8.0)];
            case 4 when corners.All(c => Degree(c) == 2):       // a face: a square
                return [Along(7 & ~((corners[0] ^ corners[1]) | (corners[0] ^ corners[2])), 1)];
            case 4 when corners.Any(c => Degree(c) == 3):       // a corner and its three neighbours: a flat hexagon
                return [All(1 / 8.0), All(1 / 4.0), All(1 / 4.0), All(1 / 8.0)];
            default:                                            // a path of four: a bent hexagon; the axes of its two end steps stand out
                var ends = corners.Where(c => Degree(c) == 1).ToArray();
                int Step(int end) => end ^ corners.First(c => BitOperations.PopCount((uint)(c ^ end)) == 1);
                return [All(3 / 8.0), Without(Step(ends[0]), 1 / 4.0), All(1 / 8.0), Without(Step(ends[1]), 1 / 4.0)];
        }
    }

    private static Triple All(double area) => new(area, area, area);

    private static Triple Along(int axis, double area) => new(axis == 1 ? area : 0, axis == 2 ? area : 0, axis == 4 ? area : 0);

    private static Triple Without(int axis, double area) => new(axis == 1 ? 0 : area, axis == 2 ? 0 : area, axis == 4 ? 0 : area);
}

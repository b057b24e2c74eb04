namespace SegSharp.Imaging.Measurement;

/// <summary>The shape of an object in millimetres, as radiomics defines it.</summary>
/// <remarks>
/// Source: pyradiomics, shape features in three dimensions. Parity: its recorded baselines, 1e-9 relative where no cube of the mesh is
/// ambiguous (two readings of a face whose inside corners lie across a diagonal); else surface and mesh volume agree within 0.2 %.
/// </remarks>
public sealed record Shape
{
    /// <summary>Voxels times the volume of one, mm³.</summary>
    public required double VoxelVolume { get; init; }

    /// <summary>The volume within the surface, mm³: below the voxels' since the surface cuts their corners.</summary>
    public required double MeshVolume { get; init; }

    /// <summary>The area of the surface by marching cubes, mm².</summary>
    public required double SurfaceArea { get; init; }

    /// <summary>Area over mesh volume, 1/mm.</summary>
    public double SurfaceVolumeRatio => SurfaceArea / MeshVolume;

    /// <summary>The area of a ball of this mesh volume over the area; 1 for a ball.</summary>
    public double Sphericity => Math.Cbrt(36 * Math.PI * MeshVolume * MeshVolume) / SurfaceArea;

    /// <summary>4 √ of the largest variance of the voxel centres: the longest axis of an ellipsoid like it, mm.</summary>
    public required double MajorAxisLength { get; init; }

    /// <summary>The same for the second variance, mm.</summary>
    public required double MinorAxisLength { get; init; }

    /// <summary>The same for the smallest variance, mm.</summary>
    public required double LeastAxisLength { get; init; }

    /// <summary>Minor over major axis; 1 is round, null for a single voxel.</summary>
    public double? Elongation => MajorAxisLength > 0 ? MinorAxisLength / MajorAxisLength : null;

    /// <summary>Least over major axis; 0 is flat, null for a single voxel.</summary>
    public double? Flatness => MajorAxisLength > 0 ? LeastAxisLength / MajorAxisLength : null;

    /// <summary>The largest distance of two points of the surface, mm.</summary>
    public required double Maximum3DDiameter { get; init; }

    /// <summary>The largest distance within one plane of equal z, mm.</summary>
    public required double Maximum2DDiameterSlice { get; init; }

    /// <summary>The largest distance within one plane of equal y, mm.</summary>
    public required double Maximum2DDiameterColumn { get; init; }

    /// <summary>The largest distance within one plane of equal x, mm.</summary>
    public required double Maximum2DDiameterRow { get; init; }

    /// <summary>The shape of the voxels of a mask.</summary>
    /// <param name="mask">One per voxel, x fastest; at least one is set.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="spacing">Millimetres per voxel; axes are taken at right angles.</param>
    public static Shape Of(ReadOnlySpan<bool> mask, Extent extent, Triple spacing)
    {
        var points = new HashSet<(int X, int Y, int Z)>();
        var (area, volume) = (0.0, 0.0);
        Triple Place((int X, int Y, int Z) p) => new(p.X * spacing.X / 2, p.Y * spacing.Y / 2, p.Z * spacing.Z / 2);
        Mesh.Each(mask, extent, (a, b, c) =>
        {
            points.Add(a);
            points.Add(b);
            points.Add(c);
            var (p, q, r) = (Place(a), Place(b), Place(c));
            area += (q - p).Cross(r - p).Length / 2;
            volume += p.Cross(q).Dot(r) / 6;
        });

        var axes = Axes(mask, extent, spacing, out var count);
        var corners = points.ToList();
        return new Shape
        {
            VoxelVolume = count * spacing.X * spacing.Y * spacing.Z,
            MeshVolume = Math.Abs(volume),
            SurfaceArea = area,
            MajorAxisLength = axes[0],
            MinorAxisLength = axes[1],
            LeastAxisLength = axes[2],
            Maximum3DDiameter = Widest(Hull(corners).ConvertAll(Place)),
            Maximum2DDiameterSlice = WidestPlane(corners, p => p.Z, Place),
            Maximum2DDiameterColumn = WidestPlane(corners, p => p.Y, Place),
            Maximum2DDiameterRow = WidestPlane(corners, p => p.X, Place),
        };
    }

    // Four roots of the variances of the voxel centres, largest first.
    private static double[] Axes(ReadOnlySpan<bool> mask, Extent extent, Triple spacing, out long count)
    {
        var (sum, places) = (Triple.Zero, new List<Triple>());
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                var p = new Triple(i % extent.Width * spacing.X, i / extent.Width % extent.Height * spacing.Y, i / extent.Width / extent.Height * spacing.Z);
                sum += p;
                places.Add(p);
            }
        }

        count = places.Count;
        ArgumentOutOfRangeException.ThrowIfZero(count, nameof(mask));
        var centre = sum * (1.0 / count);
        var spread = new double[3, 3];
        foreach (var p in places)
        {
            var d = p - centre;
            for (var i = 0; i < 3; i++)
            {
                for (var j = 0; j < 3; j++)
                {
                    spread[i, j] += d[i] * d[j] / count;
                }
            }
        }

        return [.. Eigenvalues(spread).OrderDescending().Select(e => 4 * Math.Sqrt(Math.Max(0, e)))];
    }

    // Jacobi's rotations of a symmetric matrix.
    private static double[] Eigenvalues(double[,] a)
    {
        for (var sweep = 0; sweep < 60; sweep++)
        {
            foreach (var (p, q) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
            {
                if (a[p, q] == 0)
                {
                    continue;
                }

                var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
                var t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
                var c = 1 / Math.Sqrt((t * t) + 1);
                var s = t * c;
                for (var k = 0; k < 3; k++)
                {
                    (a[k, p], a[k, q]) = ((c * a[k, p]) - (s * a[k, q]), (s * a[k, p]) + (c * a[k, q]));
                }

                for (var k = 0; k < 3; k++)
                {
                    (a[p, k], a[q, k]) = ((c * a[p, k]) - (s * a[q, k]), (s * a[p, k]) + (c * a[q, k]));
                }
            }
        }

        return [a[0, 0], a[1, 1], a[2, 2]];
    }

    private static double WidestPlane(List<(int X, int Y, int Z)> points, Func<(int X, int Y, int Z), int> plane, Func<(int X, int Y, int Z), Triple> place) =>
        points.GroupBy(plane).Max(g => Widest(Hull([.. g]).ConvertAll(p => place(p))));

    // On every line along an axis only the two outermost points can be corners of the hull.
    private static List<(int X, int Y, int Z)> Hull(List<(int X, int Y, int Z)> points)
    {
        foreach (var (line, along) in (((Func<(int X, int Y, int Z), (int, int)>, Func<(int X, int Y, int Z), int>)[])
            [(p => (p.Y, p.Z), p => p.X), (p => (p.X, p.Z), p => p.Y), (p => (p.X, p.Y), p => p.Z)]))
        {
            points = [.. points.GroupBy(line).SelectMany(g => (IEnumerable<(int X, int Y, int Z)>)[g.MinBy(along), g.MaxBy(along)]).Distinct()];
        }

        return points;
    }

    // Pairs far from the centre first: as soon as two radii together cannot win, none of the rest can.
    private static double Widest(List<Triple> points)
    {
        var centre = points.Aggregate(Triple.Zero, (a, b) => a + b) * (1.0 / points.Count);
        var ordered = points.Select(p => (Point: p, Radius: (p - centre).Length)).OrderByDescending(p => p.Radius).ToArray();
        var widest = 0.0;
        for (var i = 1; i < ordered.Length && ordered[i].Radius + ordered[0].Radius > widest; i++)
        {
            for (var j = 0; j < i && ordered[i].Radius + ordered[j].Radius > widest; j++)
            {
                widest = Math.Max(widest, (ordered[i].Point - ordered[j].Point).Length);
            }
        }

        return widest;
    }
}

using SegSharp.Imaging.Morphology;

namespace SegSharp.Imaging.Measurement;

/// <summary>The shape of an object in a single page, in pixels, as microscopy measures cells.</summary>
/// <remarks>Parity: <c>skimage.measure.regionprops</c> 0.19, 1e-9.</remarks>
public sealed record PlanarShape
{
    /// <summary>Pixels.</summary>
    public required long Area { get; init; }

    /// <summary>The length of the outline, with √2 for diagonal steps.</summary>
    public required double Perimeter { get; init; }

    /// <summary>The longer axis of an ellipse with the same second moments.</summary>
    public required double MajorAxisLength { get; init; }

    /// <summary>The shorter axis.</summary>
    public required double MinorAxisLength { get; init; }

    /// <summary>Of that ellipse: 0 is a circle, 1 a line.</summary>
    public double Eccentricity => MajorAxisLength == 0 ? 0 : Math.Sqrt(1 - (MinorAxisLength * MinorAxisLength / (MajorAxisLength * MajorAxisLength)));

    /// <summary>The diameter of a circle of this area.</summary>
    public double EquivalentDiameter => Math.Sqrt(4 * Area / Math.PI);

    /// <summary>The angle from the y axis to the longer axis, anticlockwise as scikit-image counts it, −π/2 … π/2.</summary>
    public required double Orientation { get; init; }

    /// <summary>Area over the pixels of the convex hull; 1 is convex.</summary>
    public required double Solidity { get; init; }

    /// <summary>The shape of the pixels of a mask.</summary>
    /// <param name="mask">One per pixel, x fastest; at least one is set.</param>
    /// <param name="extent">A single page.</param>
    public static PlanarShape Of(ReadOnlySpan<bool> mask, Extent extent)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(extent.Depth, 1);
        var pixels = new List<(int X, int Y)>();
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i])
            {
                pixels.Add((i % extent.Width, i / extent.Width));
            }
        }

        ArgumentOutOfRangeException.ThrowIfZero(pixels.Count, nameof(mask));
        var (mx, my) = (pixels.Average(p => (double)p.X), pixels.Average(p => (double)p.Y));
        var xx = pixels.Average(p => (p.X - mx) * (p.X - mx));
        var yy = pixels.Average(p => (p.Y - my) * (p.Y - my));
        var xy = pixels.Average(p => (p.X - mx) * (p.Y - my));
        var (half, root) = ((xx + yy) / 2, Math.Sqrt(((xx - yy) * (xx - yy) / 4) + (xy * xy)));
        return new PlanarShape
        {
            Area = pixels.Count,
            Perimeter = Outline(mask, extent),
            MajorAxisLength = 4 * Math.Sqrt(half + root),
            MinorAxisLength = 4 * Math.Sqrt(Math.Max(0, half - root)),
            Orientation = xx == yy ? (xy > 0 ? 1 : -1) * Math.PI / 4 : 0.5 * Math.Atan2(2 * xy, yy - xx),
            Solidity = (double)pixels.Count / HullPixels(pixels),
        };
    }

    // Source: Benkrid and Crookes 2000. Every pixel of the outline is weighed by how its neighbours on the outline lie.
    private static double Outline(ReadOnlySpan<bool> mask, Extent extent)
    {
        var core = BinaryMorphology.Erode(mask, extent, StructuringElement.Cross);
        var outline = new bool[core.Length];
        for (var i = 0; i < outline.Length; i++)
        {
            outline[i] = mask[i] && !core[i];
        }

        var length = 0.0;
        for (var i = 0; i < outline.Length; i++)
        {
            var (sides, corners) = (0, 0);
            foreach (var step in Neighbourhood.All(page: true, Connectivity.Full))
            {
                if (Neighbourhood.At(i, step, extent) is >= 0 and var n && outline[n])
                {
                    (sides, corners) = step.X == 0 || step.Y == 0 ? (sides + 1, corners) : (sides, corners + 1);
                }
            }

            length += !outline[i] ? 0 : (sides, corners) switch
            {
                (2 or 3, 0) or (2 or 3, 1) or (2 or 3, 2) => 1,
                (0, 2) or (1, 3) => Math.Sqrt(2),
                (1, 1) or (1, 2) => (1 + Math.Sqrt(2)) / 2,
                _ => 0,
            };
        }

        return length;
    }

    // Pixel centres within or on the hull of the pixels' side midpoints; doubled coordinates keep everything whole.
    private static long HullPixels(List<(int X, int Y)> pixels)
    {
        var points = pixels.SelectMany(p => ((int X, int Y)[])[((2 * p.X) - 1, 2 * p.Y), ((2 * p.X) + 1, 2 * p.Y), (2 * p.X, (2 * p.Y) - 1), (2 * p.X, (2 * p.Y) + 1)])
            .Distinct().Order().ToList();
        var hull = new List<(int X, int Y)>();
        foreach (var side in (IEnumerable<(int X, int Y)>[])[points, Enumerable.Reverse(points)])
        {
            var start = hull.Count;
            foreach (var p in side)
            {
                while (hull.Count >= start + 2 && Turn(hull[^2], hull[^1], p) <= 0)
                {
                    hull.RemoveAt(hull.Count - 1);
                }

                hull.Add(p);
            }

            hull.RemoveAt(hull.Count - 1);
        }

        var count = 0L;
        for (var y = pixels.Min(p => p.Y); y <= pixels.Max(p => p.Y); y++)
        {
            for (var x = pixels.Min(p => p.X); x <= pixels.Max(p => p.X); x++)
            {
                var inside = true;
                for (var k = 0; inside && k < hull.Count; k++)
                {
                    inside = Turn(hull[k], hull[(k + 1) % hull.Count], (2 * x, 2 * y)) >= 0;
                }

                count += inside ? 1 : 0;
            }
        }

        return count;
    }

    private static long Turn((int X, int Y) a, (int X, int Y) b, (int X, int Y) c) =>
        ((long)(b.X - a.X) * (c.Y - a.Y)) - ((long)(b.Y - a.Y) * (c.X - a.X));
}

using SegSharp.Foundation;

namespace SegSharp.Imaging.Morphology;

/// <summary>Which local maxima count.</summary>
public sealed record PeakOptions
{
    /// <summary>The least number of steps (on the axis where they are most) between two peaks.</summary>
    public int MinDistance { get; init; } = 1;

    /// <summary>A peak is higher than this; null takes the lowest value of the image.</summary>
    public double? Threshold { get; init; }

    /// <summary>Voxels at the grid's faces where no peak is looked for; null takes <see cref="MinDistance"/>.</summary>
    public int? Border { get; init; }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (MinDistance < 1)
        {
            yield return Fault.At("peaks.minDistance", $"is {MinDistance}; it must be 1 or more");
        }

        if (Border < 0)
        {
            yield return Fault.At("peaks.border", $"is {Border}; it must be 0 or more");
        }
    }
}

/// <summary>Finds local maxima, for instance of a distance transform: one for every cell.</summary>
/// <remarks>Parity: <c>skimage.feature.peak_local_max</c> 0.19. Differs: equally high peaks that are too close leave the one that comes first in memory.</remarks>
public static class Peaks
{
    /// <summary>The peaks as voxel numbers (x fastest), the highest first.</summary>
    /// <param name="image">Values, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="options">Distances and thresholds; checked.</param>
    public static IReadOnlyList<int> Find(ReadOnlySpan<double> image, Extent extent, PeakOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        var threshold = options.Threshold ?? Lowest(image);
        var border = options.Border ?? options.MinDistance;
        var peaks = Region(image.ToArray(), null, extent, threshold, options.MinDistance);
        return [.. peaks.Where(i => IsWithin(i, extent, border))];
    }

    /// <summary>The peaks within every object by itself, whatever its neighbours hold; object by object, the highest of each first.</summary>
    /// <param name="image">Values, x fastest.</param>
    /// <param name="objects">Numbers of objects, 0 outside.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="options">Distances and thresholds; checked.</param>
    public static IReadOnlyList<int> FindWithin(ReadOnlySpan<double> image, ReadOnlySpan<int> objects, Extent extent, PeakOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        var threshold = options.Threshold ?? Lowest(image);
        var border = options.Border ?? options.MinDistance;
        var boxes = new SortedDictionary<int, Box>();
        for (var i = 0; i < objects.Length; i++)
        {
            if (objects[i] != 0 && IsWithin(i, extent, border))
            {
                var (x, y, z) = (i % extent.Width, i / extent.Width % extent.Height, i / extent.Width / extent.Height);
                boxes[objects[i]] = boxes.TryGetValue(objects[i], out var b) ? b.With(x, y, z) : new Box(x, y, z, x, y, z);
            }
        }

        var peaks = new List<int>();
        foreach (var (number, box) in boxes)
        {
            var part = new double[box.Extent.Count];
            var own = new bool[part.Length];
            for (var i = 0; i < part.Length; i++)
            {
                var at = box.At(i, extent);
                own[i] = objects[at] == number;
                part[i] = own[i] ? image[at] : double.MinValue;
            }

            peaks.AddRange(Region(part, own, box.Extent, threshold, options.MinDistance).Select(i => box.At(i, extent)));
        }

        return peaks;
    }

    private static double Lowest(ReadOnlySpan<double> image)
    {
        var lowest = double.PositiveInfinity;
        foreach (var v in image)
        {
            lowest = Math.Min(lowest, v);
        }

        return lowest;
    }

    private static bool IsWithin(int i, Extent extent, int border)
    {
        var (x, y, z) = (i % extent.Width, i / extent.Width % extent.Height, i / extent.Width / extent.Height);
        return x >= border && x < extent.Width - border && y >= border && y < extent.Height - border
            && (extent.Depth == 1 || (z >= border && z < extent.Depth - border));
    }

    // Highest first; of those closer than the distance, the earlier.
    private static List<int> Region(double[] image, bool[]? own, Extent extent, double threshold, int distance)
    {
        var highest = Highest(image, extent, distance);
        var candidates = Enumerable.Range(0, image.Length).Where(i => image[i] == highest[i]).ToList();
        if (candidates.Count == image.Length || (own != null && candidates.Count(i => own[i]) == own.Count(o => o)))
        {
            // Flat: there is no peak, but for what is too thin to hold one.
            candidates = own is null ? [] : Thin(own, extent);
        }

        var peaks = new List<int>();
        foreach (var i in candidates.Where(i => image[i] > threshold).OrderByDescending(i => image[i]))
        {
            if (peaks.All(p => Steps(p, i, extent) >= distance))
            {
                peaks.Add(i);
            }
        }

        return peaks;
    }

    private static List<int> Thin(bool[] own, Extent extent)
    {
        var opened = BinaryMorphology.Open(own, extent, StructuringElement.Cross);
        return [.. Enumerable.Range(0, own.Length).Where(i => own[i] != opened[i])];
    }

    private static int Steps(int a, int b, Extent e) => Math.Max(
        Math.Abs((a % e.Width) - (b % e.Width)),
        Math.Max(Math.Abs((a / e.Width % e.Height) - (b / e.Width % e.Height)), Math.Abs((a / e.Width / e.Height) - (b / e.Width / e.Height))));

    // The highest value in the cube around every voxel, axis by axis; 0 outside the grid, as in the original.
    private static double[] Highest(double[] image, Extent extent, int distance)
    {
        var current = image;
        foreach (var (count, stride) in ((int, int)[])[(extent.Width, 1), (extent.Height, extent.Width), (extent.Depth, extent.Width * extent.Height)])
        {
            if (stride > 1 && count == 1 && extent.Depth == 1 && stride == extent.Width * extent.Height)
            {
                continue;
            }

            var next = new double[current.Length];
            for (var i = 0; i < next.Length; i++)
            {
                var at = i / stride % count;
                var best = at - distance < 0 || at + distance >= count ? 0 : double.NegativeInfinity;
                for (var k = Math.Max(-distance, -at); k <= Math.Min(distance, count - 1 - at); k++)
                {
                    best = Math.Max(best, current[i + (k * stride)]);
                }

                next[i] = best;
            }

            current = next;
        }

        return current;
    }

    private readonly record struct Box(int X0, int Y0, int Z0, int X1, int Y1, int Z1)
    {
        public Extent Extent => new(X1 - X0 + 1, Y1 - Y0 + 1, Z1 - Z0 + 1);

        public Box With(int x, int y, int z) => new(Math.Min(X0, x), Math.Min(Y0, y), Z0, Math.Max(X1, x), Math.Max(Y1, y), Math.Max(Z1, z));

        public int At(int i, Extent grid)
        {
            var e = Extent;
            var (x, y, z) = (X0 + (i % e.Width), Y0 + (i / e.Width % e.Height), Z0 + (i / e.Width / e.Height));
            return x + (grid.Width * (y + (grid.Height * z)));
        }
    }
}

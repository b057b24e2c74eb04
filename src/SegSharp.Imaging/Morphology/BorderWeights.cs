using SegSharp.Foundation;

namespace SegSharp.Imaging.Morphology;

/// <summary>The weight map of the U-Net of 2015.</summary>
public sealed record BorderWeightsOptions
{
    /// <summary>w0, the height of the border term; 0 leaves the class weights alone.</summary>
    public double Height { get; init; } = 10;

    /// <summary>σ, the width of the border term in pixels.</summary>
    public double Sigma { get; init; } = 5;

    /// <summary>w_c of the background.</summary>
    public double Background { get; init; } = 1;

    /// <summary>w_c of the cells.</summary>
    public double Cells { get; init; } = 1;

    /// <summary>Adds the border term within cells too; otherwise it stands on background pixels only, as widespread implementations have it.</summary>
    public bool WithinCells { get; init; }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        foreach (var (key, value, least) in ((string, double, double)[])[("height", Height, 0), ("background", Background, 0), ("cells", Cells, 0)])
        {
            if (!double.IsFinite(value) || value < least)
            {
                yield return Fault.At($"borderWeights.{key}", $"is {value}; it must be {least} or more");
            }
        }

        if (!double.IsFinite(Sigma) || Sigma <= 0)
        {
            yield return Fault.At("borderWeights.sigma", $"is {Sigma}; it must be more than 0");
        }
    }
}

/// <summary>w(x) = w_c(x) + w0·exp(−(d1 + d2)² / 2σ²), where d1 and d2 are the distances to the nearest and the second nearest cell.</summary>
/// <remarks>
/// Source: Ronneberger, Fischer and Brox 2015, equation 2. Parity: two public implementations, within 1e-5.
/// Differs: with fewer than two cells there is no border term and the class weights stay (the public ones return zeros). Where the
/// second cell is so far that the term is below 1e-9 of w0, it is taken as 0, so that each cell is measured near itself only.
/// </remarks>
public static class BorderWeights
{
    private const double Negligible = 1e-9;

    /// <summary>The weight of every pixel; each page by itself, distances in pixels.</summary>
    /// <param name="cells">An instance map: 0 background, every other label one cell. A mask of touching cells must be parted first.</param>
    /// <param name="options">Heights and widths; checked.</param>
    public static float[] Of(LabelMap cells, BorderWeightsOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        var weights = new float[cells.Labels.Length];
        var page = (int)cells.Extent.PageCount;
        for (var z = 0; z < cells.Extent.Depth; z++)
        {
            OfPage(Array.ConvertAll(cells.Labels[(z * page)..((z + 1) * page)], l => (int)l), cells.Extent.Page, options, weights.AsSpan(z * page, page));
        }

        return weights;
    }

    /// <summary>The weight of every pixel of a mask, whose 8-connected parts are the cells; each page by itself.</summary>
    /// <param name="mask">One per pixel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="options">Heights and widths; checked.</param>
    public static float[] Of(ReadOnlySpan<bool> mask, Extent extent, BorderWeightsOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        var weights = new float[mask.Length];
        var page = (int)extent.PageCount;
        for (var z = 0; z < extent.Depth; z++)
        {
            var cells = Components.Label(mask.Slice(z * page, page), extent.Page, Connectivity.Full, out _);
            OfPage(cells, extent.Page, options, weights.AsSpan(z * page, page));
        }

        return weights;
    }

    private static void OfPage(int[] cells, Extent extent, BorderWeightsOptions options, Span<float> weights)
    {
        var (first, second) = TwoNearest(cells, extent, (int)Math.Ceiling(options.Sigma * Math.Sqrt(-2 * Math.Log(Negligible))));
        for (var i = 0; i < weights.Length; i++)
        {
            var weight = cells[i] == 0 ? options.Background : options.Cells;
            if ((cells[i] == 0 || options.WithinCells) && double.IsFinite(second[i]))
            {
                var sum = first[i] + second[i];
                weight += options.Height * Math.Exp(-(sum * sum) / (2 * options.Sigma * options.Sigma));
            }

            weights[i] = (float)weight;
        }
    }

    // Distances to the two nearest cells; infinity where there is none within the reach.
    private static (double[] First, double[] Second) TwoNearest(int[] cells, Extent extent, int reach)
    {
        var (first, second) = (new double[cells.Length], new double[cells.Length]);
        Array.Fill(first, double.PositiveInfinity);
        Array.Fill(second, double.PositiveInfinity);
        foreach (var (cell, box) in Boxes(cells, extent))
        {
            var (left, top) = (Math.Max(0, box.Left - reach), Math.Max(0, box.Top - reach));
            var around = new Extent(Math.Min(extent.Width - 1, box.Right + reach) - left + 1, Math.Min(extent.Height - 1, box.Bottom + reach) - top + 1);
            var marked = new bool[around.Count];
            for (var i = 0; i < marked.Length; i++)
            {
                marked[i] = cells[((top + (i / around.Width)) * extent.Width) + left + (i % around.Width)] == cell;
            }

            var distances = DistanceTransform.Euclidean(marked, around);
            for (var i = 0; i < distances.Length; i++)
            {
                var at = ((top + (i / around.Width)) * extent.Width) + left + (i % around.Width);
                if (distances[i] < first[at])
                {
                    (first[at], second[at]) = (distances[i], first[at]);
                }
                else if (distances[i] < second[at])
                {
                    second[at] = distances[i];
                }
            }
        }

        return (first, second);
    }

    private static Dictionary<int, (int Left, int Top, int Right, int Bottom)> Boxes(int[] cells, Extent extent)
    {
        var boxes = new Dictionary<int, (int Left, int Top, int Right, int Bottom)>();
        for (var i = 0; i < cells.Length; i++)
        {
            if (cells[i] != 0)
            {
                var (x, y) = (i % extent.Width, i / extent.Width);
                boxes[cells[i]] = boxes.TryGetValue(cells[i], out var b)
                    ? (Math.Min(b.Left, x), b.Top, Math.Max(b.Right, x), y)
                    : (x, y, x, y);
            }
        }

        return boxes;
    }
}

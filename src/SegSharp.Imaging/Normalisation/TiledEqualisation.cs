using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>OpenCV's adaptive equalisation for images of 8 or 16 bits, each page by itself.</summary>
public sealed record TiledEqualisationOptions : NormaliserOptions
{
    /// <summary>Tiles along x; 1 along both axes and no limit is the plain equalisation of the page.</summary>
    public int TilesX { get; init; } = 8;

    /// <summary>Tiles along y.</summary>
    public int TilesY { get; init; } = 8;

    /// <summary>How often a grey may occur, as a multiple of the even share; 0: no limit.</summary>
    public double ClipLimit { get; init; } = 40;

    /// <summary>Bits of a grey: 8 or 16. Values outside are cut off.</summary>
    public int Bits { get; init; } = 8;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (TilesX < 1 || TilesY < 1)
        {
            yield return Fault.At("tilesX", $"and tilesY are {TilesX} and {TilesY}; they must be 1 or more");
        }

        if (!(ClipLimit >= 0))
        {
            yield return Fault.At("clipLimit", $"is {ClipLimit}; it must be 0 or more");
        }

        if (Bits is not (8 or 16))
        {
            yield return Fault.At("bits", $"is {Bits}; it must be 8 or 16");
        }
    }
}

/// <summary>A fixed number of tiles, each with its own table of greys; between the tiles' middles four tables are mixed. The result has the greys of the input's type.</summary>
/// <remarks>Source: OpenCV's <c>createCLAHE</c>. Parity: OpenCV 4.6.0, 1 grey level.</remarks>
public sealed class TiledEqualisation(TiledEqualisationOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool FollowsStatistics => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        var page = (int)extent.PageCount;
        for (var z = 0; z < extent.Depth; z++)
        {
            Page(values.Slice(z * page, page), extent.Width, extent.Height);
        }
    }

    private void Page(Span<float> page, int width, int height)
    {
        var (top, nx, ny) = ((1 << options.Bits) - 1, options.TilesX, options.TilesY);
        var greys = new int[page.Length];
        for (var i = 0; i < greys.Length; i++)
        {
            greys[i] = float.IsNaN(page[i]) ? 0 : (int)Math.Clamp(MathF.Round(page[i]), 0, top);
        }

        // Where the tiles do not come out even, the page goes on mirrored at its lower and right edges.
        var even = width % nx == 0 && height % ny == 0;
        var (tw, th) = even ? (width / nx, height / ny) : ((width + nx - (width % nx)) / nx, (height + ny - (height % ny)) / ny);
        var tables = new int[nx * ny][];
        for (var t = 0; t < tables.Length; t++)
        {
            tables[t] = Table(greys, width, height, t % nx * tw, t / nx * th, tw, th, top);
        }

        for (var y = 0; y < height; y++)
        {
            var fy = ((float)y / th) - 0.5f;
            var y1 = (int)MathF.Floor(fy);
            var b = fy - y1;
            for (var x = 0; x < width; x++)
            {
                var fx = ((float)x / tw) - 0.5f;
                var x1 = (int)MathF.Floor(fx);
                var (a, grey) = (fx - x1, greys[(y * width) + x]);
                int At(int i, int j) => tables[(Math.Clamp(j, 0, ny - 1) * nx) + Math.Clamp(i, 0, nx - 1)][grey];
                page[(y * width) + x] = MathF.Round((((At(x1, y1) * (1 - a)) + (At(x1 + 1, y1) * a)) * (1 - b)) + (((At(x1, y1 + 1) * (1 - a)) + (At(x1 + 1, y1 + 1) * a)) * b));
            }
        }
    }

    private int[] Table(int[] greys, int width, int height, int left, int upper, int tw, int th, int top)
    {
        static int Mirrored(int i, int size)
        {
            while (i >= size && size > 1)
            {
                i = Math.Abs((2 * size) - 2 - i);
            }

            return size == 1 ? 0 : i;
        }

        var counts = new int[top + 1];
        for (var y = upper; y < upper + th; y++)
        {
            for (var x = left; x < left + tw; x++)
            {
                counts[greys[(Mirrored(y, height) * width) + Mirrored(x, width)]]++;
            }
        }

        var area = tw * th;
        if (options.ClipLimit > 0)
        {
            var limit = Math.Max((int)(options.ClipLimit * area / counts.Length), 1);
            var excess = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                excess += Math.Max(0, counts[i] - limit);
                counts[i] = Math.Min(counts[i], limit);
            }

            var (each, rest) = Math.DivRem(excess, counts.Length);
            for (var i = 0; i < counts.Length; i++)
            {
                counts[i] += each;
            }

            var step = rest == 0 ? 1 : Math.Max(counts.Length / rest, 1);
            for (var i = 0; i < counts.Length && rest > 0; i += step, rest--)
            {
                counts[i]++;
            }
        }

        var (table, sum, scale) = (new int[counts.Length], 0, (float)top / area);
        for (var i = 0; i < table.Length; i++)
        {
            sum += counts[i];
            table[i] = (int)Math.Clamp(MathF.Round(sum * scale), 0, top);
        }

        return table;
    }
}

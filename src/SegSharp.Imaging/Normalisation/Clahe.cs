using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>Adaptive equalisation with limited contrast, each page by itself.</summary>
public sealed record ClaheOptions : NormaliserOptions
{
    /// <summary>Width of a tile in pixels; 0: an eighth of the page.</summary>
    public int TileWidth { get; init; }

    /// <summary>Height of a tile in pixels; 0: an eighth of the page.</summary>
    public int TileHeight { get; init; }

    /// <summary>The largest share of a tile's pixels in one bin, 0 … 1; what is more is spread over all bins. 0: no limit.</summary>
    public double ClipLimit { get; init; } = 0.01;

    /// <summary>Bins of a tile's histogram.</summary>
    public int Bins { get; init; } = 256;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (TileWidth < 0 || TileHeight < 0)
        {
            yield return Fault.At("tileWidth", $"and height are {TileWidth} and {TileHeight}; they must be 0 or more");
        }

        if (!(ClipLimit is >= 0 and <= 1))
        {
            yield return Fault.At("clipLimit", $"is {ClipLimit}; it must be 0 … 1");
        }

        if (Bins is < 2 or > 16384)
        {
            yield return Fault.At("bins", $"is {Bins}; it must be 2 … 16384");
        }
    }
}

/// <summary>Each tile of a page is equalised by its own histogram, and between the tiles' middles the four nearest are mixed. The result is 0 … 1.</summary>
/// <remarks>Source: Zuiderveld 1994 (Graphics Gems IV) as scikit-image's <c>equalize_adapthist</c> has it. Parity: scikit-image 0.19.3, 1e-5.</remarks>
public sealed class Clahe(ClaheOptions options) : Normaliser
{
    private const int Greys = 1 << 14;

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
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var v in page)
        {
            (low, high) = (v < low ? v : low, v > high ? v : high);
        }

        if (!(low < high))
        {
            page.Clear();
            return;
        }

        var tile = (X: options.TileWidth > 0 ? options.TileWidth : Math.Max(width / 8, 1), Y: options.TileHeight > 0 ? options.TileHeight : Math.Max(height / 8, 1));
        var (wide, tall) = (Padded(width, tile.X), Padded(height, tile.Y));
        var (left, top) = (tile.X / 2, tile.Y / 2);

        // Greys as bins, mirrored outside so that tiles fill the page.
        var binSize = 1 + (Greys / options.Bins);
        var bins = new int[wide * tall];
        for (var y = 0; y < tall; y++)
        {
            var row = Mirrored(y - top, height) * width;
            for (var x = 0; x < wide; x++)
            {
                var v = page[row + Mirrored(x - left, width)];
                var share = float.IsFinite(v) ? ((double)v - low) / ((double)high - low) : 0;
                bins[(y * wide) + x] = (int)Math.Round(share * (Greys - 1)) / binSize;
            }
        }

        var (across, down) = ((wide / tile.X) - 1, (tall / tile.Y) - 1);
        var maps = new int[across * down][];
        for (var t = 0; t < maps.Length; t++)
        {
            maps[t] = Map(bins, wide, left + (t % across * tile.X), top + (t / across * tile.Y), tile);
        }

        // The mixture is cut to whole greys, as in the original.
        var (least, most) = (int.MaxValue, int.MinValue);
        var greys = new int[page.Length];
        for (var y = 0; y < height; y++)
        {
            var (by, ty) = Math.DivRem(y + top, tile.Y);
            var fy = (double)ty / tile.Y;
            for (var x = 0; x < width; x++)
            {
                var (bx, tx) = Math.DivRem(x + left, tile.X);
                var fx = (double)tx / tile.X;
                var bin = bins[((y + top) * wide) + x + left];
                int At(int i, int j) => maps[(Math.Clamp(by - 1 + j, 0, down - 1) * across) + Math.Clamp(bx - 1 + i, 0, across - 1)][bin];
                var sum = (float)(At(0, 0) * ((1 - fx) * (1 - fy)));
                sum += (float)(At(1, 0) * (fx * (1 - fy)));
                sum += (float)(At(0, 1) * ((1 - fx) * fy));
                sum += (float)(At(1, 1) * (fx * fy));
                var grey = (int)sum;
                greys[(y * width) + x] = grey;
                (least, most) = (Math.Min(least, grey), Math.Max(most, grey));
            }
        }

        for (var i = 0; i < greys.Length; i++)
        {
            page[i] = most > least ? (float)((double)(greys[i] - least) / (most - least)) : 0;
        }
    }

    private int[] Map(int[] bins, int wide, int left, int top, (int X, int Y) tile)
    {
        var counts = new int[options.Bins];
        for (var y = 0; y < tile.Y; y++)
        {
            for (var x = 0; x < tile.X; x++)
            {
                counts[bins[((top + y) * wide) + left + x]]++;
            }
        }

        var pixels = tile.X * tile.Y;
        Spread(counts, options.ClipLimit > 0 ? (int)Math.Max(options.ClipLimit * pixels, 1) : pixels);
        var (map, sum) = (new int[counts.Length], 0L);
        for (var b = 0; b < map.Length; b++)
        {
            sum += counts[b];
            map[b] = (int)Math.Min(sum * ((double)(Greys - 1) / pixels), Greys - 1);
        }

        return map;
    }

    // Cuts the counts off at the limit and gives what was cut to the others, evenly.
    private static void Spread(int[] counts, int limit)
    {
        var excess = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            excess += Math.Max(0, counts[i] - limit);
            counts[i] = Math.Min(counts[i], limit);
        }

        var each = (int)(excess / counts.Length);
        var upper = limit - each;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] < upper)
            {
                counts[i] += each;
                excess -= each;
            }
            else if (counts[i] < limit)
            {
                excess -= limit - counts[i];
                counts[i] = limit;
            }
        }

        while (excess > 0)
        {
            var before = excess;
            for (var start = 0; start < counts.Length && excess > 0; start++)
            {
                var step = (int)Math.Max(1, counts.Count(c => c < limit) / excess);
                for (var i = start; i < counts.Length; i += step)
                {
                    if (counts[i] < limit)
                    {
                        counts[i]++;
                        excess--;
                    }
                }
            }

            if (excess == before)
            {
                break;
            }
        }
    }

    private static int Padded(int size, int tile) => (tile / 2) + size + ((tile - (size % tile)) % tile) + ((tile + 1) / 2);

    private static int Mirrored(int i, int size)
    {
        if (size == 1)
        {
            return 0;
        }

        var period = (2 * size) - 2;
        i = ((i % period) + period) % period;
        return i < size ? i : period - i;
    }
}

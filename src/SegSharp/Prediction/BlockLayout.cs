using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>How the plane of a sink is cut into blocks.</summary>
/// <param name="Blocks">Together they cover the output plane, each part once.</param>
public sealed record BlockLayout(IReadOnlyList<LogitsBlock> Blocks)
{
    /// <summary>All in one: nothing is computed twice.</summary>
    public static BlockLayout Whole(ILogitsSink sink) => new([Block(sink, new Strip(0, sink.Rows), new Strip(0, sink.Columns))]);

    /// <summary>The cheapest layout whose every block is <paramref name="fits"/>; null when not even the smallest block is.</summary>
    /// <remarks>
    /// The price of a block is the number of windows that touch it. Columns are cut evenly, into as few parts as do; for each such cut
    /// the rows are cut where the sum of the prices is least: a shortest path over the rows. Among equal prices the fewest blocks win.
    /// </remarks>
    /// <param name="grid">The windows.</param>
    /// <param name="sink">Its output plane is cut.</param>
    /// <param name="fits">Whether the memory suffices for a block. A part of a block that fits must fit, too.</param>
    public static BlockLayout? Cheapest(WindowGrid grid, ILogitsSink sink, Func<LogitsBlock, bool> fits)
    {
        var whole = Whole(sink);
        if (fits(whole.Blocks[0]))
        {
            return whole;
        }

        var rowsAtBest = grid.Touching(1, whole.Blocks[0].Rows).Count();
        var rowPrices = new RowPrices(grid, sink);
        (IReadOnlyList<Strip> Rows, IReadOnlyList<Strip> Columns)? best = null;
        var bestPrice = long.MaxValue;
        for (var parts = 1; parts <= sink.Columns; parts++)
        {
            var columns = Even(sink.Columns, parts);
            long columnPrice = columns.Sum(c => grid.Touching(2, sink.ColumnsFor(c)).Count());
            if (columnPrice * rowsAtBest >= bestPrice)
            {
                break;
            }

            // The widest part decides; every part may need other rows of halo, so each is asked.
            var widest = columns.MaxBy(c => sink.ColumnsFor(c).Count);
            if (rowPrices.Cheapest(r => fits(Block(sink, r, widest))) is { } rows && rows.Price * columnPrice < bestPrice)
            {
                (best, bestPrice) = ((rows.Rows, columns), rows.Price * columnPrice);
            }
        }

        return best is { } found
            ? new BlockLayout([.. found.Rows.SelectMany(_ => found.Columns, (r, c) => Block(sink, r, c))])
            : null;
    }

    /// <summary>The smallest block of all: one voxel of the output.</summary>
    public static LogitsBlock Smallest(ILogitsSink sink) => Block(sink, new Strip(sink.Rows / 2, 1), new Strip(sink.Columns / 2, 1));

    /// <summary>Windows that are computed, as a multiple of those that there are; 1 for a single block.</summary>
    public double Recomputation(WindowGrid grid) => Blocks.Sum(grid.CountFor) / (double)grid.Count;

    private static LogitsBlock Block(ILogitsSink sink, Strip rows, Strip columns) => new(rows, columns, sink.RowsFor(rows), sink.ColumnsFor(columns));

    private static List<Strip> Even(int size, int parts) =>
        [.. Enumerable.Range(0, parts).Select(i => (First: (int)((long)size * i / parts), End: (int)((long)size * (i + 1) / parts))).Select(p => new Strip(p.First, p.End - p.First))];

    // The cheapest way to cut the rows: best[e] = min over the last block [s, e) of best[s] + price.
    private sealed class RowPrices(WindowGrid grid, ILogitsSink sink)
    {
        private readonly Strip[] _windows = [.. grid.Starts(1).Select(s => grid.Covered(1, s))];

        public (long Price, IReadOnlyList<Strip> Rows)? Cheapest(Func<Strip, bool> fits)
        {
            var count = sink.Rows;
            var best = new (long Price, int Blocks, int From)[count + 1];
            Array.Fill(best, (long.MaxValue, 0, -1));
            best[0] = (0, 0, -1);
            for (var start = 0; start < count; start++)
            {
                if (best[start].Price == long.MaxValue)
                {
                    return null;
                }

                for (var end = start + 1; end <= count; end++)
                {
                    var rows = new Strip(start, end - start);
                    if (!fits(rows))
                    {
                        break;
                    }

                    var need = sink.RowsFor(rows);
                    var candidate = (Price: best[start].Price + _windows.Count(w => w.And(need).Count > 0), Blocks: best[start].Blocks + 1);
                    if (candidate.CompareTo((best[end].Price, best[end].Blocks)) < 0)
                    {
                        best[end] = (candidate.Price, candidate.Blocks, start);
                    }
                }
            }

            if (best[count].Price == long.MaxValue)
            {
                return null;
            }

            var cuts = new List<Strip>();
            for (var end = count; end > 0; end = best[end].From)
            {
                cuts.Add(new Strip(best[end].From, end - best[end].From));
            }

            cuts.Reverse();
            return (best[count].Price, cuts);
        }
    }
}

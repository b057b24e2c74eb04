namespace SegSharp.Imaging.Morphology;

/// <summary>The connected parts of a mask as runs: stretches of voxels along x, each with the number of its part.</summary>
/// <remarks>
/// Runs, not voxels, are united, so the work goes with the length of the outline. Every core numbers a slab of pages by itself; then
/// the slabs are united across their seams. Source: He, Chao and Suzuki 2008, "A Run-Based Two-Scan Labeling Algorithm".
/// </remarks>
internal sealed class Runs
{
    private readonly Extent _extent;
    private readonly int[] _first;      // of every row, the number of its first run; one more at the end
    private readonly int[] _begin;
    private readonly int[] _end;        // exclusive
    private readonly int[]? _value;     // the label of every run, where there are several
    private readonly int[] _part;       // while uniting: the parent run; then the part's number from 1

    private Runs(Extent extent, int[] first, bool many)
    {
        var count = first[^1];
        (_extent, _first, _begin, _end, _part) = (extent, first, new int[count], new int[count], new int[count]);
        _value = many ? new int[count] : null;
    }

    /// <summary>How many parts there are.</summary>
    public int Count { get; private set; }

    /// <summary>The parts of a mask, or of what lies outside it.</summary>
    public static unsafe Runs Of(ReadOnlySpan<bool> mask, Extent extent, Connectivity connectivity, bool inside = true)
    {
        CheckLength(mask.Length, extent, nameof(mask));
        fixed (bool* p = mask)
        {
            return Find(new MaskRows((nint)p, inside), extent, connectivity);
        }
    }

    /// <summary>The parts of every label by itself.</summary>
    public static unsafe Runs Of(ReadOnlySpan<ushort> labels, Extent extent, Connectivity connectivity)
    {
        CheckLength(labels.Length, extent, nameof(labels));
        fixed (ushort* p = labels)
        {
            return Find(new LabelRows((nint)p, -1), extent, connectivity);
        }
    }

    /// <summary>The parts of one label.</summary>
    public static unsafe Runs Of(ReadOnlySpan<ushort> labels, ushort label, Extent extent, Connectivity connectivity)
    {
        CheckLength(labels.Length, extent, nameof(labels));
        fixed (ushort* p = labels)
        {
            return Find(new LabelRows((nint)p, label), extent, connectivity);
        }
    }

    /// <summary>Voxels of every part; [0] stays 0.</summary>
    public long[] Sizes()
    {
        var sizes = new long[Count + 1];
        for (var run = 0; run < _part.Length; run++)
        {
            sizes[_part[run]] += _end[run] - _begin[run];
        }

        return sizes;
    }

    /// <summary>Which parts have a voxel on the outer faces of the grid (of a single page: on its outline); [0] stays false.</summary>
    public bool[] AtBorder()
    {
        var outer = new bool[Count + 1];
        for (var row = 0; row < _first.Length - 1; row++)
        {
            var (y, z) = (row % _extent.Height, row / _extent.Height);
            var all = y == 0 || y == _extent.Height - 1 || (_extent.Depth > 1 && (z == 0 || z == _extent.Depth - 1));
            for (var run = _first[row]; run < _first[row + 1]; run++)
            {
                outer[_part[run]] |= all || _begin[run] == 0 || _end[run] == _extent.Width;
            }
        }

        return outer;
    }

    /// <summary>Writes the number of its part to every voxel of a part; leaves the others.</summary>
    public void Paint(int[] parts) => EachRun((part, start, length) => parts.AsSpan(start, length).Fill(part));

    /// <summary>Calls back with (part, first voxel, length) for every run, on several threads; no two runs share a voxel.</summary>
    public void EachRun(Action<int, int, int> body)
    {
        var width = _extent.Width;
        Rows.InParallel(_first.Length - 1, _extent.Count, (from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                for (var run = _first[row]; run < _first[row + 1]; run++)
                {
                    body(_part[run], (row * width) + _begin[run], _end[run] - _begin[run]);
                }
            }
        });
    }

    private static void CheckLength(int length, Extent extent, string name)
    {
        if (length != extent.Count)
        {
            throw new ArgumentException($"{length} voxels; {extent} needs {extent.Count}", name);
        }
    }

    private static Runs Find<TRows>(TRows rows, Extent extent, Connectivity connectivity)
        where TRows : struct, IRunRows
    {
        var width = extent.Width;
        var first = new int[(extent.Height * extent.Depth) + 1];
        Rows.InParallel(first.Length - 1, extent.Count, (from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                first[row + 1] = RowRuns.Count(rows, row * width, width);
            }
        });
        for (var row = 1; row < first.Length; row++)
        {
            first[row] += first[row - 1];
        }

        var runs = new Runs(extent, first, rows.IsMany);
        var above = Above(extent, connectivity);

        // Slabs of whole pages, so that one page of seam is all that is left to do; of a single page, of rows.
        var unit = extent.Depth > 1 ? extent.Height : 1;
        var units = (first.Length - 1) / unit;
        var slabs = Rows.Parts(units, extent.Count);
        var seams = Enumerable.Range(0, slabs + 1).Select(s => unit * (int)((long)units * s / slabs)).ToArray();
        void Slab(int s)
        {
            for (var row = seams[s]; row < seams[s + 1]; row++)
            {
                runs.Fill(rows, row);
                runs.UniteAbove(row, above, seams[s], row);
            }
        }

        if (slabs == 1)
        {
            Slab(0);
        }
        else
        {
            Parallel.For(0, slabs, Slab);
        }

        for (var s = 1; s < slabs; s++)
        {
            for (var row = seams[s]; row < Math.Min(seams[s] + unit, seams[s + 1]); row++)
            {
                runs.UniteAbove(row, above, 0, seams[s]);
            }
        }

        runs.Number();
        return runs;
    }

    // The neighbouring rows that come before a row, and by how much runs may miss each other and still touch.
    private static (int Y, int Z, int Reach)[] Above(Extent extent, Connectivity connectivity)
    {
        var diagonal = connectivity == Connectivity.Faces ? 0 : 1;
        if (extent.Depth == 1)
        {
            return [(-1, 0, diagonal)];
        }

        return connectivity switch
        {
            Connectivity.Faces => [(-1, 0, 0), (0, -1, 0)],
            Connectivity.Edges => [(-1, 0, 1), (0, -1, 1), (-1, -1, 0), (1, -1, 0)],
            _ => [(-1, 0, 1), (0, -1, 1), (-1, -1, 1), (1, -1, 1)],
        };
    }

    private void Fill<TRows>(TRows rows, int row)
        where TRows : struct, IRunRows
    {
        var (from, count) = (_first[row], _first[row + 1] - _first[row]);
        RowRuns.Fill(rows, row * _extent.Width, _extent.Width, _begin.AsSpan(from, count), _end.AsSpan(from, count));
        for (var run = from; run < from + count; run++)
        {
            _part[run] = run;
            if (_value != null)
            {
                _value[run] = rows.Value((row * _extent.Width) + _begin[run]);
            }
        }
    }

    // Unites the runs of a row with those of its neighbours among the rows least … limit − 1.
    private void UniteAbove(int row, (int Y, int Z, int Reach)[] above, int least, int limit)
    {
        var y = row % _extent.Height;
        foreach (var (dy, dz, reach) in above)
        {
            var other = row + dy + (dz * _extent.Height);
            if ((uint)(y + dy) < (uint)_extent.Height && other >= least && other < limit)
            {
                Unite(row, other, reach);
            }
        }
    }

    private void Unite(int row, int other, int reach)
    {
        var (begin, end) = (_begin, _end);
        var (candidate, last) = (_first[other], _first[other + 1]);
        var limit = _first[row + 1];
        for (var run = _first[row]; run < limit; run++)
        {
            var (from, to) = (begin[run], end[run] + reach);
            while (candidate < last && end[candidate] + reach <= from)
            {
                candidate++;
            }

            for (var c = candidate; c < last && begin[c] < to; c++)
            {
                if (_value is null || _value[c] == _value[run])
                {
                    Unite(run, c);
                }
            }
        }
    }

    private void Unite(int a, int b)
    {
        (a, b) = (Root(a), Root(b));
        if (a < b)
        {
            _part[b] = a;
        }
        else
        {
            _part[a] = b;
        }
    }

    private int Root(int run)
    {
        var parent = _part;
        while (parent[run] != run)
        {
            parent[run] = parent[parent[run]];
            run = parent[run];
        }

        return run;
    }

    // A root is the first run of its part, so numbers rise in the order of first voxels.
    private void Number()
    {
        for (var run = 0; run < _part.Length; run++)
        {
            _part[run] = _part[run] == run ? ++Count : _part[_part[run]];
        }
    }
}

using System.Runtime.CompilerServices;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Resampling.Warping;

/// <summary>One movement: a point p of the result comes from ToSource(p) + Displacement(p).</summary>
/// <param name="ToSource">Carries positions of the result to positions before the movement, voxels.</param>
/// <param name="Displacement">Added to that, voxels; null for none.</param>
public sealed record WarpStep(Affine ToSource, IDisplacement? Displacement = null);

/// <summary>Several movements as one: the source is read once, however many there are.</summary>
/// <remarks>Rows are shared out to the cores; the bits do not depend on how many there are, nor on the width of their registers.</remarks>
public sealed class Warp
{
    private readonly List<WarpStep> _backwards = [];

    /// <summary>Movements one after the other.</summary>
    /// <param name="result">The grid of the result.</param>
    /// <param name="steps">In the order in which they happen to the image.</param>
    public Warp(Extent result, IEnumerable<WarpStep> steps)
    {
        Result = result;

        // From the result back to the source: the last movement is asked first.
        foreach (var step in steps.Reverse())
        {
            if (_backwards is [.., var before] && step.Displacement is null && before.Displacement is null or ControlGrid)
            {
                var grid = (before.Displacement as ControlGrid)?.Carried(step.ToSource);
                _backwards[^1] = new WarpStep(before.ToSource.Then(step.ToSource), grid);
            }
            else
            {
                _backwards.Add(step);
            }
        }

        if (_backwards.Count == 0)
        {
            _backwards.Add(new WarpStep(Affine.Identity));
        }
    }

    /// <summary>The grid of the result.</summary>
    public Extent Result { get; }

    /// <summary>The box of positions that the result may ask for, voxels of the source; never too small.</summary>
    public (Triple Low, Triple High) SourceBox
    {
        get
        {
            var (low, high) = (Triple.Zero, new Triple(Result.Width - 1, Result.Height - 1, Result.Depth - 1));
            foreach (var step in _backwards)
            {
                var corners = new List<Triple>();
                for (var i = 0; i < 8; i++)
                {
                    corners.Add(step.ToSource.Apply(new Triple((i & 1) == 0 ? low.X : high.X, (i & 2) == 0 ? low.Y : high.Y, (i & 4) == 0 ? low.Z : high.Z)));
                }

                var by = step.Displacement?.Largest ?? Triple.Zero;
                low = new Triple(corners.Min(c => c.X), corners.Min(c => c.Y), corners.Min(c => c.Z)) - by;
                high = new Triple(corners.Max(c => c.X), corners.Max(c => c.Y), corners.Max(c => c.Z)) + by;
            }

            return (low, high);
        }
    }

    /// <summary>Fills all layers; every position is computed once for all of them.</summary>
    /// <param name="layers">Images and label maps on one source grid.</param>
    /// <param name="threads">Threads to use; 0 = one per core.</param>
    public void Fill(IReadOnlyList<WarpLayer> layers, int threads = 0)
    {
        var lines = Result.Height * Result.Depth;
        var cores = threads > 0 ? threads : Machine.Cores;
        var parts = Result.Count < 1 << 15 ? 1 : Math.Min(lines, 4 * cores);
        if (parts == 1 || cores == 1)
        {
            Fill(layers, 0, lines);
            return;
        }

        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = cores }, part =>
            Fill(layers, (int)((long)lines * part / parts), (int)((long)lines * (part + 1) / parts)));
    }

    /// <summary>Where the voxels of one row come from.</summary>
    /// <param name="y">The row.</param>
    /// <param name="z">The plane.</param>
    /// <param name="row">Filled.</param>
    /// <param name="spare">A second row, used where movements cannot be joined.</param>
    public void Positions(int y, int z, WarpRow row, WarpRow spare)
    {
        var first = _backwards[0];
        var m = first.ToSource;
        Ramp(row.X, m.X.X, m.Apply(new Triple(0, y, z)).X);
        Ramp(row.Y, m.X.Y, m.Apply(new Triple(0, y, z)).Y);
        Ramp(row.Z, m.X.Z, m.Apply(new Triple(0, y, z)).Z);
        first.Displacement?.AddOnGrid(y, z, row);
        foreach (var step in _backwards.Skip(1))
        {
            Array.Copy(row.X, spare.X, row.Length);
            Array.Copy(row.Y, spare.Y, row.Length);
            Array.Copy(row.Z, spare.Z, row.Length);
            Carry(step.ToSource, spare, row);
            step.Displacement?.AddAt(spare, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Ramp(float[] line, double by, double start)
    {
        var (step, first) = ((float)by, (float)start);
        for (var x = 0; x < line.Length; x++)
        {
            line[x] = first + (x * step);
        }
    }

    private static void Carry(Affine m, WarpRow from, WarpRow to)
    {
        if (m == Affine.Identity)
        {
            return;
        }

        for (var i = 0; i < to.Length; i++)
        {
            var p = m.Apply(new Triple(from.X[i], from.Y[i], from.Z[i]));
            (to.X[i], to.Y[i], to.Z[i]) = ((float)p.X, (float)p.Y, (float)p.Z);
        }
    }

    private void Fill(IReadOnlyList<WarpLayer> layers, int from, int to)
    {
        var (row, spare) = (new WarpRow(Result.Width), new WarpRow(_backwards.Count > 1 ? Result.Width : 0));
        for (var line = from; line < to; line++)
        {
            Positions(line % Result.Height, line / Result.Height, row, spare);
            foreach (var layer in layers)
            {
                layer.FillRow(row, (long)line * Result.Width);
            }
        }
    }
}

namespace SegSharp.Imaging.Resampling;

/// <summary>Resampling of one axis as a matrix: every new voxel is a weighted sum of a run of old ones.</summary>
/// <remarks>
/// Spline interpolation is linear in the voxels and separable, so its filter and its weights fold into one matrix per axis, whose
/// rows are short: the influence of a voxel falls by 0.27 with each step.
/// </remarks>
public sealed partial class AxisMatrix
{
    private const double Negligible = 1e-16;
    private const int Reach = 40;                                      // 0.268^40 < 1e-22

    private readonly int[] _first;
    private readonly int[] _start;                                     // of each row in _weights; one more at the end
    private readonly double[] _weights;

    private AxisMatrix(int from, int[] first, int[] start, double[] weights)
    {
        (From, _first, _start, _weights) = (from, first, start, weights);
        IsIdentity = To == From && Enumerable.Range(0, To).All(i => At(i) is (var at, [1.0]) && at == i);
    }

    private AxisMatrix(int from, IReadOnlyList<(int First, double[] Weights)> rows)
        : this(from, [.. rows.Select(r => r.First)], Starts(rows), [.. rows.SelectMany(r => r.Weights)])
    {
    }

    /// <summary>Voxels of the old axis.</summary>
    public int From { get; }

    /// <summary>Voxels of the new axis.</summary>
    public int To => _first.Length;

    /// <summary>Whether every voxel stays what it is.</summary>
    public bool IsIdentity { get; }

    internal ReadOnlySpan<int> Firsts => _first;

    internal ReadOnlySpan<int> RowStarts => _start;

    internal ReadOnlySpan<double> AllWeights => _weights;

    /// <summary>The old voxel that new voxel <paramref name="index"/> begins with, and the weights of it and those that follow.</summary>
    public Row At(int index) => new(_first[index], _weights.AsSpan(_start[index].._start[index + 1]));

    /// <summary>Leaves an axis as it is.</summary>
    public static AxisMatrix Identity(int size) => Of(size, size, i => (i, [1.0]));

    /// <summary>A matrix by its rows.</summary>
    /// <param name="from">Voxels of the old axis.</param>
    /// <param name="to">Voxels of the new axis.</param>
    /// <param name="row">The first old voxel and the weights of the new voxel with that number.</param>
    public static AxisMatrix Of(int from, int to, Func<int, (int First, double[] Weights)> row)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, 1);
        return new AxisMatrix(from, [.. Enumerable.Range(0, to).Select(i => Trim(row(i), Negligible))]);
    }

    /// <summary>Another number of voxels between the same two outer faces (the grid as scikit-image and nnU-Net see it), the outermost voxels going on outside.</summary>
    /// <param name="from">Voxels now.</param>
    /// <param name="to">Voxels then.</param>
    /// <param name="order">What lies between the centres.</param>
    /// <remarks>Source: scikit-image's <c>resize(mode="edge", anti_aliasing=False)</c>, that is scipy's <c>zoom(mode="nearest", grid_mode=True)</c>. Parity: 1e-12.</remarks>
    public static AxisMatrix Between(int from, int to, Interpolation order) =>
        from == to ? Identity(from) : Spline(from, to, order, centres: false, Border.Nearest);

    /// <summary>The matrix of scipy's <c>zoom</c>.</summary>
    /// <param name="from">Voxels now.</param>
    /// <param name="to">Voxels then.</param>
    /// <param name="order">What lies between the centres.</param>
    /// <param name="centres">True: the first and the last voxel's centres stay (<c>grid_mode=False</c>); false: their outer faces do.</param>
    /// <param name="border">What lies outside; the fixed value is 0.</param>
    /// <remarks>Parity: scipy 1.10.1, 1e-9.</remarks>
    public static AxisMatrix Spline(int from, int to, Interpolation order, bool centres, Border border)
    {
        var scale = centres ? (to == 1 ? 1 : (from - 1.0) / (to - 1)) : (double)from / to;
        return At(from, to, i => centres ? i * scale : ((i + 0.5) * scale) - 0.5, order, border);
    }

    /// <summary>Values at any positions of the axis, in voxels; what lies outside follows the border (a fixed value is 0).</summary>
    public static AxisMatrix At(int from, int to, Func<int, double> position, Interpolation order, Border border)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        var padding = SplineLine.Padding(order, border);
        var length = from + (2 * padding);
        var response = order == Interpolation.Cubic ? Responses(from, padding, border) : null;
        var row = new double[from];
        var taps = new double[4];
        return Of(from, to, i =>
        {
            Array.Clear(row);
            var at = SplineLine.Inside(position(i) + padding, length, border);
            if (at <= -1 && border == Border.Constant)
            {
                return (0, [0.0]);
            }

            var first = SplineLine.Weights(at, order, taps);
            for (var k = 0; k < SplineLine.Taps(order); k++)
            {
                var index = SplineLine.Inside(first + k, length, border);
                if (index < 0)
                {
                    continue;
                }

                if (response is null)
                {
                    row[index] += taps[k];
                    continue;
                }

                // Coefficient `index` is a sum over the voxels around it (all of them where the axis goes round).
                var (low, high) = border == Border.Wrap ? (0, from - 1) : (Math.Max(0, index - padding - Reach), Math.Min(from - 1, index - padding + Reach));
                for (var j = low; j <= high; j++)
                {
                    row[j] += taps[k] * response[j][index];
                }
            }

            return (0, [.. row]);
        });
    }

    /// <summary>First this, then <paramref name="next"/>, as one matrix.</summary>
    public AxisMatrix Then(AxisMatrix next)
    {
        if (next.From != To)
        {
            throw new ArgumentException($"a matrix to {To} voxels cannot be followed by one from {next.From}", nameof(next));
        }

        var sum = new double[From];
        return Of(From, next.To, i =>
        {
            Array.Clear(sum);
            var (first, weights) = next.At(i);
            for (var k = 0; k < weights.Length; k++)
            {
                var (at, inner) = At(first + k);
                for (var j = 0; j < inner.Length; j++)
                {
                    sum[at + j] += weights[k] * inner[j];
                }
            }

            return (0, [.. sum]);
        });
    }

    /// <summary>The same without the weights at the ends of each row that are smaller than <paramref name="least"/>.</summary>
    public AxisMatrix Trimmed(double least) =>
        new(From, [.. Enumerable.Range(0, To).Select(i => Trim((At(i).First, At(i).Weights.ToArray()), least))]);

    // What a 1 in each voxel makes of all coefficients.
    private static double[][] Responses(int from, int padding, Border border)
    {
        var responses = new double[from][];
        for (var i = 0; i < from; i++)
        {
            var line = new double[from + (2 * padding)];
            line[i + padding] = 1;
            if (padding > 0 && border == Border.Nearest)
            {
                if (i == 0)
                {
                    line.AsSpan(0, padding).Fill(1);
                }

                if (i == from - 1)
                {
                    line.AsSpan(from + padding).Fill(1);
                }
            }

            SplineLine.Filter(line, border);
            responses[i] = line;
        }

        return responses;
    }

    private static (int First, double[] Weights) Trim((int First, double[] Weights) row, double least)
    {
        var (low, high) = (0, row.Weights.Length);
        while (low < high - 1 && Math.Abs(row.Weights[low]) < least)
        {
            low++;
        }

        while (high > low + 1 && Math.Abs(row.Weights[high - 1]) < least)
        {
            high--;
        }

        return (row.First + low, row.Weights[low..high]);
    }

    private static int[] Starts(IReadOnlyList<(int First, double[] Weights)> rows)
    {
        var starts = new int[rows.Count + 1];
        for (var i = 0; i < rows.Count; i++)
        {
            starts[i + 1] = starts[i] + rows[i].Weights.Length;
        }

        return starts;
    }

    /// <summary>One row of the matrix.</summary>
    public readonly ref struct Row
    {
        internal Row(int first, ReadOnlySpan<double> weights)
        {
            First = first;
            Weights = weights;
        }

        /// <summary>The old voxel that <see cref="Weights"/> begin with.</summary>
        public int First { get; }

        /// <summary>The weights of that voxel and those that follow.</summary>
        public ReadOnlySpan<double> Weights { get; }

        /// <summary>Both at once.</summary>
        public void Deconstruct(out int first, out ReadOnlySpan<double> weights)
        {
            first = First;
            weights = Weights;
        }
    }
}

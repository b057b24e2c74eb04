using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Prediction;

/// <summary>
/// Keeps the probabilities of every class on another grid: classes × voxels × 4 bytes, for those who ask for them. Or only what is made
/// of them voxel by voxel, such as their entropy: voxels × 4 bytes.
/// </summary>
public sealed class ProbabilitySink : ILogitsSink
{
    private readonly Extent _to;
    private readonly int _classes;
    private readonly bool _sigmoid;
    private readonly bool _entropy;
    private readonly LinearAxis _x, _y, _z;
    private readonly float[][] _planes = [[], []];
    private LogitsBlock _block;
    private int _next;

    /// <summary>A sink for one image.</summary>
    /// <param name="from">The grid of the logits.</param>
    /// <param name="to">The grid of the probabilities, between the same outer faces.</param>
    /// <param name="classes">Logits per voxel.</param>
    /// <param name="sigmoid">Whether each class has a probability of its own; otherwise they sum to 1.</param>
    /// <param name="coarseAxis">The axis (0, 1, 2 for x, y, z) that takes the nearest plane instead of a mixture; null: none.</param>
    /// <param name="entropy">Whether the entropy of each voxel is kept in the place of its probabilities.</param>
    /// <param name="planning">Whether it is only asked what it needs; then it can take nothing.</param>
    public ProbabilitySink(Extent from, Extent to, int classes, bool sigmoid, int? coarseAxis = null, bool entropy = false, bool planning = false)
    {
        LinearAxis Axis(int axis, int old, int now) => new(old, now, axis == coarseAxis ? Interpolation.Nearest : Interpolation.Linear);
        (_to, _classes, _sigmoid, _entropy) = (to, classes, sigmoid, entropy);
        (_x, _y, _z) = (Axis(0, from.Width, to.Width), Axis(1, from.Height, to.Height), Axis(2, from.Depth, to.Depth));
        Probabilities = planning ? [] : new float[(entropy ? 1 : classes) * to.Count];
    }

    /// <summary>The probabilities so far, [K, D, H, W]; entropies are [1, D, H, W], in [0, 1].</summary>
    public float[] Probabilities { get; }

    /// <inheritdoc/>
    public int Rows => _to.Height;

    /// <inheritdoc/>
    public int Columns => _to.Width;

    /// <inheritdoc/>
    public Strip RowsFor(Strip output) => Needs(_y, output);

    /// <inheritdoc/>
    public Strip ColumnsFor(Strip output) => Needs(_x, output);

    /// <inheritdoc/>
    public long WorkingBytes(LogitsBlock block) => 2L * block.PlaneCount * _classes * sizeof(float);

    /// <inheritdoc/>
    public void Begin(LogitsBlock block)
    {
        (_block, _next) = (block, 0);
        (_planes[0], _planes[1]) = (new float[block.PlaneCount * _classes], new float[block.PlaneCount * _classes]);
    }

    /// <inheritdoc/>
    public void Take(int z, ReadOnlySpan<float> logits)
    {
        logits.CopyTo(_planes[z % 2]);
        for (; _next < _to.Depth && _z.At(_next) is var (low, weight) && (weight > 0 ? low + 1 : low) <= z; _next++)
        {
            Make(_next, low, weight);
        }
    }

    /// <inheritdoc/>
    public void End() => (_planes[0], _planes[1]) = ([], []);

    private void Make(int z, int low, float weight)
    {
        var values = new float[_classes];
        for (var y = _block.OutputRows.First; y < _block.OutputRows.End; y++)
        {
            for (var x = _block.OutputColumns.First; x < _block.OutputColumns.End; x++)
            {
                for (var k = 0; k < _classes; k++)
                {
                    var near = Plane(_planes[low % 2], k, y, x);
                    values[k] = weight > 0 ? near + (weight * (Plane(_planes[(low + 1) % 2], k, y, x) - near)) : near;
                }

                Normalise(values);
                if (_entropy)
                {
                    Probabilities[(((z * (long)_to.Height) + y) * _to.Width) + x] = Uncertainty.Entropy(values, _sigmoid);
                    continue;
                }

                for (var k = 0; k < _classes; k++)
                {
                    Probabilities[(((((((long)k * _to.Depth) + z) * _to.Height) + y)) * _to.Width) + x] = values[k];
                }
            }
        }
    }

    private float Plane(float[] plane, int k, int y, int x)
    {
        var ((low, weight), columns) = (_y.At(y), _block.Columns.Count);
        var row = ((k * _block.Rows.Count) + low - _block.Rows.First) * columns;
        var near = Line(plane, row, x);
        return weight > 0 ? near + (weight * (Line(plane, row + columns, x) - near)) : near;
    }

    private float Line(float[] plane, int row, int x)
    {
        var (low, weight) = _x.At(x);
        var at = row + low - _block.Columns.First;
        return weight > 0 ? plane[at] + (weight * (plane[at + 1] - plane[at])) : plane[at];
    }

    private void Normalise(Span<float> values)
    {
        if (_sigmoid)
        {
            foreach (ref var v in values)
            {
                v = 1 / (1 + MathF.Exp(-v));
            }

            return;
        }

        var (most, sum) = (float.NegativeInfinity, 0f);
        foreach (var v in values)
        {
            most = MathF.Max(most, v);
        }

        foreach (ref var v in values)
        {
            v = MathF.Exp(v - most);
            sum += v;
        }

        foreach (ref var v in values)
        {
            v /= sum;
        }
    }

    private static Strip Needs(LinearAxis axis, Strip output)
    {
        var (low, end) = axis.Needs(output.First, output.End);
        return new Strip(low, end - low);
    }
}

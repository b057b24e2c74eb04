using SegSharp.Imaging;
using SegSharp.Prediction;

namespace SegSharp.Tests.Prediction;

/// <summary>The plainest sink that resamples: trilinear interpolation of two planes at a time, then the greatest class.</summary>
internal sealed class ResampledLabels(int classes, Extent from, Extent to) : ILogitsSink
{
    private readonly Dictionary<int, float[]> _planes = [];
    private LogitsBlock _block;
    private int _next;

    public byte[] Labels { get; } = new byte[to.Count];

    public int Rows => to.Height;

    public int Columns => to.Width;

    public Strip RowsFor(Strip output) => Needs(output, from.Height, to.Height);

    public Strip ColumnsFor(Strip output) => Needs(output, from.Width, to.Width);

    public long WorkingBytes(LogitsBlock block) => 2 * block.PlaneCount * classes * sizeof(float);

    public void Begin(LogitsBlock block) => (_block, _next) = (block, 0);

    public void Take(int z, ReadOnlySpan<float> logits)
    {
        _planes[z] = logits.ToArray();
        for (; _next < to.Depth && At(_next, from.Depth, to.Depth) is var (low, weight) && (weight > 0 ? low + 1 : low) <= z; _next++)
        {
            for (var y = _block.OutputRows.First; y < _block.OutputRows.End; y++)
            {
                for (var x = _block.OutputColumns.First; x < _block.OutputColumns.End; x++)
                {
                    Labels[(((_next * to.Height) + y) * to.Width) + x] = Greatest(low, weight, y, x);
                }
            }
        }

        _planes.Remove(z - 2);
    }

    public void End()
    {
        if (_next != to.Depth)
        {
            throw new InvalidOperationException($"only {_next} of {to.Depth} planes came out");
        }

        _planes.Clear();
    }

    private byte Greatest(int z, float wz, int y, int x)
    {
        var (ly, wy) = At(y, from.Height, to.Height);
        var (lx, wx) = At(x, from.Width, to.Width);
        var (best, label) = (float.NegativeInfinity, 0);
        for (var k = 0; k < classes; k++)
        {
            float Voxel(int pz, int py, int px) => _planes[pz][(((k * _block.Rows.Count) + py - _block.Rows.First) * _block.Columns.Count) + px - _block.Columns.First];
            float Line(int pz, int py) => wx > 0 ? ((1 - wx) * Voxel(pz, py, lx)) + (wx * Voxel(pz, py, lx + 1)) : Voxel(pz, py, lx);
            float Plane(int pz) => wy > 0 ? ((1 - wy) * Line(pz, ly)) + (wy * Line(pz, ly + 1)) : Line(pz, ly);
            var value = wz > 0 ? ((1 - wz) * Plane(z)) + (wz * Plane(z + 1)) : Plane(z);
            if (value > best)
            {
                (best, label) = (value, k);
            }
        }

        return (byte)label;
    }

    private static Strip Needs(Strip output, int from, int to)
    {
        var (first, (last, weight)) = (At(output.First, from, to).Low, At(output.End - 1, from, to));
        return new Strip(first, last + (weight > 0 ? 2 : 1) - first);
    }

    private static (int Low, float Weight) At(int index, int from, int to)
    {
        var at = Math.Clamp(((index + 0.5) * from / to) - 0.5, 0, from - 1);
        return ((int)at, (float)(at - (int)at));
    }
}

namespace SegSharp.Imaging.Resampling;

/// <summary>Which two old voxels a new one lies between, for the axis between the same two outer faces.</summary>
/// <remarks>
/// Source: scikit-image's <c>resize(order=1, mode="edge", anti_aliasing=False)</c> as nnU-Net calls it; nearest is its order 0.
/// Parity: scikit-image 0.19.3, the same weights bit for bit.
/// </remarks>
public sealed class LinearAxis
{
    private readonly int[] _low;
    private readonly float[] _weight;

    /// <summary>The axis for linear interpolation.</summary>
    /// <param name="from">Voxels now.</param>
    /// <param name="to">Voxels then.</param>
    public LinearAxis(int from, int to)
        : this(from, to, Interpolation.Linear)
    {
    }

    /// <summary>The axis for linear interpolation or for the nearest voxel.</summary>
    /// <param name="from">Voxels now.</param>
    /// <param name="to">Voxels then.</param>
    /// <param name="order">Linear or nearest.</param>
    public LinearAxis(int from, int to, Interpolation order)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)order, (int)Interpolation.Linear, nameof(order));
        (From, To, Order) = (from, to, order);
        (_low, _weight, Weights) = (new int[to], new float[to], new double[to]);
        var scale = (double)from / to;
        for (var i = 0; i < to; i++)
        {
            var at = Math.Clamp(((i + 0.5) * scale) - 0.5, 0, from - 1);
            _low[i] = (int)Math.Floor(order == Interpolation.Nearest ? at + 0.5 : at);
            Weights[i] = order == Interpolation.Nearest ? 0 : at - _low[i];
            _weight[i] = (float)Weights[i];
        }
    }

    private LinearAxis(LinearAxis whole, int start, int end)
    {
        var (low, last) = whole.Needs(start, end);
        (From, To, Order) = (last - low, end - start, whole.Order);
        (_low, _weight, Weights) = (Array.ConvertAll(whole._low[start..end], l => l - low), whole._weight[start..end], whole.Weights[start..end]);
    }

    /// <summary>Voxels of the old axis.</summary>
    public int From { get; }

    /// <summary>Voxels of the new axis.</summary>
    public int To { get; }

    /// <summary>Linear or nearest.</summary>
    public Interpolation Order { get; }

    internal double[] Weights { get; }

    internal ReadOnlySpan<int> Lows => _low;

    internal ReadOnlySpan<float> Floats => _weight;

    /// <summary>New voxel <paramref name="index"/> is (1 − Weight)·old[Low] + Weight·old[Low + 1]; where the weight is 0, the second need not exist.</summary>
    public (int Low, float Weight) At(int index) => (_low[index], _weight[index]);

    /// <summary>The old voxels [Low, End) that the new ones [<paramref name="start"/>, <paramref name="end"/>) are made of.</summary>
    public (int Low, int End) Needs(int start, int end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start, end);
        return (_low[start], Math.Min(_low[end - 1] + (_weight[end - 1] > 0 ? 2 : 1), From));
    }

    /// <summary>The axis of the new voxels [<paramref name="start"/>, <paramref name="end"/>) alone, made of the old ones that they need and counted from the first of those.</summary>
    public LinearAxis Part(int start, int end) => new(this, start, end);
}

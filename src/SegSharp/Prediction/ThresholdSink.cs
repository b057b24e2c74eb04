namespace SegSharp.Prediction;

/// <summary>
/// Gives a sigmoid head's logits a background: a first class whose logit is the threshold everywhere, so that the greatest above it
/// wins. Or, where every class is decided by itself, moves them so that the threshold is 0.
/// </summary>
/// <param name="inner">Takes one class more than the network has; without <paramref name="widen"/> as many.</param>
/// <param name="classes">The network's.</param>
/// <param name="threshold">Among the logits: 0 for a probability of a half.</param>
/// <param name="widen">Whether there is a background class to be added.</param>
public sealed class ThresholdSink(ILogitsSink inner, int classes, float threshold, bool widen = true) : ILogitsSink
{
    private float[] _widened = [];
    private int _plane;

    /// <inheritdoc/>
    public int Rows => inner.Rows;

    /// <inheritdoc/>
    public int Columns => inner.Columns;

    /// <inheritdoc/>
    public Strip RowsFor(Strip output) => inner.RowsFor(output);

    /// <inheritdoc/>
    public Strip ColumnsFor(Strip output) => inner.ColumnsFor(output);

    /// <inheritdoc/>
    public long WorkingBytes(LogitsBlock block) => inner.WorkingBytes(block) + (block.PlaneCount * (classes + (widen ? 1 : 0)) * sizeof(float));

    /// <inheritdoc/>
    public void Start(BlockLayout layout)
    {
        inner.Start(layout);
        _widened = new float[layout.Blocks.Max(b => b.PlaneCount) * (classes + 1)];
    }

    /// <inheritdoc/>
    public void Begin(LogitsBlock block)
    {
        inner.Begin(block);
        _plane = widen ? (int)block.PlaneCount : 0;
        _widened.AsSpan(0, _plane).Fill(threshold);
    }

    /// <inheritdoc/>
    public void Take(int z, ReadOnlySpan<float> logits)
    {
        if (widen)
        {
            logits.CopyTo(_widened.AsSpan(_plane));
        }
        else
        {
            for (var i = 0; i < logits.Length; i++)
            {
                _widened[i] = logits[i] - threshold;
            }
        }

        inner.Take(z, _widened.AsSpan(0, _plane + logits.Length));
    }

    /// <inheritdoc/>
    public void End() => inner.End();
}

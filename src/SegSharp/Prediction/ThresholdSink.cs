namespace SegSharp.Prediction;

/// <summary>
/// Gives a sigmoid head's logits a background: a first class whose logit is 0 everywhere, so that the class that is farthest above its
/// threshold wins. Or, where there is one already or every class is decided by itself, only moves them.
/// </summary>
/// <param name="inner">Takes one class more than the network has; without <paramref name="widen"/> as many.</param>
/// <param name="classes">The network's.</param>
/// <param name="thresholds">Among the logits, one per class: 0 for a probability of a half. The background's logit is 0, and the others are moved by theirs.</param>
/// <param name="widen">Whether there is a background class to be added.</param>
public sealed class ThresholdSink(ILogitsSink inner, int classes, IReadOnlyList<float> thresholds, bool widen = true) : ILogitsSink
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
        _widened.AsSpan(0, _plane).Clear();
    }

    /// <inheritdoc/>
    public void Take(int z, ReadOnlySpan<float> logits)
    {
        var plane = logits.Length / classes;
        for (var k = 0; k < classes; k++)
        {
            var from = logits.Slice(k * plane, plane);
            var to = _widened.AsSpan(_plane + (k * plane), plane);
            if (thresholds[k] == 0)
            {
                from.CopyTo(to);
                continue;
            }

            for (var i = 0; i < plane; i++)
            {
                to[i] = from[i] - thresholds[k];
            }
        }

        inner.Take(z, _widened.AsSpan(0, _plane + logits.Length));
    }

    /// <inheritdoc/>
    public void End() => inner.End();
}

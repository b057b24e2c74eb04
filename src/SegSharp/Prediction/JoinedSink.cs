namespace SegSharp.Prediction;

/// <summary>Hands the same logits to several sinks between the same two grids, so that the network runs once.</summary>
/// <param name="sinks">One or more; all read the same rows and columns for the same output.</param>
public sealed class JoinedSink(IReadOnlyList<ILogitsSink> sinks) : ILogitsSink
{
    /// <inheritdoc/>
    public int Rows => sinks[0].Rows;

    /// <inheritdoc/>
    public int Columns => sinks[0].Columns;

    /// <inheritdoc/>
    public Strip RowsFor(Strip output) => sinks[0].RowsFor(output);

    /// <inheritdoc/>
    public Strip ColumnsFor(Strip output) => sinks[0].ColumnsFor(output);

    /// <inheritdoc/>
    public long WorkingBytes(LogitsBlock block) => sinks.Sum(s => s.WorkingBytes(block));

    /// <inheritdoc/>
    public void Start(BlockLayout layout)
    {
        foreach (var sink in sinks)
        {
            sink.Start(layout);
        }
    }

    /// <inheritdoc/>
    public void Begin(LogitsBlock block)
    {
        foreach (var sink in sinks)
        {
            sink.Begin(block);
        }
    }

    /// <inheritdoc/>
    public void Take(int z, ReadOnlySpan<float> logits)
    {
        foreach (var sink in sinks)
        {
            sink.Take(z, logits);
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        foreach (var sink in sinks)
        {
            sink.End();
        }
    }
}

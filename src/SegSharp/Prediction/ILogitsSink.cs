namespace SegSharp.Prediction;

/// <summary>Takes finished logits plane by plane, so that they need not be kept: resamples them, chooses labels, or collects them.</summary>
/// <remarks>
/// A plane may come in blocks. They are cut in the sink's own output plane, and for each block the sink says which rows and columns of
/// the prepared grid it reads: linear interpolation needs a row more than the block's own. Every block gets all planes from first to
/// last before the next block begins.
/// </remarks>
public interface ILogitsSink
{
    /// <summary>Rows of an output plane.</summary>
    int Rows { get; }

    /// <summary>Columns of an output plane.</summary>
    int Columns { get; }

    /// <summary>The rows of the prepared grid that these output rows are computed from.</summary>
    Strip RowsFor(Strip output);

    /// <summary>The columns of the prepared grid that these output columns are computed from.</summary>
    Strip ColumnsFor(Strip output);

    /// <summary>Bytes that the sink holds while it works on a block, its output not counted.</summary>
    long WorkingBytes(LogitsBlock block);

    /// <summary>Says which blocks will come, before the first: what all of them need can be allocated once.</summary>
    void Start(BlockLayout layout)
    {
    }

    /// <summary>A block begins; its planes follow from 0 upwards.</summary>
    void Begin(LogitsBlock block);

    /// <summary>One finished plane of the block.</summary>
    /// <param name="z">The plane of the prepared grid.</param>
    /// <param name="logits">[K, block.Rows, block.Columns]; valid during the call only.</param>
    void Take(int z, ReadOnlySpan<float> logits);

    /// <summary>The block has had all its planes.</summary>
    void End();
}

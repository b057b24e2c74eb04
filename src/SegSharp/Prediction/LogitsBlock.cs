namespace SegSharp.Prediction;

/// <summary>A rectangle of the output plane, and what of the prepared plane it is computed from.</summary>
/// <param name="OutputRows">Rows of the output that this block fills.</param>
/// <param name="OutputColumns">Columns of the output that this block fills.</param>
/// <param name="Rows">Rows of the prepared grid that it needs.</param>
/// <param name="Columns">Columns of the prepared grid that it needs.</param>
public readonly record struct LogitsBlock(Strip OutputRows, Strip OutputColumns, Strip Rows, Strip Columns)
{
    /// <summary>Elements of one class in one prepared plane of the block.</summary>
    public long PlaneCount => (long)Rows.Count * Columns.Count;
}

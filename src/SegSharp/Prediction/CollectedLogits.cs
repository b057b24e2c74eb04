using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>Keeps all logits on the prepared grid: classes × volume. For small images, and for looking at them; labels need none of it.</summary>
/// <param name="classes">K.</param>
/// <param name="extent">The size of the prepared image.</param>
public sealed class CollectedLogits(int classes, Extent extent) : ILogitsSink
{
    private LogitsBlock _block;

    /// <summary>[K, D, H, W].</summary>
    public float[] Values { get; } = new float[classes * extent.Count];

    /// <inheritdoc/>
    public int Rows => extent.Height;

    /// <inheritdoc/>
    public int Columns => extent.Width;

    /// <inheritdoc/>
    public Strip RowsFor(Strip output) => output;

    /// <inheritdoc/>
    public Strip ColumnsFor(Strip output) => output;

    /// <inheritdoc/>
    public long WorkingBytes(LogitsBlock block) => 0;

    /// <inheritdoc/>
    public void Begin(LogitsBlock block) => _block = block;

    /// <inheritdoc/>
    public void Take(int z, ReadOnlySpan<float> logits)
    {
        var width = _block.Columns.Count;
        for (var k = 0; k < classes; k++)
        {
            for (var y = _block.Rows.First; y < _block.Rows.End; y++)
            {
                var row = (((((long)k * extent.Depth) + z) * extent.Height) + y) * extent.Width;
                logits[..width].CopyTo(Values.AsSpan((int)row + _block.Columns.First, width));
                logits = logits[width..];
            }
        }
    }

    /// <inheritdoc/>
    public void End()
    {
    }
}

using SegSharp.Losses;
using SegSharp.Torch;

namespace SegSharp.Training;

/// <summary>Pixels of one label, counted over batches, for the Dice that a training watches. The real evaluation is on label maps.</summary>
/// <param name="Both">Pixels where prediction and truth have the label.</param>
/// <param name="Sum">Pixels of the prediction plus pixels of the truth.</param>
internal sealed record OnlineDice(long Both, long Sum)
{
    /// <summary>2 · both / sum; null when neither side has the label.</summary>
    public double? Value => Sum == 0 ? null : 2.0 * Both / Sum;

    /// <summary>Adds a batch.</summary>
    /// <param name="counts">So far; empty at the start.</param>
    /// <param name="logits">[N, K, (D,) H, W].</param>
    /// <param name="target">[N, (D,) H, W] labels, or [N, K, (D,) H, W] channels, below 0 where not known.</param>
    /// <param name="head">What the channels mean.</param>
    /// <param name="ignore">A label that does not count; null = none.</param>
    /// <returns>A count per foreground label, or per channel.</returns>
    public static OnlineDice[] Add(OnlineDice[] counts, Tensor logits, Tensor target, Head head, int? ignore = null)
    {
        using var scope = new TensorScope();
        var labels = (int)logits.Size(1) - (head == Head.Softmax ? 1 : 0);
        var winner = head == Head.Softmax ? logits.Argmax(1) : null;
        var regions = target.Dimensions == logits.Dimensions;
        var known = ignore is { } silent && !regions ? target.DifferentFrom(silent) : null;
        var result = new OnlineDice[labels];
        for (var label = 1; label <= labels; label++)
        {
            var truth = regions ? target.Select(1, label - 1).GreaterThan(0.5) : target.EqualTo(label);
            var prediction = winner is null ? logits.Select(1, label - 1).GreaterThan(0) : winner.EqualTo(label);
            prediction = regions ? prediction * target.Select(1, label - 1).GreaterThan(-0.5) : known is null ? prediction : prediction * known;
            var before = counts.Length == 0 ? new OnlineDice(0, 0) : counts[label - 1];
            result[label - 1] = new OnlineDice(
                before.Both + (long)(truth * prediction).Sum().Item(),
                before.Sum + (long)truth.Sum().Item() + (long)prediction.Sum().Item());
        }

        return result;
    }
}

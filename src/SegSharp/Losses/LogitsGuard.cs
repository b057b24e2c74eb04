using System.Globalization;
using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Notices a network that ends with a sigmoid or a softmax: the losses apply them themselves.</summary>
public static class LogitsGuard
{
    private const double Rounding = 1e-3;

    /// <summary>Says why what should be logits look like probabilities; null where they do not.</summary>
    /// <remarks>Reads all of them twice, so it is meant for one batch now and then.</remarks>
    /// <param name="logits">[N, K, (D,) H, W].</param>
    /// <param name="head">What the loss does with them.</param>
    public static string? Suspect(Tensor logits, Head head)
    {
        using var scope = new TensorScope();
        var z = logits.Detach();
        var (low, high) = (z.Min().Item(), z.Max().Item());
        if (!(low >= 0 && high <= 1 && high > low))
        {
            return null;
        }

        var channels = z.Size(1);
        var sums = channels > 1 ? (z.To(DType.Float32).Sum([1]) - 1).Abs().Max().Item() : 1;
        return head == Head.Softmax && sums > Rounding ? null
            : string.Create(CultureInfo.InvariantCulture, $"the network's outputs lie between {low:0.###} and {high:0.###}{(sums <= Rounding ? " and sum to 1 at every pixel" : "")}, as if they were probabilities already; ")
            + $"the loss takes logits and applies the {(head == Head.Softmax ? "softmax" : "sigmoid")} itself: let the network end before its own";
    }
}

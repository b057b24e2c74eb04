using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="TopK"/>.</summary>
public sealed record TopKOptions : LossOptions
{
    /// <summary>How many of all pixels count, in percent: those with the greatest cross-entropy. At least one pixel does.</summary>
    public double Percent { get; init; } = 10;

    /// <summary>A weight per label, background first; null when all count the same. Softmax only.</summary>
    public double[]? ClassWeights { get; init; }

    /// <summary>The share of the truth that is spread evenly over all labels. Below 0.5 under a sigmoid head.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Whether the channels are yes-or-no answers of their own: then the elements of all channels are ranked.</summary>
    public bool Sigmoid { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. base.Check(),
        .. Percent is > 0 and <= 100 ? Array.Empty<Fault>() : [Fault.At("loss.percent", $"is {Percent}; it must be above 0 and at most 100")],
        .. CheckWeights("classWeights", ClassWeights),
        .. CheckShare("labelSmoothing", LabelSmoothing),
        .. Sigmoid && ClassWeights is not null ? [Fault.At("loss.classWeights", "are set, but with loss.sigmoid = true channels are not weighted; leave them away")] : Array.Empty<Fault>(),
    ];
}

/// <summary>The mean cross-entropy of the worst pixels.</summary>
/// <remarks>Source: Wu et al. 2016 (online bootstrapping). Parity: nnU-Net v2 TopKLoss, to 1e-6: ignored pixels count in the number of which k percent are taken.</remarks>
public sealed class TopK(TopKOptions o) : Loss
{
    private static readonly Operator Op = new("aten::topk", arguments: 5);

    private readonly Loss _entropy = o.Sigmoid
        ? new BinaryCrossEntropy(new() { Ignore = o.Ignore, LabelSmoothing = o.LabelSmoothing })
        : new CrossEntropy(new() { ClassWeights = o.ClassWeights, Ignore = o.Ignore, LabelSmoothing = o.LabelSmoothing });

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var each = _entropy.Terms(logits, target, weights)!.Reshape(-1);
        var kept = Math.Max(1, (long)(each.Count * o.Percent / 100));
        return scope.Keep(Op.CallTwo(each, kept, -1, true, false).First.Mean());
    }
}

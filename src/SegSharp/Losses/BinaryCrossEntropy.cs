using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="BinaryCrossEntropy"/>.</summary>
public sealed record BinaryCrossEntropyOptions : LossOptions
{
    /// <summary>How many times more a foreground pixel counts than a background pixel. Above 1 the 0.5 threshold favours recall.</summary>
    public double PositiveWeight { get; init; } = 1;

    /// <summary>The same for every channel by itself, in place of <see cref="PositiveWeight"/>; null when they share it.</summary>
    public double[]? PositiveWeights { get; init; }

    /// <summary>How far the truth is drawn from 0 and 1: 0.1 makes them 0.1 and 0.9. Below 0.5.</summary>
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public override Head Head => Head.Sigmoid;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. base.Check(),
        .. CheckAboveZero("positiveWeight", PositiveWeight),
        .. CheckWeights("positiveWeights", PositiveWeights),
        .. LabelSmoothing is >= 0 and < 0.5 ? Array.Empty<Fault>() : [Fault.At("loss.labelSmoothing", $"is {LabelSmoothing}; it must be 0 or more and below 0.5")],
    ];
}

/// <summary>Cross-entropy of independent yes-or-no channels, averaged over all elements.</summary>
/// <remarks>
/// Source: −[w·t·log σ(z) + (1 − t)·log(1 − σ(z))], with the weight w on positives only.
/// Parity: torch.nn.BCEWithLogitsLoss(pos_weight), to 1e-6. With pixel weights the mean is over the weighted elements, as there.
/// Differs: the mean is over the elements that are known; nnU-Net divides the sum over the regions by the number of known pixels.
/// </remarks>
public sealed class BinaryCrossEntropy(BinaryCrossEntropyOptions o) : Loss
{
    private static readonly Operator Op = new("aten::binary_cross_entropy_with_logits", arguments: 5);
    private const long None = 0, Mean = 1;

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var z = Real(logits);
        var (t, known) = Truth(z, target, Head.Sigmoid, o.Ignore);
        return scope.Keep(known is null
            ? Op.Call(z, Smoothed(t), weights?.Unsqueeze(1), Positive(z), Mean)
            : MeanOf(Op.Call(z, Smoothed(t), default, Positive(z), None), known, weights));
    }

    /// <summary>Every element, [N, K, (D,) H, W].</summary>
    internal override Tensor Terms(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var z = Real(logits);
        var (t, known) = Truth(z, target, Head.Sigmoid, o.Ignore);
        var each = Op.Call(z, Smoothed(t), default, Positive(z), None);
        return scope.Keep(Counts(known, weights, z.DType) is { } counts ? each * counts : each);
    }

    private Tensor Smoothed(Tensor t) => o.LabelSmoothing == 0 ? t : (t * (1 - (2 * o.LabelSmoothing))) + o.LabelSmoothing;

    private Tensor? Positive(Tensor z) =>
        o.PositiveWeights is { } each ? PerChannel(each, z, z.Size(1))
        : o.PositiveWeight == 1 ? null
        : Tensor.Full(o.PositiveWeight, [1], z.DType, z.Device);
}

using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="BinaryCrossEntropy"/>.</summary>
public sealed record BinaryCrossEntropyOptions : LossOptions
{
    /// <summary>How many times more a foreground pixel counts than a background pixel. Above 1 the 0.5 threshold favours recall.</summary>
    public double PositiveWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override Head Head => Head.Sigmoid;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (!(PositiveWeight > 0) || !double.IsFinite(PositiveWeight))
        {
            yield return Fault.At("loss.positiveWeight", $"is {PositiveWeight}; it must be above 0");
        }
    }
}

/// <summary>Cross-entropy of independent yes-or-no channels, averaged over all elements.</summary>
/// <remarks>
/// Source: −[w·t·log σ(z) + (1 − t)·log(1 − σ(z))], with the weight w on positives only.
/// Parity: torch.nn.BCEWithLogitsLoss(pos_weight), to 1e-6. With pixel weights the mean is over the weighted elements, as there.
/// </remarks>
public sealed class BinaryCrossEntropy(BinaryCrossEntropyOptions o) : Loss
{
    private static readonly Operator Op = new("aten::binary_cross_entropy_with_logits", arguments: 5);
    private const long Mean = 1;

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var z = logits.To(DType.Float32);
        var t = Channels(z, target, Head.Sigmoid);
        var positive = o.PositiveWeight == 1 ? null : Tensor.Full(o.PositiveWeight, [1], device: logits.Device);
        return scope.Keep(Op.Call(z, t, weights?.Unsqueeze(1), positive, Mean));
    }
}

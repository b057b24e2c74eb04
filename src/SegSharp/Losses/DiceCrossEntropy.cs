using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="DiceCrossEntropy"/>.</summary>
public sealed record DiceCrossEntropyOptions : LossOptions
{
    /// <summary>The share of the cross-entropy (λ).</summary>
    public double CrossEntropyWeight { get; init; } = 1;

    /// <summary>The share of the Dice loss.</summary>
    public double DiceWeight { get; init; } = 1;

    /// <summary>Added to the Dice's numerator and denominator.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Whether the Dice sums over the batch before dividing.</summary>
    public bool PoolBatch { get; init; } = true;

    /// <summary>Whether label 0 counts in the Dice under a softmax head; in the cross-entropy it always does.</summary>
    public bool Background { get; init; }

    /// <summary>Yes-or-no channels: binary cross-entropy instead of the multi-class one.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>How many times more a foreground pixel counts in the binary cross-entropy.</summary>
    public double PositiveWeight { get; init; } = 1;

    /// <summary>A weight per label in the multi-class cross-entropy, background first; null when all count the same.</summary>
    public double[]? ClassWeights { get; init; }

    /// <summary>The share of the truth that the cross-entropy spreads over the other labels.</summary>
    public double LabelSmoothing { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    internal SoftDiceOptions Dice => new() { Smooth = Smooth, PoolBatch = PoolBatch, Background = Background, Sigmoid = Sigmoid, Ignore = Ignore };

    internal LossOptions Entropy => Sigmoid
        ? new BinaryCrossEntropyOptions { PositiveWeight = PositiveWeight, LabelSmoothing = LabelSmoothing, Ignore = Ignore }
        : new CrossEntropyOptions { ClassWeights = ClassWeights, LabelSmoothing = LabelSmoothing, Ignore = Ignore };

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (CrossEntropyWeight is not (>= 0 and < double.PositiveInfinity) || DiceWeight is not (>= 0 and < double.PositiveInfinity) || CrossEntropyWeight + DiceWeight == 0)
        {
            yield return Fault.At("loss.diceWeight", $"and crossEntropyWeight are {DiceWeight} and {CrossEntropyWeight}; both must be 0 or more, and one above 0");
        }

        if (Sigmoid && ClassWeights is not null)
        {
            yield return Fault.At("loss.classWeights", "are set, but with loss.sigmoid = true channels are not weighted; leave them away");
        }

        foreach (var fault in base.Check().Concat(Dice.Check()).Concat(Entropy.Check()).Concat(CheckAboveZero("positiveWeight", PositiveWeight)).Distinct())
        {
            yield return fault;
        }
    }
}

/// <summary>A weighted sum of soft Dice and cross-entropy: the one sees the region, the other every pixel.</summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net), Methods: L = L_dice + L_CE. Parity: nnU-Net v2 DC_and_CE_loss and DC_and_BCE_loss, MONAI
/// DiceCELoss, to 1e-6. Differs: nnU-Net's Dice is −Dice, so its sum is smaller by the Dice's weight.
/// </remarks>
public sealed class DiceCrossEntropy(DiceCrossEntropyOptions o) : Loss
{
    private readonly WeightedSum _sum = new(
        (o.DiceWeight, new SoftDice(o.Dice)),
        (o.CrossEntropyWeight, o.Entropy is CrossEntropyOptions ce ? new CrossEntropy(ce) : new BinaryCrossEntropy((BinaryCrossEntropyOptions)o.Entropy)));

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null) => _sum.Compute(logits, target, weights);
}

using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="DiceCrossEntropy"/>.</summary>
public sealed record DiceCrossEntropyOptions : LossOptions
{
    /// <summary>The share of the cross-entropy.</summary>
    public double CrossEntropyWeight { get; init; } = 1;

    /// <summary>The share of the Dice loss.</summary>
    public double DiceWeight { get; init; } = 1;

    /// <summary>Added to the Dice's numerator and denominator.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Whether the Dice sums over the batch before dividing.</summary>
    public bool PoolBatch { get; init; } = true;

    /// <summary>Yes-or-no channels: binary cross-entropy instead of the multi-class one.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>How many times more a foreground pixel counts in the binary cross-entropy.</summary>
    public double PositiveWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (CrossEntropyWeight is not (>= 0 and < double.PositiveInfinity) || DiceWeight is not (>= 0 and < double.PositiveInfinity) || CrossEntropyWeight + DiceWeight == 0)
        {
            yield return Fault.At("loss.diceWeight", $"and crossEntropyWeight are {DiceWeight} and {CrossEntropyWeight}; both must be 0 or more, and one above 0");
        }

        foreach (var fault in new SoftDiceOptions { Smooth = Smooth }.Check().Concat(new BinaryCrossEntropyOptions { PositiveWeight = PositiveWeight }.Check()))
        {
            yield return fault;
        }
    }
}

/// <summary>A weighted sum of soft Dice and cross-entropy: the one sees the region, the other every pixel.</summary>
/// <remarks>Source: Isensee et al. 2021 (nnU-Net), Methods: L = L_dice + L_CE.</remarks>
public sealed class DiceCrossEntropy(DiceCrossEntropyOptions o) : Loss
{
    private readonly SoftDice _dice = new(new() { Smooth = o.Smooth, PoolBatch = o.PoolBatch, Sigmoid = o.Sigmoid });
    private readonly Loss _entropy = o.Sigmoid
        ? new BinaryCrossEntropy(new() { PositiveWeight = o.PositiveWeight })
        : new CrossEntropy(new());

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        return scope.Keep((o.DiceWeight * _dice.Compute(logits, target, weights)) + (o.CrossEntropyWeight * _entropy.Compute(logits, target, weights)));
    }
}

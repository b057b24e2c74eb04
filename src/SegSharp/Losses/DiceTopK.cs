using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="DiceTopK"/>.</summary>
public sealed record DiceTopKOptions : LossOptions
{
    /// <summary>The share of the cross-entropy.</summary>
    public double CrossEntropyWeight { get; init; } = 1;

    /// <summary>The share of the Dice loss.</summary>
    public double DiceWeight { get; init; } = 1;

    /// <summary>How many of all pixels count in the cross-entropy, in percent.</summary>
    public double Percent { get; init; } = 10;

    /// <summary>Added to the Dice's numerator and denominator.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Whether the Dice sums over the batch before dividing.</summary>
    public bool PoolBatch { get; init; } = true;

    /// <summary>Whether label 0 counts in the Dice under a softmax head.</summary>
    public bool Background { get; init; }

    /// <summary>Whether the channels are yes-or-no answers of their own.</summary>
    public bool Sigmoid { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    internal SoftDiceOptions Dice => new() { Smooth = Smooth, PoolBatch = PoolBatch, Background = Background, Sigmoid = Sigmoid, Ignore = Ignore };

    internal TopKOptions TopK => new() { Percent = Percent, Sigmoid = Sigmoid, Ignore = Ignore };

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (CrossEntropyWeight is not (>= 0 and < double.PositiveInfinity) || DiceWeight is not (>= 0 and < double.PositiveInfinity) || CrossEntropyWeight + DiceWeight == 0)
        {
            yield return Fault.At("loss.diceWeight", $"and crossEntropyWeight are {DiceWeight} and {CrossEntropyWeight}; both must be 0 or more, and one above 0");
        }

        foreach (var fault in base.Check().Concat(Dice.Check()).Concat(TopK.Check()).Distinct())
        {
            yield return fault;
        }
    }
}

/// <summary>A weighted sum of soft Dice and the cross-entropy of the worst pixels.</summary>
/// <remarks>Source: Isensee et al. 2021, the trainer with top-k loss. Parity: nnU-Net v2 DC_and_topk_loss, to 1e-6, but for −Dice in place of 1 − Dice.</remarks>
public sealed class DiceTopK(DiceTopKOptions o) : Loss
{
    private readonly WeightedSum _sum = new((o.DiceWeight, new SoftDice(o.Dice)), (o.CrossEntropyWeight, new TopK(o.TopK)));

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null) => _sum.Compute(logits, target, weights);
}

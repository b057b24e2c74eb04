using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="DiceFocal"/>.</summary>
public sealed record DiceFocalOptions : LossOptions
{
    /// <summary>The share of the focal loss.</summary>
    public double FocalWeight { get; init; } = 1;

    /// <summary>The share of the Dice loss.</summary>
    public double DiceWeight { get; init; } = 1;

    /// <summary>How much a pixel fades that is right already (γ).</summary>
    public double Gamma { get; init; } = 2;

    /// <summary>The weight of the foreground, 1 − α that of the background; null when both count 1.</summary>
    public double? Alpha { get; init; }

    /// <summary>Added to the Dice's numerator and denominator.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Whether the Dice sums over the batch before dividing.</summary>
    public bool PoolBatch { get; init; } = true;

    /// <summary>Whether label 0 counts under a softmax head.</summary>
    public bool Background { get; init; }

    /// <summary>Whether the channels are yes-or-no answers of their own.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>Under a softmax head: the focal loss of each label against the rest by a sigmoid of its own; off: by the softmax.</summary>
    public bool OneVersusRest { get; init; } = true;

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    internal SoftDiceOptions Dice => new() { Smooth = Smooth, PoolBatch = PoolBatch, Background = Background, Sigmoid = Sigmoid, Ignore = Ignore };

    internal FocalOptions Focal => new() { Gamma = Gamma, Alpha = Alpha, Background = Background, Sigmoid = Sigmoid, OneVersusRest = OneVersusRest, Ignore = Ignore };

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (FocalWeight is not (>= 0 and < double.PositiveInfinity) || DiceWeight is not (>= 0 and < double.PositiveInfinity) || FocalWeight + DiceWeight == 0)
        {
            yield return Fault.At("loss.diceWeight", $"and focalWeight are {DiceWeight} and {FocalWeight}; both must be 0 or more, and one above 0");
        }

        foreach (var fault in base.Check().Concat(Dice.Check()).Concat(Focal.Check()).Distinct())
        {
            yield return fault;
        }
    }
}

/// <summary>A weighted sum of soft Dice and focal loss, for small and hard structures.</summary>
/// <remarks>Source: Zhu et al. 2019 (AnatomyNet), with Dice for its Dice-like term. Parity: MONAI DiceFocalLoss, to 1e-6 (its focal part is one label against the rest).</remarks>
public sealed class DiceFocal(DiceFocalOptions o) : Loss
{
    private readonly WeightedSum _sum = new((o.DiceWeight, new SoftDice(o.Dice)), (o.FocalWeight, new Focal(o.Focal)));

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null) => _sum.Compute(logits, target, weights);
}

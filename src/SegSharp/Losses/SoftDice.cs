using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="SoftDice"/>.</summary>
public sealed record SoftDiceOptions : OverlapOptions
{
    /// <summary>Squares in the denominator, as in V-Net (Milletari et al. 2016).</summary>
    public bool Squared { get; init; }

    /// <summary>The Jaccard index, overlap over union, in place of Dice.</summary>
    public bool Jaccard { get; init; }

    /// <summary>−log of the index in place of 1 − index: steeper where hardly anything overlaps.</summary>
    public bool Log { get; init; }

    /// <summary>Whether a class without a pixel in the truth costs nothing; off: what the formula gives, 1 for every false pixel.</summary>
    public bool SkipAbsent { get; init; }

    /// <summary>A weight per class that counts; null when all count the same. The mean is over the classes, not over the weights.</summary>
    public double[]? ClassWeights { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [.. base.Check(), .. CheckWeights("classWeights", ClassWeights)];
}

/// <summary>1 − soft Dice, averaged over the classes.</summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net), Methods; with <see cref="SoftDiceOptions.Squared"/>, Milletari et al. 2016, section 3.
/// Parity: nnU-Net v2 MemoryEfficientSoftDiceLoss, MONAI DiceLoss, segmentation_models.pytorch DiceLoss, to 1e-6.
/// Differs: nnU-Net returns −Dice, we return 1 − Dice.
/// </remarks>
public sealed class SoftDice(SoftDiceOptions o) : OverlapLoss(o)
{
    private const double Least = 1e-7;

    private protected override bool Squares => o.Squared;

    private protected override Tensor Each(OverlapSums s)
    {
        var total = s.Predicted + s.True;
        var index = Fraction(2 * s.Both, o.Jaccard ? 2 * (total - s.Both) : total);
        var loss = o.Log ? -index.Clamp(Least, null).Log() : 1 - index;
        return Weighted(o.SkipAbsent ? loss * Present(s) : loss, o.ClassWeights);
    }
}

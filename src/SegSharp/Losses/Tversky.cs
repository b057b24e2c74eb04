using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="Tversky"/>.</summary>
public sealed record TverskyOptions : OverlapOptions
{
    /// <summary>The price of a false positive (α). The two prices at 0.5 are Dice, at 1 Jaccard.</summary>
    public double FalsePositives { get; init; } = 0.3;

    /// <summary>The price of a false negative (β). Above α: rather too much found than too little, for small lesions.</summary>
    public double FalseNegatives { get; init; } = 0.7;

    /// <summary>The power of every class's loss: focal Tversky. Abraham and Khan's 4/3 is 0.75 here: they write the power as 1/γ.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>Whether the power is taken of the classes' mean rather than of each class.</summary>
    public bool GammaOfMean { get; init; }

    /// <summary>−log of the index in place of 1 − index.</summary>
    public bool Log { get; init; }

    /// <summary>Whether a class without a pixel in the truth costs nothing.</summary>
    public bool SkipAbsent { get; init; }

    /// <summary>A weight per class that counts; null when all count the same.</summary>
    public double[]? ClassWeights { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. base.Check(),
        .. CheckNotNegative("falsePositives", FalsePositives),
        .. CheckNotNegative("falseNegatives", FalseNegatives),
        .. CheckAboveZero("gamma", Gamma),
        .. CheckWeights("classWeights", ClassWeights),
    ];
}

/// <summary>1 − Tversky index, averaged over the classes: Dice with a price of its own for each kind of mistake.</summary>
/// <remarks>
/// Source: Salehi et al. 2017: (Σpt + ε) / (Σpt + α·Σp(1 − t) + β·Σ(1 − p)t + ε); the power, Abraham and Khan 2019.
/// Parity: MONAI TverskyLoss; segmentation_models.pytorch TverskyLoss (SkipAbsent, GammaOfMean), to 1e-6.
/// </remarks>
public sealed class Tversky(TverskyOptions o) : OverlapLoss(o)
{
    // A power below 1 is infinitely steep at 0.
    private const double Least = 1e-7;

    private protected override Tensor Each(OverlapSums s)
    {
        var index = Fraction(s.Both, s.Both + (o.FalsePositives * (s.Predicted - s.Both)) + (o.FalseNegatives * (s.True - s.Both)));
        var loss = o.Log ? -index.Clamp(Least, null).Log() : 1 - index;
        return Weighted(Power(o.SkipAbsent ? loss * Present(s) : loss, !o.GammaOfMean), o.ClassWeights);
    }

    private protected override Tensor Reduce(Tensor terms) => Power(terms.Mean(), o.GammaOfMean);

    private Tensor Power(Tensor loss, bool here) => o.Gamma == 1 || !here ? loss : loss.Clamp(Least, null).Pow(o.Gamma);
}

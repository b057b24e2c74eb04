using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>What a class counts in the generalised Dice.</summary>
public enum VolumeWeighting
{
    /// <summary>1 / volume².</summary>
    Square,

    /// <summary>1 / volume.</summary>
    Simple,

    /// <summary>1: large classes decide.</summary>
    Uniform,
}

/// <summary>Options of <see cref="GeneralisedDice"/>.</summary>
public sealed record GeneralisedDiceOptions : OverlapOptions
{
    /// <summary>What a class counts, by the pixels that it has in the truth.</summary>
    public VolumeWeighting Weighting { get; init; }
}

/// <summary>1 − generalised Dice: numerator and denominator are summed over the classes, each divided by its volume, so that small ones count.</summary>
/// <remarks>
/// Source: Sudre et al. 2017, section 2.1. Parity: MONAI GeneralizedDiceLoss, to 1e-6: a class that is absent gets the greatest
/// weight of those present; where none is present the loss is 0.
/// </remarks>
public sealed class GeneralisedDice(GeneralisedDiceOptions o) : OverlapLoss(o)
{
    private static readonly Operator Greatest = new("aten::amax", arguments: 3);

    /// <summary>[1], or [N] where every image stands for itself.</summary>
    private protected override Tensor Each(OverlapSums s)
    {
        var w = WeightsOf(s);
        return 1 - Fraction(2 * (s.Both * w).Sum([-1], keep: true), ((s.Predicted + s.True) * w).Sum([-1], keep: true));
    }

    private Tensor WeightsOf(OverlapSums s)
    {
        var volume = s.True.Detach();
        if (o.Weighting == VolumeWeighting.Uniform)
        {
            return Tensor.Full(1, volume.Shape, volume.DType, volume.Device);
        }

        var present = volume.GreaterThan(0).To(volume.DType);
        var each = present / (volume + (1 - present)).Pow(o.Weighting == VolumeWeighting.Square ? 2 : 1);
        return each + ((1 - present) * Greatest.Call(each, new long[] { -1 }, true));
    }
}

using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="SoftDice"/>.</summary>
public sealed record SoftDiceOptions : LossOptions
{
    /// <summary>Added to numerator and denominator, so that a class absent from both sides scores 1.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Sum over the batch before dividing: steadier when a patch may hold no foreground.</summary>
    public bool PoolBatch { get; init; } = true;

    /// <summary>Whether label 0 counts under a softmax head. Off, as in nnU-Net: background is most pixels and drowns the rest.</summary>
    public bool Background { get; init; }

    /// <summary>Squares in the denominator, as in V-Net (Milletari et al. 2016).</summary>
    public bool Squared { get; init; }

    /// <summary>Whether the channels are yes-or-no answers of their own.</summary>
    public bool Sigmoid { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (Smooth is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("loss.smooth", $"is {Smooth}; it must be 0 or more");
        }
    }
}

/// <summary>1 − soft Dice, averaged over the classes.</summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net), Methods; with <see cref="SoftDiceOptions.Squared"/>, Milletari et al. 2016, section 3.
/// Parity: nnU-Net v2 MemoryEfficientSoftDiceLoss, to 1e-6. Differs: nnU-Net returns −Dice, we return 1 − Dice.
/// </remarks>
public sealed class SoftDice(SoftDiceOptions o) : Loss
{
    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var z = logits.To(DType.Float32);
        var p = o.Head == Head.Sigmoid ? z.Sigmoid() : z.Softmax(axis: 1);
        var t = Channels(z, target, o.Head);
        if (weights is not null)
        {
            var w = weights.Unsqueeze(1);
            p *= w;
            t *= w;
        }

        var axes = o.PoolBatch ? z.AllAxesBut(1) : z.SpatialAxes;
        var overlap = (p * t).Sum(axes);                                          // [K] or [N, K]
        var total = o.Squared ? p.Pow(2).Sum(axes) + t.Sum(axes) : p.Sum(axes) + t.Sum(axes);
        var dice = ((2 * overlap) + o.Smooth) / (total + o.Smooth);

        var foreground = o.Head == Head.Sigmoid || o.Background ? dice : dice.From(axis: -1, start: 1);
        return scope.Keep(1 - foreground.Mean());
    }
}

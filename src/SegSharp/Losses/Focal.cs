using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="Focal"/>.</summary>
public sealed record FocalOptions : LossOptions
{
    /// <summary>How much a pixel fades that is right already (γ): 0 is plain cross-entropy.</summary>
    public double Gamma { get; init; } = 2;

    /// <summary>The weight of the foreground, 1 − α that of the background (α_t); null when both count 1.</summary>
    public double? Alpha { get; init; }

    /// <summary>Whether the channels are yes-or-no answers of their own.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>Under a softmax head: each label against the rest by a sigmoid of its own, as Lin et al. do; the greatest still wins.</summary>
    public bool OneVersusRest { get; init; }

    /// <summary>Whether label 0 counts under a softmax head.</summary>
    public bool Background { get; init; } = true;

    /// <summary>A weight per class that counts; null when all count the same.</summary>
    public double[]? ClassWeights { get; init; }

    /// <summary>Fade only what is more probable than this, by ((1 − p_t) / threshold)^γ; null: fade everything.</summary>
    public double? ReducedThreshold { get; init; }

    /// <summary>Divide the sum by the sum of the fading factors in place of the number of elements.</summary>
    public bool Normalised { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. base.Check(),
        .. CheckNotNegative("gamma", Gamma),
        .. CheckShare("alpha", Alpha),
        .. CheckWeights("classWeights", ClassWeights),
        .. ReducedThreshold is null or (> 0 and <= 1) ? Array.Empty<Fault>() : [Fault.At("loss.reducedThreshold", $"is {ReducedThreshold}; it must be above 0 and at most 1")],
    ];
}

/// <summary>Cross-entropy in which pixels that are right already fade: −α_t (1 − p_t)^γ log p_t, averaged over all elements.</summary>
/// <remarks>
/// Source: Lin et al. 2017, equation 5. Under softmax every pixel's own label has one such term and the mean is over pixels and labels.
/// Parity: MONAI FocalLoss (sigmoid; softmax: Background, α on the foreground); segmentation_models.pytorch FocalLoss (Sigmoid or
/// OneVersusRest; its "normalized" divides by the number of elements once more), to 1e-6.
/// </remarks>
public sealed class Focal(FocalOptions o) : Loss
{
    private static readonly Operator Entropy = new("aten::binary_cross_entropy_with_logits", arguments: 5), LogSigmoid = new("aten::log_sigmoid", arguments: 1);
    private const double Least = 1e-7;

    private bool Sigmoid => o.Sigmoid || o.OneVersusRest;

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var (each, fading, known) = Elements(Real(logits), target);
        if (!o.Normalised)
        {
            return scope.Keep(MeanOf(each, known, weights));
        }

        var counts = Counts(known, weights, each.DType);
        Tensor Total(Tensor x) => (counts is null ? x : x * counts).Sum();
        return scope.Keep(Total(each) / Total(fading).Clamp(1e-6, null));
    }

    /// <summary>Every element, [N, K, (D,) H, W].</summary>
    internal override Tensor Terms(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var (each, _, known) = Elements(Real(logits), target);
        return scope.Keep(Counts(known, weights, each.DType) is { } counts ? each * counts : each);
    }

    private (Tensor Each, Tensor Fading, Tensor? Known) Elements(Tensor z, Tensor target)
    {
        var (t, known) = Truth(z, target, o.Head, o.Ignore);
        var (entropy, fading) = Sigmoid ? OfSigmoid(z, t) : OfSoftmax(z, t);
        var each = fading * entropy;
        if (o.Alpha is { } alpha)
        {
            each *= Sigmoid ? (t * ((2 * alpha) - 1)) + (1 - alpha) : PerChannel([1 - alpha, .. Enumerable.Repeat(alpha, (int)z.Size(1) - 1)], z, z.Size(1));
        }

        if (o.Head == Head.Softmax && !o.Background)
        {
            (each, fading) = (each.From(axis: 1, start: 1), fading.From(axis: 1, start: 1));
            known = known is { } k && k.Size(1) > 1 ? k.From(axis: 1, start: 1) : known;
        }

        return (o.ClassWeights is { } w ? each * PerChannel(w, each, each.Size(1)) : each, fading, known);
    }

    // 1 − p_t is σ of the logit away from the truth; by its logarithm it is exact where p_t is nearly 1.
    private (Tensor Entropy, Tensor Fading) OfSigmoid(Tensor z, Tensor t)
    {
        var away = LogSigmoid.Call(z * (1 - (2 * t)));                            // log(1 − p_t)
        if (o.ReducedThreshold is not { } threshold)
        {
            return (Entropy.Call(z, t, default, default, 0L), (away * o.Gamma).Exp());
        }

        var certain = ((away - Math.Log(threshold)) * o.Gamma).Exp();
        var unsure = LogSigmoid.Call(z * ((2 * t) - 1)).Exp().GreaterThan(threshold);
        return (Entropy.Call(z, t, default, default, 0L), unsure.Where(certain, Tensor.Ones([1], z.DType, z.Device)));
    }

    private (Tensor Entropy, Tensor Fading) OfSoftmax(Tensor z, Tensor t)
    {
        var log = z.LogSoftmax(axis: 1);
        var away = (1 - log.Exp()).Clamp(Least, null);
        var fading = away.Pow(o.Gamma);
        return (-(log * t), o.ReducedThreshold is not { } threshold ? fading
            : log.Exp().GreaterThan(threshold).Where(fading * Math.Pow(threshold, -o.Gamma), Tensor.Ones([1], z.DType, z.Device)));
    }
}

using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of the losses that compare the whole of a class with the whole of its truth.</summary>
public abstract record OverlapOptions : LossOptions
{
    /// <summary>Added to numerator and denominator, so that a class absent from both sides scores 1.</summary>
    public double Smooth { get; init; } = 1e-5;

    /// <summary>Added to the denominator in place of <see cref="Smooth"/>; null when both get the same. With Smooth = 0 a class absent from the truth has the index 0, the loss 1.</summary>
    public double? SmoothBelow { get; init; }

    /// <summary>Sum over the batch before dividing: steadier when a patch may hold no foreground.</summary>
    public bool PoolBatch { get; init; } = true;

    /// <summary>Whether label 0 counts under a softmax head. Off, as in nnU-Net: background is most pixels and drowns the rest.</summary>
    public bool Background { get; init; }

    /// <summary>Whether the channels are yes-or-no answers of their own.</summary>
    public bool Sigmoid { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [.. base.Check(), .. CheckNotNegative("smooth", Smooth), .. CheckNotNegative("smoothBelow", SmoothBelow ?? 0)];
}

/// <summary>The sums of one class over an image or a batch: soft counts of pixels.</summary>
/// <param name="Both">Σ p·t.</param>
/// <param name="Predicted">Σ p, or Σ p².</param>
/// <param name="True">Σ t, or Σ t².</param>
internal readonly record struct OverlapSums(Tensor Both, Tensor Predicted, Tensor True);

/// <summary>A loss that is a function of three sums per class.</summary>
public abstract class OverlapLoss : Loss
{
    // Below the smallest count that means anything; keeps 0 / 0 finite where nothing is smoothed.
    private const double Least = 1e-8;

    private readonly OverlapOptions _options;

    private protected OverlapLoss(OverlapOptions options) => _options = options;

    /// <summary>Whether what comes in is taken as it is, as probabilities: for originals that were given such.</summary>
    internal bool TakesProbabilities { get; init; }

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        return scope.Keep(Reduce(Terms(logits, target, weights)));
    }

    /// <summary>The loss of every class that counts: [K], or [N, K] where every image stands for itself.</summary>
    internal override Tensor Terms(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var z = Real(logits);
        var p = TakesProbabilities ? z : _options.Head == Head.Sigmoid ? z.Sigmoid() : z.Softmax(axis: 1);
        var (t, known) = Truth(z, target, _options.Head, _options.Ignore);
        var counts = Counts(known, weights, z.DType);
        var axes = _options.PoolBatch ? z.AllAxesBut(1) : z.SpatialAxes;
        Tensor Total(Tensor x) => (counts is null ? x : x * counts).Sum(axes);    // [K] or [N, K]

        var both = Total(p * t);
        var sums = Squares ? new OverlapSums(both, Total(p.Pow(2)), Total(t.Pow(2))) : new OverlapSums(both, Total(p), Total(t));
        return scope.Keep(Each(_options.Head == Head.Sigmoid || _options.Background
            ? sums
            : new(Foreground(sums.Both), Foreground(sums.Predicted), Foreground(sums.True))));
    }

    /// <summary>Whether the sums of prediction and truth are of squares.</summary>
    private protected virtual bool Squares => false;

    /// <summary>The loss of every class from its sums.</summary>
    private protected abstract Tensor Each(OverlapSums sums);

    /// <summary>One number from the losses of the classes.</summary>
    private protected virtual Tensor Reduce(Tensor terms) => terms.Mean();

    /// <summary>A fraction with its ε: (above + Smooth) / (below + SmoothBelow).</summary>
    private protected Tensor Fraction(Tensor above, Tensor below)
    {
        var divisor = below + (_options.SmoothBelow ?? _options.Smooth);
        return (above + _options.Smooth) / (TakesProbabilities ? divisor : divisor.Clamp(Least, null));   // what was given to be divided may be below 0
    }

    /// <summary>1 where the truth has a pixel of the class, else 0.</summary>
    private protected static Tensor Present(OverlapSums sums) => sums.True.GreaterThan(0).To(sums.True.DType);

    /// <summary>Weights of the classes that count, to multiply terms with.</summary>
    private protected static Tensor Weighted(Tensor terms, double[]? weights) =>
        weights is null ? terms : terms * Vector(weights, terms, terms.Size(-1));

    private static Tensor Foreground(Tensor sums) => sums.From(axis: -1, start: 1);
}

using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>What a weighted sum of pixels is divided by.</summary>
public enum WeightNormalisation
{
    /// <summary>By the sum of the weights that counted, as PyTorch does.</summary>
    Weights,

    /// <summary>By the number of pixels that counted.</summary>
    Count,
}

/// <summary>Options of <see cref="CrossEntropy"/>.</summary>
public sealed record CrossEntropyOptions : LossOptions
{
    /// <summary>A weight per label, background first; null when all count the same. Inverse frequencies are usual.</summary>
    public double[]? ClassWeights { get; init; }

    /// <summary>What the weighted sum is divided by.</summary>
    public WeightNormalisation Normalise { get; init; }

    /// <summary>The share of the truth that is spread evenly over all labels: 0.1 is usual where borders are unsure.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>The weight of the border between touching cells (w0 of the U-Net paper, 10 there); 0 switches the map off.</summary>
    public double BorderWeight { get; init; }

    /// <summary>The label whose touching pieces the border lies between: the cells.</summary>
    public int BorderCells { get; init; } = 1;

    /// <summary>How far from a border its weight reaches, in pixels (σ of the U-Net paper).</summary>
    public double BorderSigma { get; init; } = 5;

    /// <summary>Whether the border's weight counts between the cells only; off: inside them too, as the paper's formula says.</summary>
    public bool BorderOnBackground { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. base.Check(),
        .. CheckWeights("classWeights", ClassWeights),
        .. CheckShare("labelSmoothing", LabelSmoothing),
        .. CheckNotNegative("borderWeight", BorderWeight),
        .. CheckAboveZero("borderSigma", BorderSigma),
    ];
}

/// <summary>Cross-entropy over the labels, averaged over the pixels.</summary>
/// <remarks>
/// Source: −w_y · log softmax(z)_y. Parity: torch.nn.CrossEntropyLoss, to 1e-6 (Normalise = Weights).
/// Differs: with pixel weights (Ronneberger et al. 2015, equation 1) the sum is divided by the number of pixels; where nothing
/// counts (every pixel ignored or of weight 0) the loss is 0, PyTorch's is NaN.
/// </remarks>
public sealed class CrossEntropy(CrossEntropyOptions o) : Loss
{
    private static readonly Operator Op = new("aten::cross_entropy_loss", arguments: 6);
    private const long None = 0, Mean = 1, Sum = 2;
    private const int NoLabel = -100;

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        CheckGrids(logits, target);
        using var scope = new TensorScope();
        var z = Real(logits);
        if (target.Dimensions < z.Dimensions && weights is null && o.Normalise == WeightNormalisation.Weights)
        {
            return scope.Keep(Op.Call(z, target, ClassWeights(z), SomethingCounts(target) ? Mean : Sum, o.Ignore ?? NoLabel, o.LabelSmoothing));
        }

        return scope.Keep(Each(z, target, weights).Sum() / Math.Max(1, Counted(target)));
    }

    /// <summary>Every pixel, [N, (D,) H, W]; 0 where ignored.</summary>
    internal override Tensor Terms(Tensor logits, Tensor target, Tensor? weights = null)
    {
        CheckGrids(logits, target);
        using var scope = new TensorScope();
        return scope.Keep(Each(Real(logits), target, weights));
    }

    private Tensor Each(Tensor z, Tensor target, Tensor? weights)
    {
        var each = target.Dimensions < z.Dimensions
            ? Op.Call(z, target, ClassWeights(z), None, o.Ignore ?? NoLabel, o.LabelSmoothing)
            : Op.Call(z, target.To(z.DType).Clamp(0, null), ClassWeights(z), None, NoLabel, o.LabelSmoothing) * Known(target).To(z.DType);
        return weights is null ? each : each * weights;                          // [N, (D,) H, W]
    }

    private double Counted(Tensor target) =>
        target.DType is DType.Float32 or DType.Float64 ? Known(target).To(DType.Float32).Sum().Item()
        : o.Ignore is { } ignore ? target.DifferentFrom(ignore).To(DType.Float32).Sum().Item()
        : target.Count;

    // A pixel whose channels are not known is below 0 in all of them.
    private static Tensor Known(Tensor channels) => channels.Select(1, 0).GreaterThan(-0.5);

    private Tensor? ClassWeights(Tensor z) => o.ClassWeights is { } w ? Vector(w, z, z.Size(1)) : null;

    // A mean over no weight at all is 0 / 0; the sum over it is 0, and so is its gradient.
    private bool SomethingCounts(Tensor target)
    {
        var silent = (o.ClassWeights ?? []).Select((w, label) => (w, label)).Where(c => c.w == 0).Select(c => c.label).ToList();
        if (o.Ignore is { } ignore)
        {
            silent.Add(ignore);
        }

        if (silent.Count == 0)
        {
            return true;
        }

        using var scope = new TensorScope();
        return silent.Select(label => target.DifferentFrom(label)).Aggregate((a, b) => a * b).To(DType.Float32).Max().Item() > 0;
    }
}

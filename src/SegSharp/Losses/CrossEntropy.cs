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

    /// <summary>A label that does not count; null when all do.</summary>
    public int? Ignore { get; init; }

    /// <summary>The weight of the border between touching cells (w0 of the U-Net paper, 10 there); 0 switches the map off.</summary>
    public double BorderWeight { get; init; }

    /// <summary>The label whose touching pieces the border lies between: the cells.</summary>
    public int BorderCells { get; init; } = 1;

    /// <summary>How far from a border its weight reaches, in pixels (σ of the U-Net paper).</summary>
    public double BorderSigma { get; init; } = 5;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (ClassWeights is { } w && w.Any(x => !(x >= 0) || !double.IsFinite(x)))
        {
            yield return Fault.At("loss.classWeights", $"are [{string.Join(", ", w)}]; each must be 0 or more");
        }

        if (BorderWeight is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("loss.borderWeight", $"is {BorderWeight}; it must be 0 or more");
        }

        if (BorderSigma is not (> 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("loss.borderSigma", $"is {BorderSigma}; it must be above 0");
        }
    }
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

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        CheckGrids(logits, target);
        using var scope = new TensorScope();
        var z = logits.To(DType.Float32);
        var classes = o.ClassWeights is { } w ? Tensor.From(w.Select(x => (float)x).ToArray()).To(logits.Device) : null;
        if (classes is not null && classes.Count != z.Size(1))
        {
            throw new ShapeException($"there are {classes.Count} class weights for {z.Size(1)} channels");
        }

        var ignore = o.Ignore ?? -100;
        if (weights is null && o.Normalise == WeightNormalisation.Weights)
        {
            return scope.Keep(SomethingCounts(target) ? Op.Call(z, target, classes, Mean, ignore) : Op.Call(z, target, classes, Sum, ignore));
        }

        var each = Op.Call(z, target, classes, None, ignore);                     // [N, (D,) H, W]
        var counted = o.Ignore is null ? target.Count : target.DifferentFrom(ignore).To(DType.Float32).Sum().Item();
        var sum = (weights is null ? each : each * weights).Sum();
        return scope.Keep(sum / Math.Max(1, counted));
    }

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

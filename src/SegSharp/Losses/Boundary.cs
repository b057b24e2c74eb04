using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="Boundary"/>.</summary>
public sealed record BoundaryOptions : LossOptions
{
    /// <summary>The channels that count; null: all of the foreground.</summary>
    public int[]? Classes { get; init; }

    /// <summary>Whether the channels are yes-or-no answers of their own.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>Pixel sizes for the distances, slowest axis first (D, H, W); null counts pixels.</summary>
    public double[]? Spacing { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. base.Check(),
        .. Classes is null || (Classes.Length > 0 && Classes.All(c => c >= 0)) ? Array.Empty<Fault>() : [Fault.At("loss.classes", $"are [{string.Join(", ", Classes)}]; each must be 0 or more, and there must be one")],
        .. Spacing is null || (Spacing.Length is 2 or 3 && Spacing.All(s => s is > 0 and < double.PositiveInfinity)) ? Array.Empty<Fault>() : [Fault.At("loss.spacing", $"is [{string.Join(", ", Spacing)}]; it must be 2 or 3 numbers above 0")],
    ];
}

/// <summary>The mean of probability × signed distance to the true boundary: far mistakes cost more than near ones.</summary>
/// <remarks>
/// Source: Kervadec et al. 2019. Parity: LIVIAETS/boundary-loss SurfaceLoss, to 1e-6. It says nothing about how much
/// there is, so it is used beside a region loss: <c>{ "name": "sum", "terms": [{ "loss": "gdice" }, { "loss": "boundary", "weight": 0.01 }] }</c>.
/// The distances come with the batch: training makes them from the labels.
/// </remarks>
public sealed class Boundary(BoundaryOptions o) : Loss
{
    internal override bool TakesMaps => true;

    /// <summary>Computes the loss of a batch.</summary>
    /// <param name="logits">[N, K, (D,) H, W], any real values.</param>
    /// <param name="target">As for every loss; used for what is to be ignored.</param>
    /// <param name="weights">[N, K, (D,) H, W]: how far every pixel lies outside (above 0) or inside (below 0) each channel's truth; 0 where it has none.</param>
    /// <returns>A scalar, below 0 where the prediction is good.</returns>
    /// <exception cref="ShapeException">The grids differ, or there are no distances.</exception>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        CheckGrids(logits, target);
        if (weights is null || !weights.Shape.SequenceEqual(logits.Shape))
        {
            throw new ShapeException(
                $"the boundary loss needs the distances to its target's boundary as weights, [{string.Join(',', logits.Shape)}], but got {weights?.Describe() ?? "none"}");
        }

        using var scope = new TensorScope();
        var z = Real(logits);
        var p = o.Sigmoid ? z.Sigmoid() : z.Softmax(axis: 1);
        var each = p * weights.To(z.DType);
        if (Truth(z, target, o.Head, o.Ignore).Known is { } known)
        {
            each *= known;
        }

        var channels = o.Classes is { } chosen ? Array.ConvertAll(chosen, c => (long)c) : null;
        return scope.Keep((channels is not null ? each.IndexSelect(1, Tensor.From(channels).To(z.Device))
            : o.Sigmoid ? each : each.From(axis: 1, start: 1)).Mean());
    }
}

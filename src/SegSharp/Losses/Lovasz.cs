using SegSharp.Torch;
using SegSharp.Torch.Operators;

namespace SegSharp.Losses;

/// <summary>Options of <see cref="Lovasz"/>.</summary>
public sealed record LovaszOptions : LossOptions
{
    /// <summary>Whether the channels are yes-or-no answers of their own: the hinge form, on the logits themselves.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>Whether every image stands for itself; off: the pixels of the batch are one set.</summary>
    public bool PerImage { get; init; }

    /// <inheritdoc/>
    public override Head Head => Sigmoid ? Head.Sigmoid : Head.Softmax;
}

/// <summary>The Jaccard index itself, made continuous: pixels in the order of their errors, each weighted by what it costs the index.</summary>
/// <remarks>
/// Source: Berman et al. 2018, algorithm 1: hinge (section 3.1) under a sigmoid head, softmax over the classes that are present
/// (section 3.2) under the other. Parity: segmentation_models.pytorch LovaszLoss, to 1e-6; its "multilabel" takes all channels as
/// one set, here each is its own. Where pixels have exactly equal errors their order, and so the gradient, is not defined.
/// A pixel of weight 0 is left out; other weights change nothing.
/// </remarks>
public sealed class Lovasz(LovaszOptions o) : Loss
{
    private static readonly Operator Sort = new("aten::sort", arguments: 3), Gather = new("aten::gather", arguments: 3), CumulativeSum = new("aten::cumsum", arguments: 2);

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var z = Real(logits);
        var (t, known) = Truth(z, target, o.Head, o.Ignore);
        var errors = o.Sigmoid ? 1 - (z * ((2 * t) - 1)) : (z.Softmax(axis: 1) - t).Abs();
        if (Counts(known, weights, z.DType) is { } counts)
        {
            var kept = counts.GreaterThan(0);
            errors = kept.Where(errors, Tensor.Full(-1, [1], z.DType, z.Device));   // behind all others, and worth nothing
            t *= kept.To(z.DType);
        }

        var (sorted, order) = Sort.CallTwo(Sets(errors), -1, true);               // [N or 1, K, pixels]
        var truth = Gather.Call(Sets(t), -1, order);
        var each = (Activation.Relu(sorted) * Slopes(truth)).Sum([-1]);           // [N or 1, K]
        if (o.Sigmoid)
        {
            return scope.Keep(each.Mean());
        }

        var present = truth.Sum([-1]).GreaterThan(0).To(z.DType);
        return scope.Keep(((each * present).Sum([1]) / present.Sum([1]).Clamp(1, null)).Mean());
    }

    private Tensor Sets(Tensor x) => o.PerImage
        ? x.Reshape(x.Size(0), x.Size(1), -1)
        : x.Permute([1, 0, .. x.SpatialAxes]).Reshape(1, x.Size(1), -1);

    // What the Jaccard loss rises by when the next pixel of the order is wrong too.
    private static Tensor Slopes(Tensor truth)
    {
        var all = truth.Sum([-1], keep: true);
        var missed = all - CumulativeSum.Call(truth, -1);
        var union = all + CumulativeSum.Call(1 - truth, -1);
        var jaccard = 1 - (missed / union);
        return Tensor.Cat(-1, jaccard.Narrow(-1, 0, 1), jaccard.From(-1, 1) - jaccard.Narrow(-1, 0, jaccard.Size(-1) - 1));
    }
}

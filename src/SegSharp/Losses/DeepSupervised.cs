using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>A loss at every level of a network that answers at several: a weighted sum, each against the truth on its own grid.</summary>
/// <remarks>
/// Source: Isensee et al. 2021, Methods. Parity: nnU-Net v2 DeepSupervisionWrapper with its trainer's weights, to 1e-6: 1, 1/2, 1/4 …
/// for ever coarser levels, the coarsest 0, divided by their sum; a level of weight 0 is not computed and has no gradient.
/// The truth is taken to a coarser grid by its nearest pixel, place ⌊(i + ½) · from / to⌋.
/// </remarks>
/// <param name="loss">What every level is told.</param>
/// <param name="levelWeights">How much each counts, finest first, taken as they are; null = <see cref="WeightsFor"/>.</param>
public sealed class DeepSupervised(Loss loss, IReadOnlyList<double>? levelWeights = null)
{
    /// <summary>Computes the weighted sum.</summary>
    /// <param name="levels">Logits [N, K, (D,) H, W] per level, finest first, each on a grid of its own.</param>
    /// <param name="target">Labels or channels on the image's grid, as in <see cref="Loss.Compute"/>.</param>
    /// <param name="weights">Weights or maps on the image's grid; null where all pixels count the same.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">There are other weights than levels.</exception>
    public Tensor Compute(IReadOnlyList<Tensor> levels, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        return scope.Keep(Sum(levels, i => (OnGridOf(levels[i], target), weights is null ? null : OnGridOf(levels[i], weights))));
    }

    /// <summary>The same against a truth that is on every level's grid already.</summary>
    public Tensor Compute(IReadOnlyList<Tensor> levels, IReadOnlyList<Tensor> targets)
    {
        using var scope = new TensorScope();
        return scope.Keep(Sum(levels, i => (targets[i], null)));
    }

    /// <summary>nnU-Net's weights: halved from level to level, the coarsest 0, their sum 1. Equal ones where all levels have one size (U-Net++).</summary>
    /// <param name="levels">Logits per level, finest first.</param>
    public static double[] WeightsFor(IReadOnlyList<Tensor> levels)
    {
        if (levels.Count == 1 || levels.Skip(1).All(l => l.Shape.Skip(2).SequenceEqual(levels[0].Shape.Skip(2))))
        {
            return [.. levels.Select(_ => 1.0 / levels.Count)];
        }

        var halved = levels.Select((_, i) => i == levels.Count - 1 ? 0 : Math.Pow(2, -i)).ToArray();
        return [.. halved.Select(w => w / halved.Sum())];
    }

    /// <summary>A target, weights or maps on the grid of logits, by the nearest pixel; the same tensor where the grids are one.</summary>
    /// <param name="logits">[N, K, (D,) H, W].</param>
    /// <param name="map">[N, (D,) H, W] or [N, K, (D,) H, W], of any type.</param>
    public static Tensor OnGridOf(Tensor logits, Tensor map)
    {
        long[] sides = [.. logits.Shape.Skip(2)];
        var first = map.Dimensions - sides.Length;
        if (sides.SequenceEqual(map.Shape.Skip(first)))
        {
            return map;
        }

        using var scope = new TensorScope();
        for (var axis = 0; axis < sides.Length; axis++)
        {
            var (from, to) = (map.Size(first + axis), sides[axis]);
            if (from != to)
            {
                var places = Enumerable.Range(0, (int)to).Select(i => Math.Min(from - 1, ((2 * i) + 1) * from / (2 * to))).ToArray();
                map = map.IndexSelect(first + axis, Tensor.From(places).To(map.Device));
            }
        }

        return scope.Keep(map);
    }

    private Tensor Sum(IReadOnlyList<Tensor> levels, Func<int, (Tensor Target, Tensor? Weights)> at)
    {
        var shares = levelWeights ?? WeightsFor(levels);
        if (shares.Count != levels.Count)
        {
            throw new ShapeException($"there are {shares.Count} level weights for {levels.Count} levels");
        }

        Tensor? sum = null;
        for (var i = 0; i < levels.Count; i++)
        {
            if (shares[i] != 0)
            {
                var (target, weights) = at(i);
                var term = shares[i] * loss.Compute(levels[i], target, weights);
                sum = sum is null ? term : sum + term;
            }
        }

        return sum!;
    }
}

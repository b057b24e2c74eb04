namespace SegSharp.Torch.Operators;

/// <summary>What transformers are made of, by operator name.</summary>
public static class Attention
{
    // Logits held at once without gradients: 8 MB stay in a processor's cache.
    private const long ChunkElements = 1 << 21;

    private static readonly Operator LayerNormOp = new("aten::layer_norm", arguments: 6);
    private static readonly Operator BmmOp = new("aten::bmm", arguments: 2), BmmOut = new("aten::bmm", "out", 3);
    private static readonly Operator AddOut = new("aten::add", "out", 4), BaddbmmInPlace = new("aten::baddbmm_", arguments: 5);
    private static readonly Operator SoftmaxOut = new("aten::_softmax", "out", 4), Linear1d = new("aten::upsample_linear1d", arguments: 4);
    private static readonly Operator SinOp = new("aten::sin", arguments: 1), CosOp = new("aten::cos", arguments: 1);

    /// <summary>Mean 0 and variance 1 over the last axis, then scale and shift.</summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) => LayerNormOp.Call(x, weight.Shape, weight, bias, epsilon);

    /// <summary>Products of the matrices of two stacks: [B, n, m] and [B, m, p] give [B, n, p].</summary>
    public static Tensor Products(Tensor a, Tensor b) => BmmOp.Call(a, b);

    /// <summary>The last axis of [N, C, L] resampled linearly, outer edges kept in place.</summary>
    public static Tensor Resample(Tensor x, long length) => Linear1d.Call(x, new[] { length }, false);

    /// <summary>The sine of every element.</summary>
    public static Tensor Sin(Tensor x) => SinOp.Call(x);

    /// <summary>The cosine of every element.</summary>
    public static Tensor Cos(Tensor x) => CosOp.Call(x);

    /// <summary>softmax(scale · q kᵀ + biases) v.</summary>
    /// <remarks>
    /// With gradients as it is written. Without, a few rows of logits exist at a time, each chunk with its biases computed in
    /// place: the same numbers to rounding, in 8 MB instead of heads · tokens² · 4 bytes.
    /// </remarks>
    /// <param name="q">[B, R · W, C]: B stacks heads and windows, R rows of W tokens.</param>
    /// <param name="k">[B, K, C].</param>
    /// <param name="v">[B, K, C].</param>
    /// <param name="scale">On the products.</param>
    /// <param name="rows">R.</param>
    /// <param name="grid">Sides whose product is K.</param>
    /// <param name="biases">Each [B, R, W or 1, a side of the grid or 1, …], added to the logits [B, R, W, grid…].</param>
    /// <returns>[B, R · W, C], in the caller's scope.</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, double scale, long rows, long[] grid, IReadOnlyList<Tensor> biases)
    {
        using var scope = new TensorScope();
        var shape = q.Shape;
        var (batch, width, keys) = (shape[0], shape[1] / rows, k.Size(1));
        var turned = k.Permute(0, 2, 1);
        if (q.RequiresGrad || k.RequiresGrad || v.RequiresGrad || biases.Any(b => b.RequiresGrad))
        {
            var logits = Products(q * scale, turned);
            if (biases.Count > 0)
            {
                logits = biases.Aggregate(logits.Reshape([batch, rows, width, .. grid]), (sum, bias) => sum + bias).Reshape(batch, rows * width, keys);
            }

            return scope.Keep(Products(logits.Softmax(-1), v));
        }

        var rowsAtOnce = Math.Clamp(ChunkElements / (width * keys), 1, rows);
        var stacksAtOnce = rowsAtOnce < rows ? 1 : Math.Clamp(ChunkElements / (rows * width * keys), 1, batch);
        var result = Tensor.Empty([batch, shape[1], v.Size(2)], q.DType, q.Device);
        var memory = Tensor.Empty([stacksAtOnce * rowsAtOnce * width * keys], q.DType, q.Device);
        for (var b = 0L; b < batch; b += stacksAtOnce)
        {
            var stacks = Math.Min(stacksAtOnce, batch - b);
            for (var r = 0L; r < rows; r += rowsAtOnce)
            {
                using var chunk = new TensorScope();
                var (n, first, count) = (Math.Min(rowsAtOnce, rows - r), r * width, Math.Min(rowsAtOnce, rows - r) * width);
                var logits = memory.Narrow(0, 0, stacks * count * keys).Reshape(stacks, count, keys);
                var queries = q.Narrow(0, b, stacks).Narrow(1, first, count);
                if (biases.Count == 0)
                {
                    BmmOut.Run(queries * scale, turned.Narrow(0, b, stacks), logits);
                }
                else
                {
                    Gather(logits.Reshape([stacks, n, width, .. grid]), [.. biases.Select(bias => bias.Narrow(0, b, stacks).Narrow(1, r, n))]);
                    BaddbmmInPlace.Run(logits, queries, turned.Narrow(0, b, stacks), 1.0, scale);
                }

                SoftmaxOut.Run(logits, -1, false, logits);
                BmmOut.Run(logits, v.Narrow(0, b, stacks), result.Narrow(0, b, stacks).Narrow(1, first, count));
            }
        }

        return scope.Keep(result);
    }

    // The sum of the biases, written over what the memory held.
    private static void Gather(Tensor into, Tensor[] biases)
    {
        switch (biases.Length)
        {
            case 1:
                into.CopyInPlace(biases[0]);
                break;
            default:
                if (Broadcast(biases[0], biases[1]).SequenceEqual(into.Shape))
                {
                    AddOut.Run(biases[0], biases[1], 1.0, into);
                }
                else
                {
                    into.CopyInPlace(biases[0]).AddInPlace(biases[1]);
                }

                foreach (var bias in biases.Skip(2))
                {
                    into.AddInPlace(bias);
                }

                break;
        }
    }

    private static IEnumerable<long> Broadcast(Tensor a, Tensor b) => a.Shape.Zip(b.Shape, Math.Max);
}

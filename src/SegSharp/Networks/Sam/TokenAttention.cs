using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Sam;

/// <summary>Attention of a grid of tokens to itself, with learnt terms for the distance along each axis.</summary>
/// <remarks>
/// Source: Li et al. 2022 (MViTv2), decomposed relative positions; these take the unscaled queries.
/// With three axes the terms of the second and third distance are laid over other axes than their own, as in SAM-Med3D, whose
/// weights were trained so.
/// </remarks>
internal sealed class TokenAttention : Module
{
    private static readonly string[] AxisNames = ["d", "h", "w"];
    private readonly Tensor[] _distances;
    private readonly Linear _qkv, _projection;
    private readonly int _heads;

    public TokenAttention(ImageEncoderOptions o, int side)
    {
        _heads = o.Heads;
        _distances = o.RelativePositions
            ? [.. AxisNames[^o.Dimensions..].Select(axis => Parameter($"rel_pos_{axis}", Tensor.Zeros([(2 * side) - 1, o.Width / o.Heads])))]
            : [];
        _qkv = Child("qkv", new Linear(o.Width, 3 * o.Width, o.QkvBias));
        _projection = Child("proj", new Linear(o.Width, o.Width));
    }

    /// <param name="x">[N, (d,) h, w, C].</param>
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var shape = x.Shape;
        var (n, sides, features) = (shape[0], shape[1..^1], shape[^1]);
        var tokens = sides.Aggregate(1L, (a, b) => a * b);
        var depth = features / _heads;

        var all = _qkv.Forward(x);
        var split = all.Reshape(n, tokens, 3, _heads, depth).Permute(2, 0, 3, 1, 4);     // [3, N, heads, tokens, depth]
        var (q, k, v) = (Part(0), Part(1), Part(2));
        split.Dispose();
        all.Dispose();

        var biases = _distances.Length == 0 ? [] : sides.Length == 2 ? PlaneBiases(q, sides) : CubeBiases(q, sides);
        var y = Attention.Attend(q, k, v, 1 / Math.Sqrt(depth), tokens / sides[^1], sides, biases);     // [N · heads, tokens, depth]
        foreach (var done in biases.Concat([q, k, v]))
        {
            done.Dispose();
        }

        var joined = y.Reshape(n, _heads, tokens, depth).Permute(0, 2, 1, 3).Reshape(shape);
        y.Dispose();
        return scope.Keep(_projection.Forward(joined));

        Tensor Part(int i)
        {
            using var part = split.Select(0, i);
            return part.Reshape(n * _heads, tokens, depth).Contiguous();
        }
    }

    private Tensor[] PlaneBiases(Tensor q, long[] sides)
    {
        using var scope = new TensorScope();
        var grid = q.Reshape([q.Size(0), .. sides, q.Size(2)]);
        return
        [
            scope.Keep(Along(grid, 1, _distances[0]).Unsqueeze(4)),                      // [B, h, w, kh, 1]
            scope.Keep(Along(grid, 2, _distances[1]).Unsqueeze(3)),                      // [B, h, w, 1, kw]
        ];
    }

    // [B, d, h, w, k] each; the logits are [B, d, h, w, kd, kh, kw], and the originals lay k over kw in all three,
    // w over itself, over kd and over kh. Rows are (d, h).
    private Tensor[] CubeBiases(Tensor q, long[] sides)
    {
        using var scope = new TensorScope();
        var (b, rows, side) = (q.Size(0), sides[0] * sides[1], sides[2]);
        var grid = q.Reshape([b, .. sides, q.Size(2)]);
        return
        [
            scope.Keep(Along(grid, 1, _distances[0]).Reshape(b, rows, side, 1, 1, side)),
            scope.Keep(Along(grid, 2, _distances[1]).Reshape(b, rows, 1, side, 1, side)),
            scope.Keep(Along(grid, 3, _distances[2]).Reshape(b, rows, 1, 1, side, side)),
        ];
    }

    // Every query times the vectors of its distances to the places along one axis: [B, sides…, C] → [B, sides…, k].
    private static Tensor Along(Tensor grid, int axis, Tensor distances)
    {
        using var scope = new TensorScope();
        var axes = grid.Dimensions;
        long[] others = [.. Enumerable.Range(0, axes - 1).Where(a => a != axis).Select(a => (long)a)];
        long[] order = [axis, .. others, axes - 1];
        long[] back = [.. Enumerable.Range(0, axes).Select(a => (long)Array.IndexOf(order, a))];
        var side = grid.Size(axis);
        var turned = grid.Permute(order);
        var shape = turned.Shape;
        var table = RelativePositions.Between(side, side, distances);                    // [q, k, C]
        var terms = Attention.Products(turned.Reshape(side, -1, shape[^1]), table.Permute(0, 2, 1));
        return scope.Keep(terms.Reshape([.. shape[..^1], side]).Permute(back));
    }
}

/// <summary>Vectors of distances between places on an axis.</summary>
public static class RelativePositions
{
    /// <summary>The vector of every pair of a query's and a key's place.</summary>
    /// <remarks>Source: Li et al. 2022 (MViTv2). A table of another length is resampled linearly; the shorter axis is spread over the longer.</remarks>
    /// <param name="queries">Places of queries.</param>
    /// <param name="keys">Places of keys.</param>
    /// <param name="distances">[L, C], from the most negative distance to the most positive; L = 2 · max(queries, keys) − 1 unless resampled.</param>
    /// <returns>[queries, keys, C].</returns>
    public static Tensor Between(long queries, long keys, Tensor distances)
    {
        using var scope = new TensorScope();
        var length = (2 * Math.Max(queries, keys)) - 1;
        var table = distances.Size(0) == length ? distances
            : Attention.Resample(distances.Permute(1, 0).Unsqueeze(0).Contiguous(), length).Squeeze(0).Permute(1, 0).Contiguous();
        var places = new long[queries * keys];
        var (spreadQ, spreadK) = (Math.Max((float)keys / queries, 1f), Math.Max((float)queries / keys, 1f));
        for (var i = 0L; i < places.Length; i++)
        {
            places[i] = (long)(((i / keys) * spreadQ) - ((i % keys) * spreadK) + ((keys - 1) * spreadK));
        }

        return scope.Keep(table.IndexSelect(0, Tensor.From(places).To(distances.Device)).Reshape(queries, keys, distances.Size(1)));
    }
}

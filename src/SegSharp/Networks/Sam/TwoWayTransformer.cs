using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Sam;

/// <summary>Tokens and image look at each other, layer by layer.</summary>
/// <remarks>Source: Kirillov et al. 2023, appendix A, "lightweight mask decoder". Its norms have ε 1e-5. Parity: <c>07-sam</c>.</remarks>
internal sealed class TwoWayTransformer : Module
{
    private readonly Modules<TwoWayBlock> _layers;
    private readonly ProjectedAttention _final;
    private readonly LayerNorm _norm;

    public TwoWayTransformer(MaskDecoderOptions o)
    {
        _layers = Children("layers", Enumerable.Range(0, o.Depth).Select(i => new TwoWayBlock(o, first: i == 0)));
        _final = Child("final_attn_token_to_image", new ProjectedAttention(o.Width, o.Heads, o.Downsampling));
        _norm = Child("norm_final_attn", new LayerNorm(o.Width));
    }

    /// <param name="image">[B, places, C].</param>
    /// <param name="imageCode">[1 or B, places, C].</param>
    /// <param name="tokens">[B, n, C].</param>
    /// <returns>Tokens and image after looking.</returns>
    public (Tensor Tokens, Tensor Image) Forward(Tensor image, Tensor imageCode, Tensor tokens)
    {
        using var scope = new TensorScope();
        var (queries, keys) = (tokens, image);
        foreach (var layer in _layers)
        {
            var (before, under) = (queries, keys);
            (queries, keys) = layer.Forward(before, under, tokens, imageCode);
            if (!ReferenceEquals(before, tokens))
            {
                before.Dispose();
                under.Dispose();
            }
        }

        using var places = keys + imageCode;
        var seen = _final.Forward(queries + tokens, places, keys);
        return (scope.Keep(_norm.Forward(queries + seen)), scope.Keep(keys));
    }
}

/// <summary>Tokens look at themselves and at the image, think, and the image looks at them.</summary>
internal sealed class TwoWayBlock : Module
{
    private readonly bool _first;
    private readonly ProjectedAttention _self, _toImage, _toTokens;
    private readonly LayerNorm _norm1, _norm2, _norm3, _norm4;
    private readonly Perceptron _mlp;

    public TwoWayBlock(MaskDecoderOptions o, bool first)
    {
        _first = first;
        _self = Child("self_attn", new ProjectedAttention(o.Width, o.Heads, 1));
        _norm1 = Child("norm1", new LayerNorm(o.Width));
        _toImage = Child("cross_attn_token_to_image", new ProjectedAttention(o.Width, o.Heads, o.Downsampling));
        _norm2 = Child("norm2", new LayerNorm(o.Width));
        _mlp = Child("mlp", new Perceptron(o.Width, o.Hidden, o.TransformerActivation));
        _norm3 = Child("norm3", new LayerNorm(o.Width));
        _norm4 = Child("norm4", new LayerNorm(o.Width));
        _toTokens = Child("cross_attn_image_to_token", new ProjectedAttention(o.Width, o.Heads, o.Downsampling));
    }

    public (Tensor Queries, Tensor Keys) Forward(Tensor queries, Tensor keys, Tensor tokens, Tensor imageCode)
    {
        using var scope = new TensorScope();
        var coded = queries + tokens;
        var q = _norm1.Forward(_first ? _self.Forward(queries, queries, queries) : queries + _self.Forward(coded, coded, queries));

        var places = keys + imageCode;
        q = _norm2.Forward(q + _toImage.Forward(q + tokens, places, keys));
        q = _norm3.Forward(q + _mlp.Forward(q));

        var seen = _toTokens.Forward(places, q + tokens, q);
        places.Dispose();
        using var sum = Lean.Add(seen, keys);
        return (scope.Keep(q), scope.Keep(_norm4.Forward(sum)));
    }
}

/// <summary>Attention with projections of its own, perhaps to fewer features.</summary>
internal sealed class ProjectedAttention : Module
{
    private readonly Linear _q, _k, _v, _out;
    private readonly int _heads;

    public ProjectedAttention(int features, int heads, int downsampling)
    {
        _heads = heads;
        _q = Child("q_proj", new Linear(features, features / downsampling));
        _k = Child("k_proj", new Linear(features, features / downsampling));
        _v = Child("v_proj", new Linear(features, features / downsampling));
        _out = Child("out_proj", new Linear(features / downsampling, features));
    }

    /// <param name="q">[B, n, C].</param>
    /// <param name="k">[B, m, C].</param>
    /// <param name="v">[B, m, C].</param>
    /// <returns>[B, n, C].</returns>
    public Tensor Forward(Tensor q, Tensor k, Tensor v)
    {
        using var scope = new TensorScope();
        var (batch, n) = (q.Size(0), q.Size(1));
        var (a, b, c) = (Heads(_q.Forward(q)), Heads(_k.Forward(k)), Heads(_v.Forward(v)));
        var y = Attention.Attend(a, b, c, 1 / Math.Sqrt(a.Size(2)), n, [b.Size(1)], []);
        a.Dispose();
        b.Dispose();
        c.Dispose();
        return scope.Keep(_out.Forward(y.Reshape(batch, _heads, n, -1).Permute(0, 2, 1, 3).Reshape(batch, n, -1)));
    }

    // [B, n, C] → [B · heads, n, C / heads].
    private Tensor Heads(Tensor x)
    {
        using var given = x;
        using var split = x.Reshape(x.Size(0), x.Size(1), _heads, -1);
        return split.Permute(0, 2, 1, 3).Reshape(x.Size(0) * _heads, x.Size(1), -1);
    }
}

using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Sam;

/// <summary>Options of the mask decoder.</summary>
public sealed record MaskDecoderOptions
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Length of a token and channels of the embedding; a multiple of 8.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Masks for an ambiguous prompt, beside the single one.</summary>
    public int Masks { get; init; } = 3;

    /// <summary>Layers of the two-way transformer.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>Heads of its attention; must divide <see cref="Width"/> over <see cref="Downsampling"/>.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Hidden length of its perceptrons.</summary>
    public int Hidden { get; init; } = 2048;

    /// <summary>What cross-attention divides the features by.</summary>
    public int Downsampling { get; init; } = 2;

    /// <summary>Layers of the head that predicts a mask's IoU.</summary>
    public int QualityDepth { get; init; } = 3;

    /// <summary>Its hidden length.</summary>
    public int QualityHidden { get; init; } = 256;

    /// <summary>In the upscaling.</summary>
    public SamActivation Activation { get; init; }

    /// <summary>In the transformer's perceptrons; SAM-Med3D's have GELU by their default and take ReLU all the same.</summary>
    public SamActivation TransformerActivation { get; init; } = SamActivation.Relu;

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("maskDecoder.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        foreach (var (key, value) in new[] { ("masks", Masks), ("depth", Depth), ("heads", Heads), ("hidden", Hidden), ("downsampling", Downsampling), ("qualityDepth", QualityDepth), ("qualityHidden", QualityHidden) })
        {
            if (value < 1)
            {
                yield return Fault.At($"maskDecoder.{key}", $"is {value}; it must be 1 or more");
                yield break;
            }
        }

        if (Width < 8 || Width % 8 != 0)
        {
            yield return Fault.At("maskDecoder.width", $"is {Width}; it must be a multiple of 8");
        }

        if (Width % Downsampling != 0 || Width / Downsampling % Heads != 0)
        {
            yield return Fault.At("maskDecoder.heads", $"is {Heads}; it must divide maskDecoder.width over maskDecoder.downsampling, which is {Width} / {Downsampling}");
        }
    }
}

/// <summary>Masks and their predicted quality from an image embedding and prompts, for SAM and, with three axes, SAM-Med3D.</summary>
/// <remarks>Source: Kirillov et al. 2023, appendix A. Parity: <c>07-sam</c>, outputs and gradients.</remarks>
public sealed class MaskDecoder : Module
{
    private readonly TwoWayTransformer _transformer;
    private readonly Embedding _qualityToken, _maskTokens;
    private readonly Sequential _upscaling;
    private readonly Modules<Mlp> _hyper;
    private readonly Mlp _quality;

    /// <summary>Random weights.</summary>
    /// <exception cref="UsageException">At least one fault; every one is named.</exception>
    public MaskDecoder(MaskDecoderOptions o)
    {
        UsageException.ThrowIfAny(o.Check());
        Options = o;
        _transformer = Child("transformer", new TwoWayTransformer(o));
        _qualityToken = Child("iou_token", new Embedding(1, o.Width));
        _maskTokens = Child("mask_tokens", new Embedding(o.Masks + 1, o.Width));
        Layer Act() => o.Activation == SamActivation.Gelu ? new Gelu() : new Relu();
        _upscaling = Child("output_upscaling", new Sequential(
            new ConvTranspose(o.Dimensions, o.Width, o.Width / 4),
            new ChannelNorm(o.Width / 4),
            Act(),
            new ConvTranspose(o.Dimensions, o.Width / 4, o.Width / 8),
            Act()));
        _hyper = Children("output_hypernetworks_mlps", Enumerable.Range(0, o.Masks + 1).Select(_ => new Mlp(o.Width, o.Width, o.Width / 8, 3)));
        _quality = Child("iou_prediction_head", new Mlp(o.Width, o.QualityHidden, o.Masks + 1, o.QualityDepth));
    }

    /// <summary>What it was built from.</summary>
    public MaskDecoderOptions Options { get; }

    /// <summary>Decodes B prompts about one image.</summary>
    /// <param name="embedding">[1 or B, Width, (d,) h, w].</param>
    /// <param name="gridCode">[1 or B, Width, (d,) h, w].</param>
    /// <param name="sparse">[B, n, Width].</param>
    /// <param name="dense">[B, Width, (d,) h, w].</param>
    /// <returns>Logits [B, 1 + Masks, 4·(d,) 4·h, 4·w] and predicted IoU [B, 1 + Masks]; the first is the single mask. In the caller's scope.</returns>
    public (Tensor Masks, Tensor Quality) ForwardAll(Tensor embedding, Tensor gridCode, Tensor sparse, Tensor dense)
    {
        using var scope = new TensorScope();
        var batch = sparse.Size(0);
        var own = Tensor.Cat(0, _qualityToken.Weight, _maskTokens.Weight).Unsqueeze(0).Expand(batch, -1, -1);
        var tokens = Tensor.Cat(1, own, sparse);                                // [B, 1 + 1 + Masks + n, C]

        var sum = embedding + dense;                                            // [B, C, (d,) h, w]
        var sides = sum.Shape[2..];
        var (seen, image) = _transformer.Forward(Places(sum), Places(gridCode), tokens);
        sum.Dispose();

        var raised = _upscaling.Forward(image.Permute(0, 2, 1).Reshape([batch, -1, .. sides]));
        image.Dispose();
        var fine = raised.Shape[2..];
        var hyper = Tensor.Stack(1, [.. _hyper.Select((mlp, i) => mlp.Forward(seen.Select(1, i + 1)))]);        // [B, 1 + Masks, C / 8]
        var masks = hyper.Matmul(raised.Reshape(batch, raised.Size(1), -1)).Reshape([batch, _hyper.Count, .. fine]);
        return (scope.Keep(masks), scope.Keep(_quality.Forward(seen.Select(1, 0))));

        static Tensor Places(Tensor x)
        {
            using var flat = x.Reshape(x.Size(0), x.Size(1), -1);
            return flat.Permute(0, 2, 1);
        }
    }

    /// <summary>As <see cref="ForwardAll"/>, the single mask or the several.</summary>
    /// <param name="embedding">[1 or B, Width, (d,) h, w].</param>
    /// <param name="gridCode">[1 or B, Width, (d,) h, w].</param>
    /// <param name="sparse">[B, n, Width].</param>
    /// <param name="dense">[B, Width, (d,) h, w].</param>
    /// <param name="several">Masks 1 … for an ambiguous prompt, rather than mask 0.</param>
    public (Tensor Masks, Tensor Quality) Forward(Tensor embedding, Tensor gridCode, Tensor sparse, Tensor dense, bool several)
    {
        using var scope = new TensorScope();
        var (masks, quality) = ForwardAll(embedding, gridCode, sparse, dense);
        var (first, count) = several ? (1, Options.Masks) : (0, 1);
        return (scope.Keep(masks.Narrow(1, first, count)), scope.Keep(quality.Narrow(1, first, count)));
    }

    // Linear layers with ReLU between.
    private sealed class Mlp : Module
    {
        private readonly Modules<Linear> _layers;

        public Mlp(int features, int hidden, int outputs, int depth) => _layers = Children("layers", Enumerable.Range(0, depth).Select(i =>
            new Linear(i == 0 ? features : hidden, i == depth - 1 ? outputs : hidden)));

        public Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = x;
            for (var i = 0; i < _layers.Count; i++)
            {
                y = _layers[i].Forward(y);
                y = i < _layers.Count - 1 ? Lean.Activate(y, SamActivation.Relu) : y;
            }

            return scope.Keep(y);
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Sam;

/// <summary>Options of a promptable network: its three parts.</summary>
public sealed record SamOptions
{
    /// <summary>The image encoder.</summary>
    public ImageEncoderOptions ImageEncoder { get; init; } = new();

    /// <summary>The prompt encoder.</summary>
    public PromptEncoderOptions PromptEncoder { get; init; } = new();

    /// <summary>The mask decoder.</summary>
    public MaskDecoderOptions MaskDecoder { get; init; } = new();

    /// <summary>SAM with the base encoder: 93,735,472 parameters. MedSAM is the same network.</summary>
    public static SamOptions VitB { get; } = new();

    /// <summary>SAM with the large encoder: 312,342,832 parameters.</summary>
    public static SamOptions VitL { get; } = new()
    {
        ImageEncoder = new() { Width = 1024, Depth = 24, Heads = 16, GlobalBlocks = [5, 11, 17, 23] },
    };

    /// <summary>SAM with the huge encoder: 641,090,608 parameters.</summary>
    public static SamOptions VitH { get; } = new()
    {
        ImageEncoder = new() { Width = 1280, Depth = 32, Heads = 16, GlobalBlocks = [7, 15, 23, 31] },
    };

    /// <summary>SAM-Med2D: the base encoder at 256×256 with adapters, 271,241,776 parameters.</summary>
    public static SamOptions Med2D { get; } = new()
    {
        ImageEncoder = new() { ImageSize = 256, Adapters = true },
        PromptEncoder = new() { Grid = [16, 16], ImageSize = [256, 256] },
    };

    /// <summary>SAM-Med3D ("vit_b_ori"): volumes of 128³, 100,509,232 parameters.</summary>
    public static SamOptions Med3D { get; } = new()
    {
        ImageEncoder = new() { Dimensions = 3, ImageSize = 128, InChannels = 1, OutChannels = 384 },
        PromptEncoder = new() { Width = 384, Grid = [8, 8, 8], ImageSize = [128, 128, 128] },
        MaskDecoder = new() { Dimensions = 3, Width = 384 },
    };

    /// <summary>A network of a few kilobytes with every part, for tests and for trying out.</summary>
    public static SamOptions Tiny { get; } = new()
    {
        ImageEncoder = new() { ImageSize = 128, Width = 64, Depth = 2, Heads = 4, MlpRatio = 2, OutChannels = 32, Window = 7, GlobalBlocks = [1] },
        PromptEncoder = new() { Width = 32, Grid = [8, 8], ImageSize = [128, 128] },
        MaskDecoder = new() { Width = 32, Heads = 2, Hidden = 64, QualityHidden = 32 },
    };

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        foreach (var fault in ImageEncoder.Check().Concat(PromptEncoder.Check()).Concat(MaskDecoder.Check()))
        {
            yield return fault;
        }

        if (ImageEncoder.OutChannels != PromptEncoder.Width || PromptEncoder.Width != MaskDecoder.Width)
        {
            yield return Fault.At(
                "promptEncoder.width",
                $"is {PromptEncoder.Width}; imageEncoder.outChannels ({ImageEncoder.OutChannels}) and maskDecoder.width ({MaskDecoder.Width}) must be the same");
        }

        if (ImageEncoder.Dimensions != PromptEncoder.Grid.Count || PromptEncoder.Grid.Count != MaskDecoder.Dimensions || PromptEncoder.Grid.Any(g => g != ImageEncoder.Grid))
        {
            yield return Fault.At("promptEncoder.grid", $"is [{string.Join(',', PromptEncoder.Grid)}]; the image encoder gives {ImageEncoder.Dimensions} axes of {ImageEncoder.Grid}");
        }
    }
}

/// <summary>A promptable segmentation network: SAM, MedSAM, SAM-Med2D or SAM-Med3D.</summary>
/// <remarks>
/// Source: Kirillov et al. 2023; Ma et al. 2024 (MedSAM); Cheng et al. 2023 (SAM-Med2D); Wang et al. 2023 (SAM-Med3D).
/// Parity: <c>07-sam</c>. Keys: those of facebookresearch/segment-anything (image_encoder, prompt_encoder, mask_decoder).
/// </remarks>
public sealed class SamNetwork : Module
{
    /// <summary>Random weights.</summary>
    /// <exception cref="UsageException">At least one fault; every one is named.</exception>
    public SamNetwork(SamOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        Options = options;
        ImageEncoder = Child("image_encoder", new ImageEncoder(options.ImageEncoder));
        PromptEncoder = Child("prompt_encoder", new PromptEncoder(options.PromptEncoder));
        MaskDecoder = Child("mask_decoder", new MaskDecoder(options.MaskDecoder));
    }

    /// <summary>What it was built from.</summary>
    public SamOptions Options { get; }

    /// <summary>Image → embedding; by far the most work.</summary>
    public ImageEncoder ImageEncoder { get; }

    /// <summary>Prompts → tokens and a plane.</summary>
    public PromptEncoder PromptEncoder { get; }

    /// <summary>Embedding and prompts → masks.</summary>
    public MaskDecoder MaskDecoder { get; }

    /// <summary>Masks for B prompts about one embedded image.</summary>
    /// <param name="embedding">[1, C, (d,) h, w], of <see cref="ImageEncoder"/>.</param>
    /// <param name="prompts">In pixels of the encoder's image.</param>
    /// <param name="several">Three masks for an ambiguous prompt, rather than one.</param>
    /// <returns>Logits [B, 1 or 3, 4·(d,) 4·h, 4·w] and predicted IoU [B, 1 or 3], in the caller's scope.</returns>
    public (Tensor Masks, Tensor Quality) Decode(Tensor embedding, Prompts prompts, bool several)
    {
        using var scope = new TensorScope();
        var (sparse, dense) = PromptEncoder.Forward(prompts);
        var (masks, quality) = MaskDecoder.Forward(embedding, PromptEncoder.GridCode(), sparse, dense, several);
        return (scope.Keep(masks), scope.Keep(quality));
    }

    /// <summary>One mask for each of B prompts: the single one where three tokens or more say what is meant, else the best predicted of the several.</summary>
    /// <remarks>Source: the rule of segment-anything's ONNX model. A click alone counts two tokens, itself and a padding; a box two, its corners.</remarks>
    /// <param name="embedding">[1, C, (d,) h, w], of <see cref="ImageEncoder"/>.</param>
    /// <param name="prompts">In pixels of the encoder's image.</param>
    /// <returns>Logits [B, 1, 4·(d,) 4·h, 4·w] and predicted IoU [B, 1], in the caller's scope.</returns>
    public (Tensor Masks, Tensor Quality) DecodeChosen(Tensor embedding, Prompts prompts)
    {
        using var scope = new TensorScope();
        var (sparse, dense) = PromptEncoder.Forward(prompts);
        var (masks, quality) = MaskDecoder.ForwardAll(embedding, PromptEncoder.GridCode(), sparse, dense);
        var first = sparse.Size(1) >= 3;
        var best = first ? null : quality.Narrow(1, 1, quality.Size(1) - 1).Argmax(1).ToArray<long>();
        var (chosen, scores) = (new List<Tensor>(), new List<Tensor>());
        for (var b = 0; b < sparse.Size(0); b++)
        {
            var number = best is null ? 0 : best[b] + 1;
            chosen.Add(masks.Narrow(0, b, 1).Narrow(1, number, 1));
            scores.Add(quality.Narrow(0, b, 1).Narrow(1, number, 1));
        }

        return (scope.Keep(Tensor.Cat(0, [.. chosen])), scope.Keep(Tensor.Cat(0, [.. scores])));
    }

    /// <summary>Low-resolution logits at the image's own size: up to the encoder's image, without its padding, then to the original's size.</summary>
    /// <param name="lowRes">[B, n, h, w].</param>
    /// <param name="inputSides">H, W of the image inside the encoder's square, without the padding.</param>
    /// <param name="originalSides">H, W of the image as it came.</param>
    /// <returns>Logits [B, n, H, W], in the caller's scope.</returns>
    public Tensor Enlarge(Tensor lowRes, long[] inputSides, long[] originalSides)
    {
        using var scope = new TensorScope();
        var square = Pooling.Linear(lowRes, [Options.ImageEncoder.ImageSize, Options.ImageEncoder.ImageSize], alignCorners: false);
        var cut = square.Narrow(2, 0, inputSides[0]).Narrow(3, 0, inputSides[1]).Contiguous();
        square.Dispose();
        return scope.Keep(inputSides.SequenceEqual(originalSides) ? cut : Pooling.Linear(cut, originalSides, alignCorners: false));
    }
}

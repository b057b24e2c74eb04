using SegSharp.Foundation;

namespace SegSharp.Networks.Sam;

/// <summary>Options of a promptable network read off the names and shapes of its weights.</summary>
public static class SamShapes
{
    private const string Encoder = "image_encoder.", PromptPart = "prompt_encoder.", Decoder = "mask_decoder.";

    /// <summary>Whether these are the weights of a whole network of this family.</summary>
    public static bool Are(IReadOnlyDictionary<string, long[]> shapes) =>
        shapes.ContainsKey($"{Encoder}patch_embed.proj.weight") && shapes.ContainsKey($"{PromptPart}no_mask_embed.weight") && shapes.ContainsKey($"{Decoder}mask_tokens.weight");

    /// <summary>The options of a whole network.</summary>
    /// <param name="shapes">Key → shape.</param>
    /// <param name="source">What the weights come from, for the message.</param>
    /// <exception cref="InputException">They are not of this family.</exception>
    public static SamOptions Of(IReadOnlyDictionary<string, long[]> shapes, string source)
    {
        if (!Are(shapes))
        {
            throw new InputException(
                $"'{source}' holds no promptable network: it has {shapes.Count} tensors, first {string.Join(", ", shapes.Keys.Take(2).Select(k => $"'{k}'"))}, and none of image_encoder, prompt_encoder and mask_decoder together",
                "give a checkpoint of SAM, MedSAM, SAM-Med2D or SAM-Med3D");
        }

        var encoder = EncoderOf(Below(shapes, Encoder));
        return new()
        {
            ImageEncoder = encoder,
            PromptEncoder = PromptOf(Below(shapes, PromptPart), encoder.ImageSize, encoder.Grid),
            MaskDecoder = DecoderOf(Below(shapes, Decoder)),
        };
    }

    /// <summary>The weights below a prefix, without it.</summary>
    public static Dictionary<string, long[]> Below(IReadOnlyDictionary<string, long[]> shapes, string prefix) =>
        shapes.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(s => s.Key[prefix.Length..], s => s.Value, StringComparer.Ordinal);

    /// <summary>The options of an image encoder by itself.</summary>
    public static ImageEncoderOptions EncoderOf(IReadOnlyDictionary<string, long[]> shapes)
    {
        var patch = shapes["patch_embed.proj.weight"];
        var width = (int)patch[0];
        var depth = Count(shapes, "blocks");
        var standard = width == 1280 ? SamOptions.VitH.ImageEncoder : width == 1024 ? SamOptions.VitL.ImageEncoder : SamOptions.VitB.ImageEncoder;
        var grid = shapes.TryGetValue("pos_embed", out var positions) ? (int)positions[1] : standard.ImageSize / (int)patch[2];
        var distances = Enumerable.Range(0, depth).Select(i => shapes.GetValueOrDefault($"blocks.{i}.attn.rel_pos_w")).ToList();
        var relative = distances.TrueForAll(d => d is not null);
        var windows = relative ? distances.Where(d => d![0] != (2 * grid) - 1).Select(d => (int)(d![0] + 1) / 2).ToList() : [];
        return standard with
        {
            Dimensions = patch.Length - 2,
            ImageSize = grid * (int)patch[2],
            PatchSize = (int)patch[2],
            InChannels = (int)patch[1],
            Width = width,
            Depth = depth,
            Heads = relative && depth > 0 ? width / (int)distances[0]![1] : width % standard.Heads == 0 && width >= 768 ? standard.Heads : 1,
            MlpRatio = shapes.TryGetValue("blocks.0.mlp.lin1.weight", out var mlp) ? (double)mlp[0] / width : 4,
            OutChannels = (int)shapes["neck.0.weight"][0],
            QkvBias = shapes.ContainsKey("blocks.0.attn.qkv.bias"),
            AbsolutePositions = positions is not null,
            RelativePositions = relative,
            Window = !relative ? standard.Window : windows.Count > 0 ? windows[0] : 0,
            GlobalBlocks = relative ? [.. Enumerable.Range(0, depth).Where(i => distances[i]![0] == (2 * grid) - 1)] : standard.GlobalBlocks,
            Adapters = shapes.ContainsKey("blocks.0.Adapter.norm.weight"),
            AdapterRatio = shapes.TryGetValue("blocks.0.Adapter.channel.0.weight", out var gate) ? (double)gate[0] / width : 0.25,
        };
    }

    /// <summary>The options of a prompt encoder by itself.</summary>
    /// <param name="shapes">Key → shape.</param>
    /// <param name="imageSize">Side of the encoder's image.</param>
    /// <param name="grid">Side of the embedding.</param>
    public static PromptEncoderOptions PromptOf(IReadOnlyDictionary<string, long[]> shapes, int imageSize, int grid)
    {
        var axes = (int)shapes["pe_layer.positional_encoding_gaussian_matrix"][0];
        return new()
        {
            Width = (int)shapes["no_mask_embed.weight"][1],
            Grid = [.. Enumerable.Repeat(grid, axes)],
            ImageSize = [.. Enumerable.Repeat(imageSize, axes)],
            MaskChannels = (int)shapes["mask_downscaling.3.weight"][0],
        };
    }

    /// <summary>The options of a mask decoder by itself. The number of heads is not in the shapes: 8, and 2 for a width below 128, which no public model has.</summary>
    public static MaskDecoderOptions DecoderOf(IReadOnlyDictionary<string, long[]> shapes)
    {
        var width = (int)shapes["mask_tokens.weight"][1];
        var quality = Count(shapes, "iou_prediction_head.layers");
        return new()
        {
            Dimensions = shapes["output_upscaling.0.weight"].Length - 2,
            Width = width,
            Masks = (int)shapes["mask_tokens.weight"][0] - 1,
            Depth = Count(shapes, "transformer.layers"),
            Heads = width < 128 ? 2 : 8,
            Hidden = (int)shapes["transformer.layers.0.mlp.lin1.weight"][0],
            Downsampling = width / (int)shapes["transformer.final_attn_token_to_image.q_proj.weight"][0],
            QualityDepth = quality,
            QualityHidden = quality > 1 ? (int)shapes["iou_prediction_head.layers.0.weight"][0] : 256,
        };
    }

    private static int Count(IReadOnlyDictionary<string, long[]> shapes, string list)
    {
        var n = 0;
        while (shapes.Keys.Any(k => k.StartsWith($"{list}.{n}.", StringComparison.Ordinal)))
        {
            n++;
        }

        return n;
    }
}

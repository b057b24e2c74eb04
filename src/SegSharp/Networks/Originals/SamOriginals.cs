using SegSharp.Networks.KeyMaps;
using SegSharp.Networks.Sam;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The originals of the promptable networks: facebookresearch/segment-anything, MedSAM, SAM-Med2D and SAM-Med3D, and their parts.</summary>
internal static class SamOriginals
{
    /// <summary>Whether an original is one of them.</summary>
    public static bool Are(OriginalName n) =>
        n.Repository is "facebookresearch/segment-anything" or "bowang-lab/MedSAM" or "OpenGVLab/SAM-Med2D" or "uni-medical/SAM-Med3D";

    /// <summary>A whole network, or the part that the case's class names.</summary>
    public static OriginalNetwork Build(OriginalArguments a) => a switch
    {
        _ when SamShapes.Are(a.Shapes) => Whole(new SamNetwork(Options(a))),
        _ when a.Has("patch_embed.proj.weight") => Encoder(new ImageEncoder(EncoderOptions(a))),
        _ when a.Has("no_mask_embed.weight") => Prompt(new PromptEncoder(PromptOptions(a, SamShapes.PromptOf(a.Shapes, 1024, 64)))),
        _ when a.Has("mask_tokens.weight") => Decoder(new MaskDecoder(DecoderOptions(a))),
        _ when a.Has("spatial.0.weight") => AdapterLayer(a),
        _ => throw new Foundation.InputException($"the weights of {a.Name} are of no part of SAM that is known here", "known: the whole network, image encoder, prompt encoder, mask decoder, adapter layer"),
    };

    /// <summary>Options of a whole network: as the constructor says, else from the weights.</summary>
    public static SamOptions Options(OriginalArguments a)
    {
        var shapes = SamShapes.Of(a.Shapes, a.Name.ToString());
        return new()
        {
            ImageEncoder = EncoderOptions(a.Below("image_encoder")),
            PromptEncoder = PromptOptions(a.Below("prompt_encoder"), shapes.PromptEncoder),
            MaskDecoder = DecoderOptions(a.Below("mask_decoder")),
        };
    }

    private static ImageEncoderOptions EncoderOptions(OriginalArguments a)
    {
        var shapes = SamShapes.EncoderOf(a.Shapes);
        var patch = a.Int("patch_size", () => shapes.PatchSize);
        return shapes with
        {
            PatchSize = patch,
            ImageSize = a.Int("img_size", () => shapes.ImageSize),
            Depth = a.Int("depth", () => shapes.Depth),
            Heads = a.Int("num_heads", () => shapes.Heads),
            MlpRatio = a.Number("mlp_ratio", () => shapes.MlpRatio),
            QkvBias = a.Flag("qkv_bias", () => shapes.QkvBias),
            AbsolutePositions = a.Flag("use_abs_pos", () => shapes.AbsolutePositions),
            RelativePositions = a.Flag("use_rel_pos", () => shapes.RelativePositions),
            Window = a.Int("window_size", () => a.HasConstructor ? 0 : shapes.Window),        // a constructor that is silent has none
            GlobalBlocks = a.Ints("global_attn_indexes") ?? (a.HasConstructor ? [] : shapes.GlobalBlocks),
            Epsilon = a.Text("norm", "norm_layer") is { } norm && norm.Contains("1e-5", StringComparison.Ordinal) ? 1e-5 : 1e-6,
            Activation = ActivationOf(a.Text("act_layer", "act", "activation"), SamActivation.Gelu),
        };
    }

    private static PromptEncoderOptions PromptOptions(OriginalArguments a, PromptEncoderOptions shapes) => shapes with
    {
        Grid = a.Ints("image_embedding_size") ?? shapes.Grid,
        ImageSize = a.Ints("input_image_size") ?? shapes.ImageSize,
        Activation = ActivationOf(a.Text("activation"), SamActivation.Gelu),
    };

    private static MaskDecoderOptions DecoderOptions(OriginalArguments a)
    {
        var shapes = SamShapes.DecoderOf(a.Shapes);
        var transformer = a.Below("transformer");
        return shapes with
        {
            // SAM-Med3D builds its transformer itself, with 8 heads.
            Heads = transformer.Int("num_heads", () => a.HasConstructor && !a.HasArgument("transformer") ? 8 : shapes.Heads),
            Downsampling = transformer.Int("attention_downsample_rate", () => shapes.Downsampling),
            Activation = ActivationOf(a.Text("activation"), SamActivation.Gelu),
            TransformerActivation = ActivationOf(transformer.Text("activation"), SamActivation.Relu),
        };
    }

    private static SamActivation ActivationOf(string? text, SamActivation otherwise) =>
        text?.TrimEnd('>', '\'', ')', '(').Split('.', ' ')[^1].ToUpperInvariant() switch
        {
            null => otherwise,
            "RELU" => SamActivation.Relu,
            "GELU" => SamActivation.Gelu,
            _ => throw new Foundation.InputException($"the constructor asks for the activation '{text}'; known here: ReLU, GELU"),
        };

    // A whole network by itself is not run: its cases are prompts (see SamCase).
    private static OriginalNetwork Whole(SamNetwork network) => new(network, KeyMap.Same, _ => []);

    private static OriginalNetwork Encoder(ImageEncoder encoder) => new(encoder, KeyMap.Same, inputs => [encoder.Forward(inputs.Values.First())]);

    private static OriginalNetwork AdapterLayer(OriginalArguments a)
    {
        var width = (int)a.Side("norm.weight", 0);
        var adapter = new Adapter(width, a.Number("mlp_ratio", () => (double)a.Side("channel.0.weight", 0) / width), a.Flag("skip_connect", () => true));
        return new(adapter, KeyMap.Same, inputs => [adapter.Forward(inputs.Values.First())]);
    }

    private static OriginalNetwork Prompt(PromptEncoder encoder) => new(
        encoder,
        KeyMap.Same,
        inputs =>
        {
            var (sparse, dense) = encoder.Forward(new()
            {
                Points = inputs.GetValueOrDefault("points"),
                Labels = inputs.GetValueOrDefault("labels"),
                Boxes = inputs.GetValueOrDefault("boxes") ?? inputs.GetValueOrDefault("box"),
                Masks = inputs.GetValueOrDefault("mask") ?? inputs.GetValueOrDefault("masks"),
            });
            return [sparse, dense, encoder.GridCode()];
        })
    {
        Outputs = ["sparse", "dense", "pe"],
    };

    private static OriginalNetwork Decoder(MaskDecoder decoder) => new(
        decoder,
        KeyMap.Same,
        inputs =>
        {
            var (masks, quality) = decoder.ForwardAll(inputs["image_embeddings"], inputs["image_pe"], inputs["sparse"], inputs["dense"]);
            var several = masks.Size(1) - 1;
            return [masks.Narrow(1, 1, several), quality.Narrow(1, 1, several), masks.Narrow(1, 0, 1), quality.Narrow(1, 0, 1)];
        })
    {
        Outputs = ["multi_masks", "multi_iou", "single_masks", "single_iou"],
    };
}

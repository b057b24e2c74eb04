using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Parts;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The original of <see cref="EncoderUNet"/>.</summary>
internal static class SmpOriginals
{
    /// <summary>Unet of segmentation_models.pytorch, on the encoders that we have.</summary>
    public static OriginalNetwork Build(OriginalArguments a)
    {
        var isVgg = a.Has("encoder.features.0.weight");
        var first = isVgg ? "encoder.features.0.weight" : "encoder.conv1.weight";
        var encoder = a.Text("encoder_name") ?? VggOriginals.EncoderIn(a.Name.Class)      // Unet("resnet34", …)
            ?? (isVgg ? "vgg16" : a.Has("encoder.layer1.0.conv3.weight") ? "resnet50" : a.Has("encoder.layer1.2.conv1.weight") ? "resnet34" : "resnet18");
        if (!PartCatalogue.Encoders.Contains(encoder))
        {
            throw new InputException($"the case of {a.Name} has the encoder '{encoder}'; known here: {string.Join(", ", PartCatalogue.Encoders)}");
        }

        var depth = a.Count(i => $"decoder.blocks.{i}");
        var options = new EncoderUNetOptions
        {
            InChannels = a.Int("in_channels", () => a.Side(first, 1)),
            Classes = a.Int("classes", () => a.Side("segmentation_head.0.weight", 0)),
            Encoder = encoder,
            Base = (int)a.Side(first, 0),
            EncoderDepth = depth,
            DecoderChannels = [.. Enumerable.Range(0, depth).Select(i => (int)a.Side($"decoder.blocks.{i}.conv1.0.weight", 0))],
            Normalisation = Norm(a),
            Affine = a.Has("decoder.blocks.0.conv1.1.weight"),
            Attention = a.Has("decoder.blocks.0.attention1.attention.cSE.1.weight") ? DecoderAttention.Scse : DecoderAttention.None,
            Up = (a.Text("decoder_interpolation", "decoder_interpolation_mode") ?? "nearest") switch
            {
                "nearest" => Torch.Layers.Interpolation.Nearest,
                "bilinear" => Torch.Layers.Interpolation.Linear,
                var other => throw new InputException($"the constructor asks for the interpolation '{other}'; known here: nearest, bilinear"),
            },
        };
        Func<Tensor, Tensor>? last = a.Text("activation") switch
        {
            null or "identity" => null,
            "sigmoid" => x => x.Sigmoid(),
            "softmax" or "softmax2d" => x => x.Softmax(1),
            "logsoftmax" => x => x.LogSoftmax(1),
            var other => throw new InputException($"the constructor asks for the activation '{other}'; known here: identity, sigmoid, softmax, softmax2d, logsoftmax"),
        };
        return OriginalNetwork.Of(new EncoderUNet(options), KeyMap.Same, last);
    }

    private static NormKind Norm(OriginalArguments a)
    {
        const string Behind = "decoder.blocks.0.conv1.1";
        return a.Has($"{Behind}.running_mean") ? NormKind.Batch
            : (a.Text("decoder_use_norm", "decoder_use_batchnorm") ?? "").Contains("instance", StringComparison.OrdinalIgnoreCase) ? NormKind.Instance
            : a.Has($"{Behind}.weight") ? NormKind.Instance
            : NormKind.None;
    }
}

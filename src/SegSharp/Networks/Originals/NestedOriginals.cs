using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The originals of <see cref="UNetPlusPlus"/> and <see cref="GenericUNetPlusPlus"/>.</summary>
internal static class NestedOriginals
{
    /// <summary>Outputs: with deep supervision the heads from the first to the deepest, else the one.</summary>
    public static OriginalNetwork Nested(OriginalArguments a)
    {
        if (a.Name.Class.Split('(')[0].Split('.')[^1] is var name && name is not ("NestedUNet" or ""))
        {
            throw new InputException($"'{name}' of {a.Name.Repository} is not here; NestedUNet is");
        }

        var deep = a.Flag("deep_supervision", () => a.Has("final1.weight"));
        var network = new UNetPlusPlus(new()
        {
            InChannels = a.Int("input_channels", () => a.Side("conv0_0.conv1.weight", 1)),
            Classes = a.Int("num_classes", () => a.Side(deep ? "final1.weight" : "final.weight", 0)),
            Base = (int)a.Side("conv0_0.conv1.weight", 0),
            Depth = a.Count(i => $"conv{i}_0") - 1,
            DeepSupervision = deep,
        });
        return new(network, KeyMap.Same, inputs => [.. network.Forward(inputs.Values.First()).Levels.Reverse()]);
    }

    /// <summary>Outputs: the deepest head and, with deep supervision, the others after it.</summary>
    public static OriginalNetwork Generic(OriginalArguments a)
    {
        if (a.Flag("upscale_logits", () => false))
        {
            throw new InputException("the constructor asks for upscale_logits, which enlarges logits that are at full size already; not here");
        }

        var (first, depth) = ("conv_blocks_context.0.blocks.0", a.Count(i => $"loc{i}"));
        // The original's own is a softmax; a function without a name changes nothing.
        var last = a.Text("final_nonlin") ?? "softmax";
        Func<Tensor, Tensor> end = last.Contains("softmax", StringComparison.OrdinalIgnoreCase) ? l => l.Softmax(axis: 1)
            : last.Contains("sigmoid", StringComparison.OrdinalIgnoreCase) ? l => l.Sigmoid()
            : l => l;
        var network = new GenericUNetPlusPlus(new()
        {
            Dimensions = a.Rank($"{first}.conv.weight") - 2,
            InChannels = a.Int("input_channels", () => a.Side($"{first}.conv.weight", 1)),
            Classes = a.Int("num_classes", () => a.Side("seg_outputs.0.weight", 0)),
            Base = a.Int("base_num_features", () => a.Side($"{first}.conv.weight", 0)),
            Depth = a.Int("num_pool", () => depth),
            Growth = a.Number("feat_map_mul_on_downscale", 2),
            Most = a.Int("max_num_features", () => a.Rank($"{first}.conv.weight") == 4 ? 480 : 320),
            ConvolutionsPerBlock = a.Int("num_conv_per_stage", () => a.Count(i => $"conv_blocks_context.0.blocks.{i}")),
            Kernels = a.Grid("conv_kernel_sizes") ?? [],
            Strides = a.Grid("pool_op_kernel_sizes") ?? [],
            ConvolutionalPooling = a.Flag("convolutional_pooling", () => false),
            ConvolutionalUpsampling = a.Flag("convolutional_upsampling", () => a.Has("up0.0.weight")),
            Normalisation = NormOf(a),
            Affine = a.Has($"{first}.instnorm.weight"),
            Epsilon = a.Inside("norm_op_kwargs").Number("eps", 1e-5),
            Activation = (a.Text("nonlin") ?? "LeakyReLU").TrimEnd('>', '\'').Split('.')[^1] switch
            {
                "LeakyReLU" => ActivationKind.LeakyRelu,
                "ReLU" => ActivationKind.Relu,
                "ELU" => ActivationKind.Elu,
                var other => throw new InputException($"the constructor asks for '{other}'; known here: LeakyReLU, ReLU, ELU"),
            },
            Slope = a.Inside("nonlin_kwargs").Number("negative_slope", 0.01),
            NormLast = (a.Text("basic_block") ?? "").Contains("NonlinNorm", StringComparison.Ordinal),
            HeadBias = a.Has("seg_outputs.0.bias"),
            Dropout = a.Text("dropout_op") is null ? 0 : a.Inside("dropout_op_kwargs").Number("p", 0),
            DeepSupervision = a.Flag("deep_supervision", () => true),
        });
        return new(network, KeyMap.Same, inputs => [.. network.Forward(inputs.Values.First()).Levels.Select(end)]);
    }

    // The original's own is a batch normalisation, whose running statistics tell it too.
    private static NormKind NormOf(OriginalArguments a)
    {
        const string First = "conv_blocks_context.0.blocks.0.instnorm.running_mean";
        if (a.Inside("norm_op_kwargs").Number("momentum", 0.1) is var momentum && momentum != 0.1 && a.Has(First))
        {
            throw new InputException($"the constructor gives its normalisation the momentum {momentum}; 0.1 is known here");
        }

        return a.Text("norm_op")?.TrimEnd('>', '\'').Split('.')[^1] switch
        {
            null => a.Has(First) ? NormKind.Batch : NormKind.Instance,
            "BatchNorm2d" or "BatchNorm3d" or "BatchNorm" => NormKind.Batch,
            "InstanceNorm2d" or "InstanceNorm3d" or "InstanceNorm" => NormKind.Instance,
            var other => throw new InputException($"the constructor asks for '{other}'; known here: BatchNorm2d, BatchNorm3d, InstanceNorm2d, InstanceNorm3d"),
        };
    }
}

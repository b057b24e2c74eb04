using System.Text.Json.Nodes;
using SegSharp.Networks.KeyMaps;

namespace SegSharp.Networks.Originals;

/// <summary>The originals of <see cref="PlainConvUNet"/> and <see cref="ResidualEncoderUNet"/>.</summary>
internal static class DynamicOriginals
{
    /// <summary>From the constructor; what it leaves out is read from the weights.</summary>
    public static OriginalNetwork Build(OriginalArguments a)
    {
        var arguments = a.All();
        var first = a.Has("encoder.stem.convs.0.conv.weight") ? "encoder.stem.convs.0" : "encoder.stages.0.0.convs.0";
        var dimensions = a.Int("dim", () => a.Rank($"{first}.conv.weight") - 2);
        arguments["conv_op"] ??= $"Conv{dimensions}d";
        arguments["conv_bias"] ??= a.Has($"{first}.conv.bias");
        if (!arguments.ContainsKey("norm_op"))
        {
            arguments["norm_op"] = a.Has($"{first}.norm.running_mean") ? "BatchNorm" : a.Has($"{first}.norm.weight") ? "InstanceNorm" : null;
            arguments["norm_op_kwargs"] = new JsonObject { ["affine"] = a.Has($"{first}.norm.weight") };
        }

        if (!arguments.ContainsKey("nonlin"))
        {
            arguments["nonlin"] = "LeakyReLU";
        }

        // A dropout of 0 is a layer that only counts in the names of others.
        var idle = a.Text("dropout_op") is not null && a.Inside("dropout_op_kwargs").Number("p", 0.5) == 0;
        if (idle)
        {
            arguments["dropout_op"] = null;
        }

        var options = NnUnetArchitecture.FromArguments(
            a.Name.Class,
            arguments,
            a.Int("input_channels", () => a.Side($"{first}.conv.weight", 1)),
            a.Int("num_classes", () => a.Side("decoder.seg_layers.0.weight", 0)),
            strict: false);
        return OriginalNetwork.OfLevels(NnUnetArchitecture.Build(options), NnUnet.For(options, idle));
    }
}

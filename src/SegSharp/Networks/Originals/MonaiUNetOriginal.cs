using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;

namespace SegSharp.Networks.Originals;

/// <summary>The original of <see cref="MonaiUNet"/>.</summary>
internal static class MonaiUNetOriginal
{
    /// <summary>From its constructor; strides other than 2 are refused.</summary>
    public static OriginalNetwork Build(OriginalArguments a)
    {
        var widths = a.Ints("channels") ?? throw new InputException($"the case of {a.Name} does not tell the constructor's channels");
        if (a.Ints("strides")?.Any(s => s != 2) == true)
        {
            throw new InputException($"the case of {a.Name} has strides {string.Join(", ", a.Ints("strides")!)}; here every stride is 2");
        }

        var units = a.Int("num_res_units", () => 0);
        var first = units > 0 ? "model.0.conv.unit0" : "model.0";
        return OriginalNetwork.Of(
            new MonaiUNet(new()
            {
                Dimensions = a.Int("spatial_dims", () => a.Rank($"{first}.conv.weight") - 2),
                InChannels = a.Int("in_channels", () => a.Side($"{first}.conv.weight", 1)),
                Classes = a.Int("out_channels", () => 1),
                Widths = widths,
                ResidualUnits = units,
                Normalisation = (a.Text("norm") ?? "INSTANCE").ToUpperInvariant() switch
                {
                    "INSTANCE" => NormKind.Instance,
                    "BATCH" => NormKind.Batch,
                    var other => throw new InputException($"the constructor asks for '{other}'; known here: instance, batch"),
                },
                Affine = a.Has($"{first}.adn.N.weight"),
                Activation = (a.Text("act") ?? "PRELU").ToUpperInvariant() switch
                {
                    "PRELU" => ActivationKind.Prelu,
                    "RELU" => ActivationKind.Relu,
                    "ELU" => ActivationKind.Elu,
                    "LEAKYRELU" => ActivationKind.LeakyRelu,
                    var other => throw new InputException($"the constructor asks for '{other}'; known here: prelu, relu, elu, leakyrelu"),
                },
                Bias = a.Has($"{first}.conv.bias"),
            }),
            KeyMap.Same);
    }
}

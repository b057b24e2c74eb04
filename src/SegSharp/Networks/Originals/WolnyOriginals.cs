using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The original of <see cref="UNet3D"/>: UNet3D, ResidualUNet3D and ResidualUNetSE3D of wolny/pytorch-3dunet, and the first two in 2D.</summary>
internal static class WolnyOriginals
{
    /// <summary>Outputs: 0 after the last activation, 1 the logits.</summary>
    public static OriginalNetwork Build(OriginalArguments a)
    {
        var type = a.Name.Class.Split('(')[0].Split('.')[^1];
        if (type is not ("" or "UNet3D" or "ResidualUNet3D" or "ResidualUNetSE3D" or "UNet2D" or "ResidualUNet2D"))
        {
            throw new InputException($"there is no network here for {a.Name}", "known of this original: UNet3D, ResidualUNet3D, ResidualUNetSE3D, UNet2D, ResidualUNet2D");
        }

        var residual = a.Has("encoders.0.basic_module.conv2.conv.weight");
        var levels = a.Count(i => $"encoders.{i}");
        var last = residual ? "conv3" : "SingleConv2";
        var final = $"encoders.0.basic_module.{last}.conv.weight";
        var axes = a.Rank(final) - 2;
        int[] kernel = [.. Enumerable.Range(0, axes).Select(i => (int)a.Side(final, i + 2))];
        int[] kept = [.. kernel.Select(k => (k - 1) / 2)];

        // The residual blocks pass no padding on.
        var padding = residual ? kept : Sides(a, "conv_padding", axes) ?? [.. Enumerable.Repeat(1, axes)];
        var padded = padding.SequenceEqual(kept);
        if (kernel.Any(k => k % 2 == 0) || (!padded && padding.Any(p => p != 0)))
        {
            throw new InputException($"{a.Name} has the kernel [{string.Join(", ", kernel)}] and conv_padding [{string.Join(", ", padding)}]; here the padding keeps the sides, [{string.Join(", ", kept)}], or is 0");
        }

        var up = Up(a, residual);
        if ((residual || up == UpKind.Transposed) && kernel.Any(k => k != 3))
        {
            throw new InputException($"{a.Name} has the kernel [{string.Join(", ", kernel)}] in its transposed convolutions too; here they are 3 along every axis");
        }

        var network = new UNet3D(new()
        {
            Dimensions = axes,
            InChannels = a.Int("in_channels", () => a.Side($"encoders.0.basic_module.{(residual ? "conv1" : "SingleConv1.conv")}.weight", 1)),
            Classes = a.Int("out_channels", () => a.Side("final_conv.weight", 0)),
            Widths = [.. Enumerable.Range(0, levels).Select(i => (int)a.Side($"encoders.{i}.basic_module.{last}.conv.weight", 0))],
            Order = a.Text("layer_order") ?? "gcr",
            Groups = a.Int("num_groups", () => 8),
            Kernel = kernel,
            Pool = Sides(a, "pool_kernel_size", axes) ?? [],
            GrowAtOnce = !residual && a.Int("conv_upscale", () => 2) == 1,
            Padded = padded,
            Dropout = Dropout(a, 0),
            SecondDropout = Dropout(a, 1),
            Up = up,
            Residual = residual,
            Joins = residual && a.Text("upsample") == "deconv",
            Excites = a.Has("encoders.0.basic_module.se_module.cSE.fc1.weight"),
        });
        return new(network, KeyMap.Same, inputs =>
        {
            var logits = network.Forward(inputs.Values.First()).Full;
            var plain = !a.Flag("is_segmentation", () => true);
            return [plain ? logits : a.Flag("final_sigmoid", () => true) ? logits.Sigmoid() : logits.Softmax(1), logits];
        });
    }

    // One number, or one per axis; null when the constructor has none.
    private static int[]? Sides(OriginalArguments a, string argument, int axes) =>
        a.Ints(argument) ?? (a.All()[argument] is null ? null : [.. Enumerable.Repeat(a.Int(argument, () => 0), axes)]);

    // The residual network joins when its way up is named, which only fits one.
    private static UpKind Up(OriginalArguments a, bool residual) => a.Text("upsample") switch
    {
        null or "default" => UpKind.Nearest,
        "deconv" when residual => UpKind.Nearest,
        var other when residual => throw new InputException($"{a.Name} has upsample = '{other}'; a residual network goes up by a transposed convolution: default, deconv"),
        "nearest" => UpKind.Nearest,
        "bilinear" or "trilinear" => UpKind.Bilinear,
        "deconv" => UpKind.Transposed,
        var other => throw new InputException($"{a.Name} has upsample = '{other}'; known here: default, nearest, bilinear, trilinear, deconv"),
    };

    // One share, or one for each convolution of a pair.
    private static double Dropout(OriginalArguments a, int convolution) => a.All()["dropout_prob"] is JsonArray { Count: 2 } pair
        ? pair[convolution]!.GetValue<double>()
        : a.Number("dropout_prob", 0.1);
}

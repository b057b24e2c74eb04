using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The original of <see cref="UNet3D"/>: UNet3D and ResidualUNet3D of wolny/pytorch-3dunet.</summary>
internal static class WolnyOriginals
{
    /// <summary>Outputs: 0 after the last activation, 1 the logits.</summary>
    public static OriginalNetwork Build(OriginalArguments a)
    {
        var residual = a.Has("encoders.0.basic_module.conv2.conv.weight");
        var levels = a.Count(i => $"encoders.{i}");
        var last = residual ? "conv3" : "SingleConv2";
        var first = residual ? "conv2" : "SingleConv1";
        var network = new UNet3D(new()
        {
            InChannels = a.Int("in_channels", () => a.Side($"encoders.0.basic_module.{(residual ? "conv1" : first + ".conv")}.weight", 1)),
            Classes = a.Int("out_channels", () => a.Side("final_conv.weight", 0)),
            Widths = [.. Enumerable.Range(0, levels).Select(i => (int)a.Side($"encoders.{i}.basic_module.{last}.conv.weight", 0))],
            Order = a.Text("layer_order") ?? "gcr",
            Groups = a.Int("num_groups", () => 8),
            Residual = residual,
        });
        return new(network, KeyMap.Same, inputs =>
        {
            var logits = network.Forward(inputs.Values.First()).Full;
            return [a.Flag("final_sigmoid", () => true) ? logits.Sigmoid() : logits.Softmax(1), logits];
        });
    }
}

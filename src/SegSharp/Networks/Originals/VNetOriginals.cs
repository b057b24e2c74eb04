using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The two originals of <see cref="VNet"/> and their blocks, which is all of them that recorded numbers know: their widths are fixed.</summary>
internal static class VNetOriginals
{
    /// <summary>MONAI's VNet, or one of its blocks.</summary>
    public static OriginalNetwork Monai(OriginalArguments a)
    {
        // A PReLU has weights, the others none.
        var prelu = new[] { "act_function", "act_function1", "in_tr.act_function" }.Any(k => a.Has($"{k}.weight"));
        var (named, slope) = MonaiOriginals.Act(a, (ActivationKind.Elu, 0.01));
        var activation = prelu ? ActivationKind.Prelu : named;
        var oneSlope = prelu && a.Shapes.Where(s => s.Key.Contains("act_function", StringComparison.Ordinal)).All(s => s.Value is [1]);
        var style = new VNetBlocks.Style(
            a.Int("spatial_dims", () => a.Rank("in_tr.conv_block.conv.weight") - 2),
            activation,
            Bias: a.Has("down_conv.bias") || a.Has("conv_block.conv.bias") || a.Has("in_tr.conv_block.conv.bias"),
            Slope: slope,
            OneSlope: oneSlope);
        switch (Block(a.Name))
        {
            case "InputTransition":
                return Of(new VNetBlocks.Input(style, Side(a, "conv_block.conv.weight", 1), Side(a, "conv_block.conv.weight", 0)), KeyMap.Same);
            case "DownTransition":
                return Of(new VNetBlocks.Down(style, Side(a, "down_conv.weight", 1), a.Count(i => $"ops.{i}")), KeyMap.Same);
            case "UpTransition":
                return Of(new VNetBlocks.Up(style, Side(a, "up_conv.weight", 0), 2 * Side(a, "up_conv.weight", 1), a.Count(i => $"ops.{i}")), KeyMap.Same);
            case "OutputTransition":
                return Of(new VNetBlocks.Output(style, Side(a, "conv_block.conv.weight", 1), Side(a, "conv_block.conv.weight", 0)), KeyMap.Same);
        }

        var options = new VNetOptions
        {
            Dimensions = style.Dimensions,
            InChannels = Side(a, "in_tr.conv_block.conv.weight", 1),
            Base = Side(a, "in_tr.conv_block.conv.weight", 0),
            Classes = Side(a, "out_tr.conv2.weight", 0),
            Activation = activation,
            Slope = slope,
            OneSlope = oneSlope,
            DownConvolutions = Convolutions(a, "down_tr", [32, 64, 128, 256]),
            UpConvolutions = Convolutions(a, "up_tr", [256, 128, 64, 32]),
            Bias = style.Bias,
        };
        return OriginalNetwork.Of(new VNet(options), KeyMap.Same);
    }

    /// <summary>mattmacy's VNet, or one of its blocks.</summary>
    public static OriginalNetwork Mattmacy(OriginalArguments a)
    {
        // A PReLU has weights, an ELU none.
        var prelu = a.Has("relu1.weight") || a.Has("in_tr.relu1.weight");
        var style = new VNetBlocks.Style(3, prelu ? ActivationKind.Prelu : ActivationKind.Elu, Bias: true, BatchStatistics: true);
        var count = a.Count(i => $"ops.{i}");
        switch (Block(a.Name))
        {
            case "InputTransition":
                throw new InputException($"{a.Name} turns one image into sixteen, which nothing here does", "use MONAI's InputTransition");
            case "DownTransition":
                return Of(new VNetBlocks.Down(style, Side(a, "down_conv.weight", 1), count), MattmacyVNet.ForBlock(count));
            case "UpTransition":
                return Of(new VNetBlocks.Up(style, Side(a, "up_conv.weight", 0), 2 * Side(a, "up_conv.weight", 1), count), MattmacyVNet.ForBlock(count));
            case "OutputTransition":
                return Of(new VNetBlocks.Output(style, Side(a, "conv1.weight", 1), Side(a, "conv1.weight", 0)), MattmacyVNet.ForBlock(null), PerVoxel);
        }

        var options = new VNetOptions
        {
            InChannels = Side(a, "in_tr.conv1.weight", 1),
            Base = Side(a, "in_tr.conv1.weight", 0),
            Classes = Side(a, "out_tr.conv2.weight", 0),
            Activation = style.Activation,
            DownConvolutions = Convolutions(a, "down_tr", [32, 64, 128, 256]),
            UpConvolutions = Convolutions(a, "up_tr", [256, 128, 64, 32]),
            Bias = true,
            BatchStatistics = true,
        };
        return OriginalNetwork.Of(new VNet(options), MattmacyVNet.For(options), PerVoxel);

        // [N, K, D, H, W] → [N·D·H·W, K], as (log-)probabilities.
        Tensor PerVoxel(Tensor logits)
        {
            var rows = logits.Permute([0, 2, 3, 4, 1]).Reshape(-1, logits.Size(1));
            return a.Flag("nll", () => false) ? rows.LogSoftmax(1) : rows.Softmax(1);
        }
    }

    private static OriginalNetwork Of(Layer block, KeyMap names, Func<Tensor, Tensor>? last = null) =>
        new(block, names, inputs => [(last ?? (x => x))(block.Forward(inputs.Values.First()))]);

    private static OriginalNetwork Of(VNetBlocks.Up block, KeyMap names) => new(block, names, inputs => [block.Forward(inputs["x"], inputs["skip"])]);

    // "monai.networks.nets.vnet.DownTransition" and "VNet(spatial_dims=3,…)": what stands last before a bracket.
    private static string Block(OriginalName name) => (name.Block ?? name.Class.Split('(')[0]).Split('.')[^1];

    private static int[] Convolutions(OriginalArguments a, string arm, int[] names) => [.. names.Select(n => a.Count(i => $"{arm}{n}.ops.{i}"))];

    private static int Side(OriginalArguments a, string key, int axis) => (int)a.Side(key, axis);
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The originals of <see cref="AttentionUNet"/> and <see cref="OktayUNet"/>.</summary>
internal static class AttentionOriginals
{
    /// <summary>AttU_Net, and U_Net without gates.</summary>
    public static OriginalNetwork LeeJunHyun(OriginalArguments a)
    {
        if (a.Name.Class.Split('(')[0].Split('.')[^1] is var name && name is not ("AttU_Net" or "U_Net"))
        {
            throw new InputException($"'{name}' of {a.Name.Repository} is not here; AttU_Net and U_Net are");
        }

        return OriginalNetwork.Of(
            new AttentionUNet(new()
            {
                InChannels = a.Int("img_ch", () => a.Side("Conv1.conv.0.weight", 1)),
                Classes = a.Int("output_ch", () => a.Side("Conv_1x1.weight", 0)),
                Base = (int)a.Side("Conv1.conv.0.weight", 0),
                Depth = a.Count(i => $"Conv{i}", first: 1) - 1,
                Gates = a.Has("Att2.psi.0.weight"),
            }),
            KeyMap.Same);
    }

    /// <summary>The network with one gate per level, and the gate alone, whose outputs are 0 what passes and 1 the factors.</summary>
    public static OriginalNetwork Oktay(OriginalArguments a) => a.Name.Class.Split('(')[0].Split('.')[^1] switch
    {
        "unet_CT_single_att_dsv_3D" => OriginalNetwork.Of(
            new OktayUNet(new()
            {
                InChannels = a.Int("in_channels", () => a.Side("conv1.conv1.0.weight", 1)),
                Classes = a.Int("n_classes", () => a.Side("final.weight", 0)),
                Widths = [.. new[] { "conv1", "conv2", "conv3", "conv4", "center" }.Select(level => (int)a.Side($"{level}.conv1.0.weight", 0))],
                Gate = ModeOf(a.Text("nonlocal_mode")),
                Subsample = Sides(a, "attentionblock2.gate_block_1.theta.weight"),
                BatchNorm = a.Has("conv1.conv1.1.weight"),
                DecoderBatchNorm = a.Has("up_concat4.conv.conv1.1.weight"),
            }),
            KeyMap.Same),
        "GridAttentionBlock2D" or "GridAttentionBlock3D" => Block(a),
        var other => throw new InputException($"'{other}' of {a.Name.Repository} is not here; unet_CT_single_att_dsv_3D, GridAttentionBlock2D and GridAttentionBlock3D are"),
    };

    private static OriginalNetwork Block(OriginalArguments a)
    {
        var gate = new GridAttentionGate(
            a.Int("in_channels", () => a.Side("theta.weight", 1)),
            a.Int("gating_channels", () => a.Side("phi.weight", 1)),
            (int)a.Side("theta.weight", 0),
            [.. Sides(a, "theta.weight").Select(s => (long)s)],
            ModeOf(a.Text("mode")));
        return new(gate, KeyMap.Same, inputs =>
        {
            var (passed, alpha) = gate.Forward(inputs["x"], inputs["g"]);
            return [passed, alpha];
        });
    }

    // A kernel of theta is the step by which it makes the grid smaller.
    private static int[] Sides(OriginalArguments a, string weight) => [.. Enumerable.Range(2, Math.Max(0, a.Rank(weight) - 2)).Select(axis => (int)a.Side(weight, axis))];

    private static GridAttentionMode ModeOf(string? mode) => mode switch
    {
        null or "concatenation" => GridAttentionMode.Concatenation,
        "concatenation_debug" => GridAttentionMode.ConcatenationDebug,
        "concatenation_residual" => GridAttentionMode.ConcatenationResidual,
        _ => throw new InputException($"the constructor asks for mode '{mode}'; known here: concatenation, concatenation_debug, concatenation_residual"),
    };
}

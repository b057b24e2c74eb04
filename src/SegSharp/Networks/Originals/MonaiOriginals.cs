using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;

namespace SegSharp.Networks.Originals;

/// <summary>The originals of MONAI's networks but V-Net, from the arguments of their constructors.</summary>
internal static class MonaiOriginals
{
    /// <summary>Of <see cref="MonaiUNet"/>.</summary>
    public static OriginalNetwork UNet(OriginalArguments a)
    {
        var units = a.Int("num_res_units", () => 0);
        var first = units > 0 ? "model.0.conv.unit0" : "model.0";
        var axes = a.Int("spatial_dims", () => a.Rank($"{first}.conv.weight") - 2);
        var (normalisation, affine, groups, epsilon, momentum) = Norm(a, (NormKind.Instance, false, 1));
        var (activation, slope) = Act(a, (ActivationKind.Prelu, 0.01));
        var widths = a.Ints("channels") ?? throw new InputException($"the case of {a.Name} does not tell the constructor's channels");
        return OriginalNetwork.Of(
            new MonaiUNet(new()
            {
                Dimensions = axes,
                InChannels = a.Int("in_channels", () => a.Side($"{first}.conv.weight", 1)),
                Classes = a.Int("out_channels", () => 1),
                Widths = widths,
                Strides = Strides(a, widths.Length - 1, axes),
                Kernel = Sides(a, "kernel_size", axes),
                UpKernel = Sides(a, "up_kernel_size", axes),
                ResidualUnits = units,
                Normalisation = normalisation,
                Affine = affine,
                Groups = groups,
                Epsilon = epsilon,
                Momentum = momentum,
                Activation = activation,
                Slope = slope,
                Dropout = Dropout(a, "dropout"),
                Order = a.Text("adn_ordering") ?? "NDA",
                Bias = a.Flag("bias", () => a.Has($"{first}.conv.bias")),
            }),
            KeyMap.Same);
    }

    /// <summary>Of <see cref="MonaiBasicUNet"/>.</summary>
    public static OriginalNetwork BasicUNet(OriginalArguments a) => OriginalNetwork.Of(new MonaiBasicUNet(Basic(a, new MonaiBasicUNetOptions(), "conv_0", "final_conv")), KeyMap.Same);

    /// <summary>Of <see cref="MonaiBasicUNetPlusPlus"/>, whose outputs begin with the shallowest node.</summary>
    public static OriginalNetwork BasicUNetPlusPlus(OriginalArguments a)
    {
        var network = new MonaiBasicUNetPlusPlus(Basic(
            a,
            new MonaiBasicUNetPlusPlusOptions { DeepSupervision = a.Flag("deep_supervision", () => false) },
            "conv_0_0",
            "final_conv_0_4"));
        return new(network, KeyMap.Same, inputs => [.. network.Forward(inputs.Values.First()).Levels.Reverse()]);
    }

    /// <summary>Of <see cref="MonaiAttentionUNet"/>.</summary>
    public static OriginalNetwork AttentionUNet(OriginalArguments a)
    {
        const string First = "model.0.conv.0.conv.weight", Up = "model.1.upconv.up.conv.weight";
        var axes = a.Int("spatial_dims", () => a.Rank(First) - 2);
        var widths = a.Ints("channels") ?? throw new InputException($"the case of {a.Name} does not tell the constructor's channels");

        // Some releases take the kernels and do not pass them on: the weights know.
        return OriginalNetwork.Of(
            new MonaiAttentionUNet(new()
            {
                Dimensions = axes,
                InChannels = a.Int("in_channels", () => a.Side(First, 1)),
                Classes = a.Int("out_channels", () => a.Side("model.2.conv.weight", 0)),
                Widths = widths,
                Strides = Strides(a, widths.Length - 1, axes),
                Kernel = [.. Enumerable.Range(0, axes).Select(i => (int)a.Side(First, i + 2))],
                UpKernel = [.. Enumerable.Range(0, axes).Select(i => (int)a.Side(Up, i + 2))],
                Dropout = Dropout(a, "dropout"),
            }),
            KeyMap.Same);
    }

    /// <summary>Of <see cref="Networks.SegResNet"/>.</summary>
    public static OriginalNetwork SegResNet(OriginalArguments a)
    {
        if (!a.Flag("use_conv_final", () => true))
        {
            throw new InputException($"{a.Name} with use_conv_final = false gives features, no logits; here it always ends with its last convolution");
        }

        var groups = (int)a.Number("num_groups", 8);
        var (normalisation, affine, number, epsilon, momentum) = Norm(a, (NormKind.Group, true, groups));
        var (activation, slope) = Act(a, (ActivationKind.Relu, 0.01));
        return OriginalNetwork.Of(
            new SegResNet(new()
            {
                Dimensions = a.Int("spatial_dims", () => a.Rank("convInit.conv.weight") - 2),
                InChannels = a.Int("in_channels", () => a.Side("convInit.conv.weight", 1)),
                Classes = a.Int("out_channels", () => a.Side("conv_final.2.conv.weight", 0)),
                Base = a.Int("init_filters", () => a.Side("convInit.conv.weight", 0)),
                DownBlocks = a.Ints("blocks_down") ?? [1, 2, 2, 4],
                UpBlocks = a.Ints("blocks_up") ?? [1, 1, 1],
                Normalisation = normalisation,
                Affine = affine,
                Groups = normalisation == NormKind.Group ? number : 1,
                Epsilon = epsilon,
                Momentum = momentum,
                Activation = activation,
                Slope = slope,
                Dropout = Dropout(a, "dropout_prob"),
                Up = Up(a, "upsample_mode", MonaiUp.NonTrainable),
            }),
            MonaiSegResNet.Map);
    }

    private static T Basic<T>(OriginalArguments a, T options, string first, string head)
        where T : MonaiBasicOptions
    {
        var (normalisation, affine, groups, epsilon, momentum) = Norm(a, (NormKind.Instance, true, 1));
        var (activation, slope) = Act(a, (ActivationKind.LeakyRelu, 0.1));
        var features = a.Ints("features") ?? [32, 32, 64, 128, 256, 32];
        return (T)(options with
        {
            Dimensions = a.Int("spatial_dims", () => a.Rank($"{first}.conv_0.conv.weight") - 2),
            InChannels = a.Int("in_channels", () => a.Side($"{first}.conv_0.conv.weight", 1)),
            Classes = a.Int("out_channels", () => a.Side($"{head}.weight", 0)),
            Widths = features,
            Normalisation = normalisation,
            Affine = affine,
            Groups = groups,
            Epsilon = epsilon,
            Momentum = momentum,
            Activation = activation,
            Slope = slope,
            Dropout = Dropout(a, "dropout"),
            Bias = a.Flag("bias", () => a.Has($"{first}.conv_0.conv.bias")),
            Up = Up(a, "upsample", MonaiUp.Deconv),
        });
    }

    // "BATCH", ["group", {"num_groups": 2}] or null.
    private static (NormKind Kind, bool Affine, int Groups, double Epsilon, double Momentum) Norm(OriginalArguments a, (NormKind Kind, bool Affine, int Groups) usual)
    {
        if (!Given(a, "norm", out var name, out var more))
        {
            return (usual.Kind, usual.Affine, usual.Groups, 1e-5, 0.1);
        }

        var kind = name?.ToUpperInvariant() switch
        {
            null => NormKind.None,
            "INSTANCE" => NormKind.Instance,
            "BATCH" => NormKind.Batch,
            "GROUP" => NormKind.Group,
            _ => throw new InputException($"the constructor asks for '{name}'; known here: instance, batch, group"),
        };
        Only(more, "norm", "affine", "num_groups", "eps", "momentum", "track_running_stats");
        if (Flag(more, "track_running_stats", kind == NormKind.Batch) != (kind == NormKind.Batch))
        {
            throw new InputException($"the constructor asks for '{name}' with track_running_stats = {more["track_running_stats"]}, which no network here has");
        }

        var affine = Flag(more, "affine", kind != NormKind.Instance);
        return affine || kind is NormKind.Instance or NormKind.None
            ? (kind, affine, more["num_groups"] is JsonValue n ? (int)Number(n) : 1, more["eps"] is JsonValue e ? Number(e) : 1e-5, more["momentum"] is JsonValue m ? Number(m) : 0.1)
            : throw new InputException($"the constructor asks for '{name}' with affine = false; here only an instance normalisation goes without");
    }

    /// <summary>The constructor's activation: "PRELU", ["leakyrelu", {"negative_slope": 0.1}]; what is usual when it names none.</summary>
    internal static (ActivationKind Kind, double Slope) Act(OriginalArguments a, (ActivationKind Kind, double Slope) usual)
    {
        if (!Given(a, "act", out var name, out var more))
        {
            return usual;
        }

        var kind = name?.ToUpperInvariant() switch
        {
            "PRELU" => ActivationKind.Prelu,
            "RELU" => ActivationKind.Relu,
            "ELU" => ActivationKind.Elu,
            "LEAKYRELU" => ActivationKind.LeakyRelu,
            "GELU" => ActivationKind.Gelu,
            "SWISH" or "MEMSWISH" => ActivationKind.Silu,
            _ => throw new InputException($"the constructor asks for '{name ?? "null"}'; known here: prelu, relu, elu, leakyrelu, gelu, swish"),
        };
        Only(more, "act", "inplace", "negative_slope", "alpha", "init", "num_parameters");
        Exactly(more, "alpha", 1);
        Exactly(more, "num_parameters", 1);
        return (kind, more["negative_slope"] is JsonValue slope ? Number(slope) : 0.01);
    }

    // A share, or ["dropout", share], or ["dropout", {"p": share}].
    private static double Dropout(OriginalArguments a, string argument) => a.All()[argument] switch
    {
        null => 0,
        JsonValue share when share.GetValueKind() == JsonValueKind.Number => Number(share),
        JsonArray { Count: 2 } list when string.Equals(list[0]?.ToString(), "dropout", StringComparison.OrdinalIgnoreCase) =>
            list[1] is JsonObject more ? more["p"] is JsonValue p ? Number(p) : 0.5 : Number((JsonValue)list[1]!),
        var other => throw new InputException($"the constructor has the {argument} {other.ToJsonString()}; a share is known here"),
    };

    private static MonaiUp Up(OriginalArguments a, string argument, MonaiUp usual) => a.Text(argument)?.Split('.')[^1].ToUpperInvariant() switch
    {
        null => usual,
        "DECONV" => MonaiUp.Deconv,
        "NONTRAINABLE" => MonaiUp.NonTrainable,
        "PIXELSHUFFLE" => MonaiUp.PixelShuffle,
        var other => throw new InputException($"the constructor has the {argument} '{other}'; known here: deconv, nontrainable, pixelshuffle"),
    };

    // The original takes one number or one per axis; further strides than levels are left over.
    private static IReadOnlyList<IReadOnlyList<int>> Strides(OriginalArguments a, int count, int axes)
    {
        var list = a.All()["strides"] as JsonArray ?? throw new InputException($"the case of {a.Name} does not tell the constructor's strides");
        return list.Count < count
            ? throw new InputException($"the case of {a.Name} has {list.Count} strides; {count} are needed")
            : [.. list.Take(count).Select(s => PerAxis(s, "strides", axes))];
    }

    private static IReadOnlyList<int> Sides(OriginalArguments a, string argument, int axes) => a.All()[argument] is { } node ? PerAxis(node, argument, axes) : [];

    private static IReadOnlyList<int> PerAxis(JsonNode? node, string argument, int axes) => node switch
    {
        JsonArray list when list.Count == axes => [.. list.Select(n => (int)Number((JsonValue)n!))],
        JsonValue one when one.GetValueKind() == JsonValueKind.Number => [.. Enumerable.Repeat((int)Number(one), axes)],
        _ => throw new InputException($"the constructor has {node?.ToJsonString() ?? "null"} in {argument}; it must be a number, or {axes} numbers"),
    };

    private static bool Given(OriginalArguments a, string argument, out string? name, out JsonObject more)
    {
        var all = a.All();
        var node = all[argument];
        name = (node is JsonArray { Count: > 0 } list ? list[0] : node as JsonValue)?.ToString();
        more = (node as JsonArray)?.ElementAtOrDefault(1) as JsonObject ?? [];
        return all.ContainsKey(argument);
    }

    private static void Only(JsonObject more, string argument, params string[] known)
    {
        if (more.Select(p => p.Key).FirstOrDefault(k => !known.Contains(k, StringComparer.Ordinal)) is { } unknown)
        {
            throw new InputException($"the constructor has '{unknown}' in {argument}; known here: {string.Join(", ", known)}");
        }
    }

    private static void Exactly(JsonObject more, string key, double value)
    {
        if (more[key] is JsonValue given && Number(given) != value)
        {
            throw new InputException($"the constructor has {key} = {given.ToJsonString()}; {value.ToString(CultureInfo.InvariantCulture)} is known here");
        }
    }

    private static bool Flag(JsonObject more, string key, bool otherwise) => more[key] is JsonValue v ? v.GetValueKind() == JsonValueKind.True : otherwise;

    private static double Number(JsonValue value) => double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new InputException($"the constructor has {value.ToJsonString()} where a number is needed");
}

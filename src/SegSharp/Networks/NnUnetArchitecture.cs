using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Networks;

/// <summary>Reads the network out of nnU-Net's plans: the options of <see cref="PlainConvUNet"/> or <see cref="ResidualEncoderUNet"/>.</summary>
/// <remarks>
/// Source: MIC-DKFZ/nnUNet, plans.json of version 2 in both forms: with <c>architecture</c>, and before it with
/// <c>UNet_class_name</c> and <c>UNet_base_num_features</c>. Names of Python classes are words here; nothing is imported.
/// </remarks>
public static class NnUnetArchitecture
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage", "n_blocks_per_stage", "n_conv_per_stage_decoder",
        "conv_bias", "norm_op", "norm_op_kwargs", "dropout_op", "dropout_op_kwargs", "nonlin", "nonlin_kwargs", "nonlin_first",
        "deep_supervision", "block", "bottleneck_channels", "stem_channels", "input_channels", "num_classes",
    };

    /// <summary>The options of the network that a configuration of a plan describes.</summary>
    /// <param name="plans">The content of plans.json.</param>
    /// <param name="configuration">"2d", "3d_fullres", ….</param>
    /// <param name="channels">Channels that come in (<see cref="Channels"/>).</param>
    /// <param name="classes">Logits per voxel (<see cref="Classes"/>).</param>
    /// <exception cref="InputException">No such configuration, or it asks for something that no network here has; it is named.</exception>
    public static DynamicUNetOptions From(JsonObject plans, string configuration, int channels, int classes)
    {
        var settings = Configuration(plans, configuration);
        if (settings["architecture"] is JsonObject architecture)
        {
            return FromArguments(
                TextOf(architecture, "network_class_name") ?? throw Missing(configuration, "architecture.network_class_name"),
                architecture["arch_kwargs"] as JsonObject ?? throw Missing(configuration, "architecture.arch_kwargs"),
                channels,
                classes,
                strict: true);
        }

        // The form before: what is not written was always the same.
        var kind = TextOf(settings, "UNet_class_name") ?? throw Missing(configuration, "architecture and UNet_class_name");
        var kernels = settings["conv_kernel_sizes"] as JsonArray ?? throw Missing(configuration, "conv_kernel_sizes");
        var (first, most) = (Int(settings, "UNet_base_num_features", configuration), Int(settings, "unet_max_num_features", configuration));
        var blocks = (settings["n_conv_per_stage_encoder"] ?? throw Missing(configuration, "n_conv_per_stage_encoder")).DeepClone();
        var axes = (kernels.FirstOrDefault() as JsonArray)?.Count;
        return FromArguments(
            kind,
            new JsonObject
            {
                ["n_stages"] = kernels.Count,
                ["features_per_stage"] = new JsonArray([.. Enumerable.Range(0, kernels.Count).Select(i => (JsonNode)(int)Math.Min((long)first << Math.Min(i, 32), most))]),
                ["conv_op"] = $"Conv{axes}d",
                ["kernel_sizes"] = kernels.DeepClone(),
                ["strides"] = (settings["pool_op_kernel_sizes"] ?? throw Missing(configuration, "pool_op_kernel_sizes")).DeepClone(),
                [kind.Contains("Residual", StringComparison.Ordinal) ? "n_blocks_per_stage" : "n_conv_per_stage"] = blocks,
                ["n_conv_per_stage_decoder"] = (settings["n_conv_per_stage_decoder"] ?? throw Missing(configuration, "n_conv_per_stage_decoder")).DeepClone(),
                ["conv_bias"] = true,
                ["norm_op"] = "InstanceNorm",
                ["norm_op_kwargs"] = new JsonObject { ["eps"] = 1e-5, ["affine"] = true },
                ["dropout_op"] = null,
                ["nonlin"] = "LeakyReLU",
            },
            channels,
            classes,
            strict: true);
    }

    /// <summary>The options of the network that a checkpoint of nnU-Net holds: it carries its plan, configuration and labels itself.</summary>
    /// <exception cref="InputException">It carries no <c>init_args</c>, or they describe something that no network here has.</exception>
    public static DynamicUNetOptions From(Checkpoint checkpoint)
    {
        var (plans, configuration, dataset) = InitArgs(checkpoint);
        return From(plans, configuration, Channels(plans, configuration, dataset), Classes(dataset));
    }

    /// <summary>What a checkpoint of nnU-Net says about itself: its plan, the configuration it was trained in, and dataset.json.</summary>
    /// <exception cref="InputException">It carries no <c>init_args</c> with these.</exception>
    public static (JsonObject Plans, string Configuration, JsonObject Dataset) InitArgs(Checkpoint checkpoint)
    {
        var args = (checkpoint.Content as Inert.Dictionary)?.TryGet("init_args", out var found) == true ? found as Inert.Dictionary : null;
        var json = args is null ? null : Json(args) as JsonObject;
        return json?["plans"] is JsonObject plans && TextOf(json, "configuration") is { } configuration && json["dataset_json"] is JsonObject dataset
            ? (plans, configuration, dataset)
            : throw new InputException(
                "the checkpoint does not tell its plan: it has no init_args with plans, configuration and dataset_json",
                "give a checkpoint that nnU-Net's trainer wrote, or plans.json and the configuration");
    }

    /// <summary>A configuration with all that it inherits.</summary>
    /// <param name="plans">The content of plans.json.</param>
    /// <param name="name">"3d_cascade_fullres", ….</param>
    /// <exception cref="InputException">No such configuration, or it inherits from itself.</exception>
    public static JsonObject Configuration(JsonObject plans, string name)
    {
        var all = plans["configurations"] as JsonObject ?? throw new InputException("the plan has no 'configurations'", "give nnU-Net's plans.json");
        var result = new JsonObject();
        var seen = new List<string>();
        for (var next = name; next is not null;)
        {
            if (seen.Contains(next, StringComparer.Ordinal))
            {
                throw new InputException($"the configurations {string.Join(", ", seen)} of the plan inherit from each other");
            }

            seen.Add(next);
            var own = all[next] as JsonObject ?? throw new InputException($"the plan has no configuration '{next}'", $"known: {string.Join(", ", all.Select(c => c.Key))}");
            foreach (var (key, value) in own.Where(p => !result.ContainsKey(p.Key)))
            {
                result[key] = value?.DeepClone();
            }

            next = TextOf(own, "inherits_from");
        }

        result.Remove("inherits_from");
        return result;
    }

    /// <summary>Channels of the image, and in a cascade one more for every foreground label of the stage before.</summary>
    /// <param name="plans">The content of plans.json.</param>
    /// <param name="configuration">"3d_cascade_fullres", ….</param>
    /// <param name="dataset">The content of dataset.json.</param>
    /// <exception cref="InputException">dataset.json names no channels or no labels.</exception>
    public static int Channels(JsonObject plans, string configuration, JsonObject dataset)
    {
        var names = (dataset["channel_names"] ?? dataset["modality"]) as JsonObject ?? throw new InputException("dataset.json has no 'channel_names'", "give nnU-Net's dataset.json");
        var second = TextOf(Configuration(plans, configuration), "previous_stage") is { Length: > 0 };
        return names.Count + (second ? Labels(dataset).SelectMany(l => l.Values).Distinct().Count(v => v != 0) : 0);
    }

    /// <summary>Logits per voxel: one per label, or one per region where labels overlap; never one for what is to be ignored.</summary>
    /// <param name="dataset">The content of dataset.json.</param>
    /// <exception cref="InputException">dataset.json names no labels.</exception>
    public static int Classes(JsonObject dataset)
    {
        var labels = Labels(dataset);
        return labels.Exists(l => l.Values.Count > 1) ? labels.Count(l => !l.Values.SequenceEqual([0])) : labels.SelectMany(l => l.Values).Distinct().Count();
    }

    /// <summary>Builds from the options.</summary>
    internal static Network Build(DynamicUNetOptions options) => options switch
    {
        PlainConvUNetOptions o => new PlainConvUNet(o),
        ResidualEncoderUNetOptions o => new ResidualEncoderUNet(o),
        _ => throw new ArgumentException($"no network for {options.GetType().Name}", nameof(options)),
    };

    /// <summary>From the arguments of a constructor of dynamic-network-architectures.</summary>
    /// <param name="kind">The class, with or without its module.</param>
    /// <param name="arguments">The arguments; classes as text.</param>
    /// <param name="channels">Channels that come in.</param>
    /// <param name="classes">Logits per voxel.</param>
    /// <param name="strict">Whether an argument that these constructors do not have is refused.</param>
    internal static DynamicUNetOptions FromArguments(string kind, JsonObject arguments, int channels, int classes, bool strict)
    {
        var residual = Last(kind) switch
        {
            "PlainConvUNet" => false,
            "ResidualEncoderUNet" => true,
            var other => throw new InputException($"the plan asks for the network '{other}'; known here: PlainConvUNet, ResidualEncoderUNet"),
        };
        if (strict && arguments.Select(p => p.Key).FirstOrDefault(k => !Known.Contains(k)) is { } unknown)
        {
            throw new InputException($"the plan gives its network '{unknown}', which no network here has");
        }

        var a = new Arguments(arguments);
        var operation = Last(a.Text("conv_op") ?? "");
        var axes = operation switch
        {
            "Conv2d" => 2,
            "Conv3d" => 3,
            _ => throw new InputException($"the plan asks for the convolution '{operation}'; known here: Conv2d, Conv3d"),
        };
        var stages = a.Has("n_stages") ? a.Int("n_stages") : a.Count("features_per_stage") ?? a.Count("strides") ?? throw new InputException("the plan does not tell n_stages");
        if (stages is < 2 or > 10)
        {
            throw new InputException($"the plan asks for {stages} stages; two to ten are possible");
        }

        var (normalisation, affine, epsilon, momentum) = Norm(a);
        var (activation, slope) = Activation(a);
        var blocks = a.Ints(residual ? "n_blocks_per_stage" : "n_conv_per_stage", stages) ?? throw new InputException($"the plan does not tell {(residual ? "n_blocks_per_stage" : "n_conv_per_stage")}");
        DynamicUNetOptions options = residual
            ? new ResidualEncoderUNetOptions
            {
                Blocks = blocks,
                Bottlenecks = Bottlenecks(a, stages),
                StemWidth = a.Has("stem_channels") ? a.Int("stem_channels") : null,
            }
            : new PlainConvUNetOptions { DownConvolutions = blocks, NormLast = a.Flag("nonlin_first") && normalisation != NormKind.None };
        if (residual && a.Flag("nonlin_first"))
        {
            throw new InputException("the plan gives ResidualEncoderUNet 'nonlin_first', which it does not have");
        }

        return options with
        {
            Dimensions = axes,
            InChannels = channels,
            Classes = classes,
            Widths = a.Ints("features_per_stage", stages) ?? throw new InputException("the plan does not tell features_per_stage"),
            Kernels = a.Sides("kernel_sizes", stages, axes) ?? throw new InputException("the plan does not tell kernel_sizes"),
            Strides = a.Sides("strides", stages, axes) ?? throw new InputException("the plan does not tell strides"),
            UpConvolutions = a.Ints("n_conv_per_stage_decoder", stages - 1) ?? throw new InputException("the plan does not tell n_conv_per_stage_decoder"),
            Bias = a.Flag("conv_bias"),
            Normalisation = normalisation,
            Affine = affine,
            Epsilon = epsilon,
            Momentum = momentum,
            Activation = activation,
            Slope = slope,
            Dropout = Dropout(a),
            DeepSupervision = a.Flag("deep_supervision"),
        };
    }

    private static (NormKind Kind, bool Affine, double Epsilon, double Momentum) Norm(Arguments a)
    {
        var name = Last(a.Text("norm_op") ?? "");
        var kind = name switch
        {
            "" => NormKind.None,
            "InstanceNorm" or "InstanceNorm2d" or "InstanceNorm3d" => NormKind.Instance,
            "BatchNorm" or "BatchNorm2d" or "BatchNorm3d" => NormKind.Batch,
            _ => throw new InputException($"the plan asks for the normalisation '{name}'; known here: InstanceNorm2d, InstanceNorm3d, BatchNorm2d, BatchNorm3d, null"),
        };
        var more = a.Object("norm_op_kwargs");
        more.OnlyHas("norm_op_kwargs", "eps", "affine", "momentum", "track_running_stats");
        if (more.Has("track_running_stats") && kind != NormKind.None && more.Flag("track_running_stats") != (kind == NormKind.Batch))
        {
            throw new InputException($"the plan gives its {name} track_running_stats = {(more.Flag("track_running_stats") ? "true" : "false")}, which no network here has");
        }

        return (kind, more.Has("affine") ? more.Flag("affine") : kind == NormKind.Batch, more.Double("eps", 1e-5), more.Double("momentum", 0.1));
    }

    // "torch.nn.LeakyReLU" with its own arguments, or "LeakyReLU(0.01)".
    private static (ActivationKind Kind, double Slope) Activation(Arguments a)
    {
        var text = a.Text("nonlin") ?? throw new InputException("the plan has no 'nonlin'; a network without activation is not possible");
        var bracket = text.IndexOf('(', StringComparison.Ordinal);
        var name = Last(bracket < 0 ? text : text[..bracket]);
        var more = a.Object("nonlin_kwargs");
        more.OnlyHas("nonlin_kwargs", "inplace", "negative_slope");
        var slope = more.Double("negative_slope", 0.01);
        if (bracket >= 0 && text[(bracket + 1)..].TrimEnd(')').Split(',')[0].Split('=')[^1].Trim() is { Length: > 0 } inside)
        {
            slope = double.TryParse(inside, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : slope;
        }

        return name switch
        {
            "LeakyReLU" => (ActivationKind.LeakyRelu, slope),
            "ReLU" => (ActivationKind.Relu, 0.01),
            "ELU" => (ActivationKind.Elu, 0.01),
            "PReLU" => (ActivationKind.Prelu, 0.01),
            "GELU" => (ActivationKind.Gelu, 0.01),
            "SiLU" => (ActivationKind.Silu, 0.01),
            _ => throw new InputException($"the plan asks for the activation '{name}'; known here: LeakyReLU, ReLU, ELU, PReLU, GELU, SiLU"),
        };
    }

    private static double Dropout(Arguments a)
    {
        var name = Last(a.Text("dropout_op") ?? "");
        var share = a.Object("dropout_op_kwargs").Double("p", 0.5);
        return name switch
        {
            "" => 0,
            "Dropout2d" or "Dropout3d" when share > 0 => share,
            "Dropout2d" or "Dropout3d" => throw new InputException("the plan has a dropout of 0, whose layer only moves the names of others", "set dropout_op to null"),
            _ => throw new InputException($"the plan asks for the dropout '{name}'; known here: Dropout2d, Dropout3d, null"),
        };
    }

    private static IReadOnlyList<int> Bottlenecks(Arguments a, int stages) => Last(a.Text("block") ?? "BasicBlockD") switch
    {
        "BasicBlockD" => [],
        "BottleneckD" => a.Ints("bottleneck_channels", stages) ?? throw new InputException("the plan asks for BottleneckD without bottleneck_channels"),
        var other => throw new InputException($"the plan asks for the block '{other}'; known here: BasicBlockD, BottleneckD"),
    };

    private static List<(string Name, IReadOnlyList<int> Values)> Labels(JsonObject dataset)
    {
        var labels = dataset["labels"] as JsonObject ?? throw new InputException("dataset.json has no 'labels'", "give nnU-Net's dataset.json");
        return [.. labels.Where(l => l.Key != "ignore").Select(l => (l.Key, (IReadOnlyList<int>)(l.Value is JsonArray list ? [.. list.Select(Whole)] : [Whole(l.Value)])))];

        static int Whole(JsonNode? node) =>
            node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && int.TryParse(value.ToJsonString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var n)
                ? n
                : throw new InputException($"dataset.json has the label {node?.ToJsonString() ?? "null"}; labels are whole numbers or lists of them");
    }

    // Data only; what JSON does not have becomes its description.
    private static JsonNode? Json(Inert value, int depth = 0) => value switch
    {
        _ when depth > 64 => throw new InputException("the checkpoint's init_args are nested too deeply"),
        Inert.None => null,
        Inert.Bool b => b.Value,
        Inert.Integer { Value: var n } when n >= long.MinValue && n <= long.MaxValue => (long)n,
        Inert.Float { Value: var d } when double.IsFinite(d) => d,
        Inert.List l => new JsonArray([.. l.Items.Select(i => Json(i, depth + 1))]),
        Inert.Tuple t => new JsonArray([.. t.Items.Select(i => Json(i, depth + 1))]),
        Inert.Dictionary d => Entries(d, depth),
        _ => value.ToString(),
    };

    private static JsonObject Entries(Inert.Dictionary dictionary, int depth)
    {
        var json = new JsonObject();
        foreach (var (key, value) in dictionary.Entries)
        {
            json[key.ToString() ?? ""] = Json(value, depth + 1);
        }

        return json;
    }

    // "torch.nn.modules.conv.Conv3d" and "<class 'torch.nn.modules.conv.Conv3d'>" are Conv3d.
    private static string Last(string name) => name.TrimEnd('>', '\'').Split('.')[^1].Trim();

    private static string? TextOf(JsonObject json, string key) => json[key] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static int Int(JsonObject json, string key, string configuration) =>
        json.ContainsKey(key) ? new Arguments(json).Int(key) : throw Missing(configuration, key);

    private static InputException Missing(string configuration, string key) =>
        new($"configuration '{configuration}' of the plan has no {key}", "give nnU-Net's plans.json of version 2");

    // Arguments as JSON has them: a number for all stages, or one per stage, or one per stage and axis.
    private sealed class Arguments(JsonObject json)
    {
        public bool Has(string key) => json[key] is not null;

        public string? Text(string key) => TextOf(json, key);

        public int? Count(string key) => (json[key] as JsonArray)?.Count;

        public int Int(string key) => Whole(json[key], key);

        public bool Flag(string key) => json[key] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

        public double Double(string key, double otherwise) => json[key] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture)
            : otherwise;

        public Arguments Object(string key) => new(json[key] as JsonObject ?? []);

        public void OnlyHas(string what, params string[] known)
        {
            if (json.Select(p => p.Key).FirstOrDefault(k => !known.Contains(k, StringComparer.Ordinal)) is { } unknown)
            {
                throw new InputException($"the plan gives '{unknown}' in {what}, which no network here has; known: {string.Join(", ", known)}");
            }
        }

        public IReadOnlyList<int>? Ints(string key, int count) => json[key] switch
        {
            null => null,
            JsonArray list when list.Count == count => [.. list.Select(n => Whole(n, key))],
            JsonArray list => throw new InputException($"the plan has {list.Count} numbers in {key}; {count} are needed"),
            var one => [.. Enumerable.Repeat(Whole(one, key), count)],
        };

        public IReadOnlyList<IReadOnlyList<int>>? Sides(string key, int count, int axes) => json[key] switch
        {
            null => null,
            JsonArray list when list.Count == count => [.. list.Select(n => Axes(n, key, axes))],
            JsonArray list => throw new InputException($"the plan has {list.Count} entries in {key}; {count} are needed"),
            var one => [.. Enumerable.Range(0, count).Select(_ => Axes(one, key, axes))],
        };

        private static IReadOnlyList<int> Axes(JsonNode? node, string key, int axes) => node switch
        {
            JsonArray list when list.Count == axes => [.. list.Select(n => Whole(n, key))],
            JsonArray list => throw new InputException($"the plan has {list.Count} numbers for a stage in {key}; {axes} are needed"),
            _ => [.. Enumerable.Repeat(Whole(node, key), axes)],
        };

        private static int Whole(JsonNode? node, string key) =>
            node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            && double.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == Math.Floor(number) && Math.Abs(number) < int.MaxValue
                ? (int)number
                : throw new InputException($"the plan has {node?.ToJsonString() ?? "null"} in {key}; it must be a whole number");
    }
}

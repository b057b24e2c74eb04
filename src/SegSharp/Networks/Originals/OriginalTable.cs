using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The originals that we can stand in for; a new one adds its line here.</summary>
public static class OriginalTable
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Original> All { get; } =
    [
        new("course-unet", "the U-Net of the course's notes, with DoubleConv, DownSample and UpSample", n => n.Repository.StartsWith("seed 002", StringComparison.OrdinalIgnoreCase) && n.ToString().Contains("UNet", StringComparison.Ordinal), BuildCourseUNet),
        new("basicunet", "the BasicUNet of the course's exercise and its blocks", IsBasicUNet, BuildBasicUNet),
        new("milesial", "milesial/Pytorch-UNet unet.UNet", n => n.Repository == "milesial/Pytorch-UNet", BuildMilesial) { Input = "unit" },
        new("jvanvugt", "jvanvugt/pytorch-unet UNet", n => n.Repository == "jvanvugt/pytorch-unet", BuildJvanvugt),
        new("monai-vnet", "Project-MONAI/MONAI VNet and its blocks", n => n.Repository == Monai && n.Class.Contains("vnet", StringComparison.OrdinalIgnoreCase), VNetOriginals.Monai),
        new("mattmacy-vnet", "mattmacy/vnet.pytorch VNet and its blocks", n => n.Repository == "mattmacy/vnet.pytorch", VNetOriginals.Mattmacy),
        new("monai-unet", "Project-MONAI/MONAI UNet", n => IsMonai(n, "UNet"), MonaiOriginals.UNet),
        new("monai-basicunet", "Project-MONAI/MONAI BasicUNet", n => IsMonai(n, "BasicUNet"), MonaiOriginals.BasicUNet),
        new("monai-basicunetplusplus", "Project-MONAI/MONAI BasicUNetPlusPlus", n => IsMonai(n, "BasicUNetPlusPlus"), MonaiOriginals.BasicUNetPlusPlus),
        new("monai-attentionunet", "Project-MONAI/MONAI AttentionUnet", n => IsMonai(n, "AttentionUnet"), MonaiOriginals.AttentionUNet),
        new("monai-segresnet", "Project-MONAI/MONAI SegResNet", n => IsMonai(n, "SegResNet"), MonaiOriginals.SegResNet),
        new("nnunet", "MIC-DKFZ/dynamic-network-architectures PlainConvUNet and ResidualEncoderUNet", n => n.Repository == "MIC-DKFZ/dynamic-network-architectures", DynamicOriginals.Build),
        new("wolny", "wolny/pytorch-3dunet UNet3D, ResidualUNet3D, ResidualUNetSE3D, UNet2D and ResidualUNet2D", n => n.Repository == "wolny/pytorch-3dunet", WolnyOriginals.Build),
        new("nested-unet", "4uiiurz1/pytorch-nested-unet NestedUNet", n => n.Repository == "4uiiurz1/pytorch-nested-unet", NestedOriginals.Nested),
        new("mrgiovanni", "MrGiovanni/UNetPlusPlus Generic_UNetPlusPlus", n => n.Repository == "MrGiovanni/UNetPlusPlus", NestedOriginals.Generic),
        new("leejunhyun", "LeeJunHyun/Image_Segmentation AttU_Net and U_Net", n => n.Repository == "LeeJunHyun/Image_Segmentation", AttentionOriginals.LeeJunHyun),
        new("oktay", "ozan-oktay/Attention-Gated-Networks unet_CT_single_att_dsv_3D and GridAttentionBlock2D and 3D", n => n.Repository == "ozan-oktay/Attention-Gated-Networks", AttentionOriginals.Oktay),
        new("sam", "facebookresearch/segment-anything Sam, MedSAM, SAM-Med2D and SAM-Med3D, and their parts", SamOriginals.Are, SamOriginals.Build) { Input = "sam" },
        new("course-fcn", "the FCN8s_VGG16 of the course", n => IsOf(n, "FCN8s_VGG16"), VggOriginals.CourseFcn) { Input = "caffe-vgg" },
        new("wkentaro", "wkentaro/pytorch-fcn FCN32s, FCN16s and FCN8s", n => n.Repository == "wkentaro/pytorch-fcn", VggOriginals.Wkentaro) { Input = "caffe-vgg" },
        new("course-vgg16", "the VGG16Example of the course", n => IsOf(n, "VGG16Example"), VggOriginals.Course),
        new("course-upsampling", "the ExampleUpsamplingModule of the course", n => IsOf(n, "ExampleUpsamplingModule"), CourseOriginals.Upsampling),
        new("course-tconv", "the TransposedConv2dExample of the course", n => IsOf(n, "TransposedConv2dExample"), CourseOriginals.TransposedConv),
        new("kings", "the U-Net of King's College's notebook 11.3", n => n.Repository.EndsWith("MachineLearningBiomedicalApplications", StringComparison.Ordinal), CourseOriginals.Kings),
        new("tp3", "the U-Net of the practical work TP3", n => n.Repository.StartsWith("seed 004", StringComparison.OrdinalIgnoreCase) || IsOf(n, "TP3"), CourseOriginals.Practical),
        new("torchvision-vgg", "torchvision vgg11 to vgg19, with and without batch normalisation", n => IsTorchvision(n, "vgg"), VggOriginals.Torchvision) { Input = "imagenet" },
        new("torchvision-resnet", "torchvision resnet18 to resnet152", n => IsTorchvision(n, "resnet"), VggOriginals.Torchvision) { Input = "imagenet" },
        new("smp", "segmentation_models.pytorch Unet", n => n.Repository.EndsWith("/segmentation_models.pytorch", StringComparison.Ordinal) && n.Class.Split('(')[0].Split('.')[^1] == "Unet", SmpOriginals.Build) { Input = "imagenet" },
    ];

    private const string Monai = "Project-MONAI/MONAI";

    /// <summary>The original that a case names; null when it is none of ours.</summary>
    public static Original? Find(OriginalName name) => All.FirstOrDefault(o => o.Matches(name));

    /// <summary>The key names of an original for one of our networks.</summary>
    /// <param name="origin">"same", or an original's short name.</param>
    /// <param name="options">The network's options.</param>
    /// <exception cref="UsageException">No such original, or it has no names for this network.</exception>
    public static KeyMap Names(string origin, NetworkOptions options)
    {
        if (NamesOf(origin, options) is { } map)
        {
            return map;
        }

        if (!All.Any(o => o.Name == origin))
        {
            throw UsageException.Unknown("origin", origin, All.Select(o => o.Name).Prepend("same"));
        }

        throw new UsageException(
            $"'{origin}' has no key names for the network '{Catalogue.All.GetByOptions(options.GetType()).Name}' with these options",
            $"the names of this network: {string.Join(", ", Origins(options))}");
    }

    /// <summary>Every origin that has names for a network: "same" first, then the originals in the table's order.</summary>
    public static IReadOnlyList<string> Origins(NetworkOptions options) => [.. All.Select(o => o.Name).Prepend("same").Where(o => NamesOf(o, options) is not null)];

    /// <summary>Every origin of weights, with the networks that take them.</summary>
    public static IReadOnlyList<OriginOfWeights> Origins()
    {
        var whole = All.ToDictionary(o => o.Name, o => new List<string>(), StringComparer.Ordinal);
        var encoder = All.ToDictionary(o => o.Name, o => new List<string>(), StringComparer.Ordinal);
        foreach (var entry in Catalogue.All)
        {
            var defaults = (NetworkOptions)entry.Defaults();
            var names = Variants(defaults).SelectMany(Origins).Where(whole.ContainsKey).Distinct(StringComparer.Ordinal);
            foreach (var name in names)
            {
                whole[name].Add(entry.Name);
            }

            foreach (var name in Variants(defaults).Select(ClassifierOf).OfType<string>().SelectMany(c => All.Select(o => o.Name).Where(o => IsOfClassifier(o, c))).Distinct(StringComparer.Ordinal))
            {
                encoder[name].Add(entry.Name);
            }
        }

        return
        [
            .. All.Where(o => whole[o.Name].Count + encoder[o.Name].Count > 0)
                .Select(o => new OriginOfWeights(o.Name, o.Title, whole[o.Name], encoder[o.Name], o.Input)),
        ];
    }

    /// <summary>Whether an original is a classifier that an encoder is made of: "torchvision-resnet" for resnet34.</summary>
    /// <param name="origin">Its short name.</param>
    /// <param name="classifier">The encoder's: "vgg16".</param>
    internal static bool IsOfClassifier(string origin, string classifier) => origin switch
    {
        "torchvision-vgg" => classifier.StartsWith("vgg", StringComparison.Ordinal) && classifier != "vgg16-demo",
        "course-vgg16" => classifier is "vgg16" or "vgg16-demo",
        "torchvision-resnet" => classifier.StartsWith("resnet", StringComparison.Ordinal),
        _ => false,
    };

    // Options on which it depends whose weights fit.
    private static IEnumerable<NetworkOptions> Variants(NetworkOptions defaults) => defaults switch
    {
        UNetOptions u => [u, u with { Bias = false }],
        EncoderUNetOptions e => Parts.PartCatalogue.Encoders.Select(n => e with { Encoder = n }),
        _ => [defaults],
    };

    private static string? ClassifierOf(NetworkOptions options)
    {
        using var scope = new TensorScope();
        using var shapesOnly = Initialise.Skip();
        using var network = Catalogue.All.GetByOptions(options.GetType()).Build(options);
        return network.EncoderPart?.Classifier;
    }

    // A new original adds its line here too; a network's options decide whether its names fit.
    private static KeyMap? NamesOf(string origin, NetworkOptions options) => (origin, options) switch
    {
        ("same" or "segsharp", _) => KeyMap.Same,
        ("course-unet", UNetOptions o) => KeyMaps.CourseUNet.For(o.Depth),
        ("milesial", UNetOptions o) when KeyMaps.MilesialAsUNet.Fits(o) => KeyMaps.MilesialAsUNet.Map,
        ("jvanvugt", UNet2015Options o) => KeyMaps.Jvanvugt.For(o),
        ("basicunet", BasicUNetOptions) => KeyMap.Same,
        ("milesial", MilesialUNetOptions) => KeyMap.Same,
        ("monai-vnet", VNetOptions) => KeyMap.Same,
        ("mattmacy-vnet", VNetOptions o) => KeyMaps.MattmacyVNet.For(o),
        ("monai-unet", MonaiUNetOptions) => KeyMap.Same,
        ("monai-basicunet", MonaiBasicUNetOptions) => KeyMap.Same,
        ("monai-basicunetplusplus", MonaiBasicUNetPlusPlusOptions) => KeyMap.Same,
        ("monai-attentionunet", MonaiAttentionUNetOptions) => KeyMap.Same,
        ("monai-segresnet", SegResNetOptions) => KeyMaps.MonaiSegResNet.Map,
        ("nnunet", DynamicUNetOptions o) => KeyMaps.NnUnet.For(o),
        ("wolny", UNet3DOptions) => KeyMap.Same,
        ("nested-unet", UNetPlusPlusOptions) => KeyMap.Same,
        ("mrgiovanni", GenericUNetPlusPlusOptions) => KeyMap.Same,
        ("leejunhyun", AttentionUNetOptions) => KeyMap.Same,
        ("oktay", OktayUNetOptions) => KeyMap.Same,
        ("course-fcn", FcnOptions) => KeyMap.Same,
        ("wkentaro", FcnOptions) => KeyMaps.VggNames.CaffeToFcn,
        ("smp", EncoderUNetOptions) => KeyMap.Same,
        ("kings", KingsUNetOptions) => KeyMap.Same,
        ("tp3", PracticalUNetOptions) => KeyMap.Same,
        _ => null,
    };

    // "monai.networks.nets.UNet" and "UNet(spatial_dims=2,…)" name the same class.
    private static bool IsMonai(OriginalName n, string type) => n.Repository == Monai && n.Block is null && n.Class.Split('(')[0].Split('.')[^1] == type;

    // The course describes other networks too; these are its exercises 8.1 to 8.3.
    private static bool IsBasicUNet(OriginalName n) =>
        n.Repository.StartsWith("seed 001, exercises 8.1", StringComparison.OrdinalIgnoreCase)
        || n.Repository.StartsWith("seed 001 exercise 8.1", StringComparison.OrdinalIgnoreCase)
        || (n.Repository != Monai && $"{n.Repository} {n.Class}".Contains("BasicUNet", StringComparison.Ordinal));   // MONAI has another of that name

    private static bool IsOf(OriginalName n, string name) => n.ToString().Contains(name, StringComparison.Ordinal);

    private static bool IsTorchvision(OriginalName n, string name) =>
        IsOf(n, "torchvision") && n.ToString().Contains(name, StringComparison.Ordinal) && n.Block is null;

    private static OriginalNetwork BuildCourseUNet(OriginalArguments a)
    {
        var options = new UNetOptions
        {
            InChannels = a.Int("in_channels", () => a.Side("down_convolution_1.conv.conv_op.0.weight", 1)),
            Classes = a.Int("num_classes", () => a.Side("out.weight", 0)),
            Base = a.Int("base_width", () => a.Side("down_convolution_1.conv.conv_op.0.weight", 0)),
            Depth = a.Count(i => $"down_convolution_{i}", first: 1),
        };
        return OriginalNetwork.Of(new UNet(options), KeyMaps.CourseUNet.For(options.Depth), last: logits => logits.Sigmoid());
    }

    private static OriginalNetwork BuildMilesial(OriginalArguments a) => OriginalNetwork.Of(
        new MilesialUNet(new()
        {
            InChannels = a.Int("n_channels", () => a.Side("inc.double_conv.0.weight", 1)),
            Classes = a.Int("n_classes", () => a.Side("outc.conv.weight", 0)),
            Bilinear = a.Flag("bilinear", () => !a.Has("up1.up.weight")),
            Base = (int)a.Side("inc.double_conv.0.weight", 0),
        }),
        KeyMap.Same);

    private static OriginalNetwork BuildJvanvugt(OriginalArguments a)
    {
        var wf = a.Int("wf", () => (long)Math.Log2(a.Side("down_path.0.block.0.weight", 0)));
        var options = new UNet2015Options
        {
            InChannels = a.Int("in_channels", () => a.Side("down_path.0.block.0.weight", 1)),
            Classes = a.Int("n_classes", () => a.Side("last.weight", 0)),
            Depth = a.Int("depth", () => a.Count(i => $"down_path.{i}")) - 1,
            Base = 1 << wf,
            Padded = a.Flag("padding", () => false),
            BatchNorm = a.Flag("batch_norm", () => a.Has("down_path.0.block.5.weight")),
            Up = (a.Text("up_mode") ?? (a.Has("up_path.0.up.1.weight") ? "upsample" : "upconv")) switch
            {
                "upsample" => UpKind.Bilinear,
                "upconv" => UpKind.Transposed,
                var other => throw new InputException($"the constructor has the up_mode '{other}'; known here: upconv, upsample"),
            },
            ExactSizes = false,                                                 // the original floors
        };
        return OriginalNetwork.Of(new UNet2015(options), KeyMaps.Jvanvugt.For(options));
    }

    private static OriginalNetwork BuildBasicUNet(OriginalArguments a)
    {
        if (a.Name.Block is { } block)
        {
            return BuildBlock(block, a);
        }

        const string First = "downsampling_path.blocks.0.block";
        var style = StyleOf(a, First, norm: 1);
        return OriginalNetwork.Of(
            new BasicUNet(new()
            {
                InChannels = a.Int("in_channels", () => a.Side($"{First}.0.weight", 1)),
                Classes = a.Int("num_classes", () => a.Side($"upsampling_path.blocks.{a.Count(i => $"upsampling_path.blocks.{i}") - 1}.block.6.weight", 0)),
                Base = a.Int("base_channels", () => a.Side($"{First}.0.weight", 0)),
                Blocks = a.Int("num_blocks", () => a.Count(i => $"downsampling_path.blocks.{i}") - 1),
                Normalisation = style.Norm,
                Affine = style.Affine,
                Activation = style.Activation,
                Init = StartingWeights.Torch,
            }),
            KeyMap.Same);
    }

    // A block's channels are all in the shapes of its weights.
    private static OriginalNetwork BuildBlock(string block, OriginalArguments a)
    {
        int Side(int layer, int axis) => (int)a.Side($"block.{layer}.weight", axis);
        switch (block)
        {
            case "InputBlock":
                return Twice(new BasicUNetBlocks.Input(StyleOf(a, "block", norm: 1), Side(0, 1), Side(0, 0)));
            case "DownsamplingBlock":
                return Twice(new BasicUNetBlocks.Down(StyleOf(a, "block", norm: 2), Side(1, 1), Side(1, 0)));
            case "BottleneckBlock":
                var bottleneck = new BasicUNetBlocks.Bottleneck(StyleOf(a, "block", norm: 2), Side(1, 1), Side(1, 0), Side(7, 1));
                return new(bottleneck, KeyMap.Same, inputs => [bottleneck.Forward(inputs.Values.First())]);
            case "UpsamplingBlock":
                var up = new BasicUNetBlocks.Up(StyleOf(a, "block", norm: 1), Side(0, 1), Side(0, 0), Side(6, 1));
                return new(up, KeyMap.Same, inputs => [up.Forward(inputs["x"], inputs["skip"])]);
            case "OutputBlock":
                var output = new BasicUNetBlocks.Output(StyleOf(a, "block", norm: 1), Side(0, 1), Side(0, 0), Side(6, 0));
                return new(output, KeyMap.Same, inputs => [output.Forward(inputs["x"], inputs["skip"])]);
            default:
                throw new InputException(
                    $"the course has no block '{block}'",
                    "known: InputBlock, DownsamplingBlock, BottleneckBlock, UpsamplingBlock, OutputBlock");
        }

        // The original returns (x, x): the block's output is its skip.
        static OriginalNetwork Twice(Layer layer) => new(layer, KeyMap.Same, inputs =>
        {
            var y = layer.Forward(inputs.Values.First());
            return [y, y];
        });
    }

    private static ConvStyle StyleOf(OriginalArguments a, string block, int norm)
    {
        var name = a.Text("norm_layer", "norm", "normalization", "normalisation") ?? "BatchNorm2d";
        var activation = a.Text("activation", "act", "activation_layer", "act_layer") ?? "ReLU";
        return new ConvStyle
        {
            Norm = Among<NormKind>(name, ("BatchNorm2d", NormKind.Batch), ("BatchNorm", NormKind.Batch), ("InstanceNorm2d", NormKind.Instance), ("InstanceNorm", NormKind.Instance)),
            Affine = a.Has($"{block}.{norm}.weight"),
            Activation = Among<ActivationKind>(
                activation,
                ("LeakyReLU", ActivationKind.LeakyRelu), ("PReLU", ActivationKind.Prelu), ("ELU", ActivationKind.Elu), ("ReLU", ActivationKind.Relu), ("GELU", ActivationKind.Gelu), ("SiLU", ActivationKind.Silu)),
        };
    }

    private static T Among<T>(string text, params (string Word, T Value)[] table)
    {
        // "nn.LeakyReLU(0.01)" and "<class 'torch.nn.modules.activation.LeakyReLU'>": one of its words is the class, whole.
        var words = text.Split([' ', '.', '(', ')', '<', '>', '\'', ','], StringSplitOptions.RemoveEmptyEntries);
        foreach (var (word, value) in table)
        {
            if (words.Contains(word, StringComparer.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw new InputException($"the constructor asks for '{text}'; known here: {string.Join(", ", table.Select(t => t.Word))}");
    }
}

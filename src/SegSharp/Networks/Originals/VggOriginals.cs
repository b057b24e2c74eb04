using SegSharp.Networks.Parts;
using SegSharp.Foundation;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>The originals of <see cref="Fcn"/> and of the encoders.</summary>
internal static class VggOriginals
{
    /// <summary>The course's FCN8s_VGG16, and the same cut to 16s and 32s.</summary>
    public static OriginalNetwork CourseFcn(OriginalArguments a) => Fcn(
        Kind(a) with
        {
            InChannels = (int)a.Side("features_to_pool3.0.weight", 1),
            Classes = a.Int("n_classes", () => a.Side("score_fr.weight", 0)),
            Base = (int)a.Side("features_to_pool3.0.weight", 0),
            Hidden = (int)a.Side("fc6.weight", 0),
        },
        KeyMap.Same);

    /// <summary>FCN32s, FCN16s and FCN8s of pytorch-fcn, and FCN8sAtOnce.</summary>
    public static OriginalNetwork Wkentaro(OriginalArguments a) => Fcn(
        Kind(a) with
        {
            InChannels = (int)a.Side("conv1_1.weight", 1),
            Classes = a.Int("n_class", () => a.Side("score_fr.weight", 0)),
            Base = (int)a.Side("conv1_1.weight", 0),
            Hidden = (int)a.Side("fc6.weight", 0),
            Align = FcnAlign.Crop,
            AtOnce = a.Name.Class.EndsWith("AtOnce", StringComparison.Ordinal),
        },
        VggNames.CaffeToFcn);

    /// <summary>torchvision's VGGs and ResNets, by the name of their class.</summary>
    public static OriginalNetwork Torchvision(OriginalArguments a)
    {
        var name = EncoderIn(a.Name.ToString()) ?? throw new InputException($"the case is of '{a.Name}'; known here: {string.Join(", ", PartCatalogue.Encoders)}");
        var (first, last) = a.Has("conv1.weight") ? ("conv1", "fc") : ("features.0", "classifier.6");
        var options = (EncoderOptions)PartCatalogue.All.Get(name).Defaults() with
        {
            InChannels = (int)a.Side($"{first}.weight", 1),
            Classes = a.Int("num_classes", () => a.Side($"{last}.weight", 0)),
            Base = (int)a.Side($"{first}.weight", 0),
        };
        var part = PartCatalogue.All.Get(name).Build(options is VggOptions vgg ? vgg with { Hidden = (int)a.Side("classifier.0.weight", 0), Dropout = 0 } : options);
        return new(part, KeyMap.Same, inputs => [part.Forward(inputs.Values.First())]);
    }

    /// <summary>The longest name of an encoder in a text: "vgg16_bn" in "torchvision.models.vgg16_bn"; null when there is none.</summary>
    internal static string? EncoderIn(string text) =>
        PartCatalogue.Encoders.Where(n => text.Contains(n, StringComparison.Ordinal)).OrderByDescending(n => n.Length).FirstOrDefault();

    /// <summary>The course's VGG16Example: the logits, then pool3, pool4 and pool5.</summary>
    public static OriginalNetwork Course(OriginalArguments a)
    {
        var channels = (int)a.Side("conv_block5.layers.0.weight", 0);
        var vgg = new VggDemo(new()
        {
            InChannels = (int)a.Side("conv_block1.layers.0.weight", 1),
            Classes = a.Int("num_classes", () => a.Side("fc3.weight", 0)),
            Base = (int)a.Side("conv_block1.layers.0.weight", 0),
            Hidden = (int)a.Side("fc1.weight", 0),
            InputSide = a.Int("input_size", () => 32 * (long)Math.Sqrt(a.Side("fc1.weight", 1) / channels)),
        });
        return new(vgg, KeyMap.Same, inputs =>
        {
            var (logits, pools) = vgg.ClassifyWithPools(inputs.Values.First());
            return [logits, .. pools];
        });
    }

    // Told apart by their last layer.
    private static FcnOptions Kind(OriginalArguments a) =>
        a.Has("upscore8.weight") ? new Fcn8sOptions() : a.Has("upscore16.weight") ? new Fcn16sOptions() : new Fcn32sOptions();

    private static OriginalNetwork Fcn(FcnOptions options, KeyMap names)
    {
        var network = new Fcn(options);
        return OriginalNetwork.Of(network, names) with { Inside = inputs => network.Maps(inputs.Values.First()) };
    }
}

using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Networks.KeyMaps;

/// <summary>VGG16's thirteen convolutions and three fully connected layers under the names that people gave them.</summary>
public static class VggNames
{
    // Place of every convolution among torchvision's features; blocks of 2, 2, 3, 3, 3.
    private static readonly int[] Places = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];

    /// <summary>torchvision: features.0 … features.28, classifier.0, classifier.3, classifier.6.</summary>
    public static IReadOnlyList<string> Torchvision { get; } = [.. Places.Select(p => $"features.{p}"), "classifier.0", "classifier.3", "classifier.6"];

    /// <summary>Caffe and pytorch-fcn: conv1_1 … conv5_3, fc6, fc7, fc8.</summary>
    public static IReadOnlyList<string> Caffe { get; } = [.. Blocks("conv{0}_{1}", i => i + 1), "fc6", "fc7", "fc8"];

    /// <summary>The course's VGG16Example: conv_block1.layers.0 … conv_block5.layers.4, fc1, fc2, fc3.</summary>
    public static IReadOnlyList<string> Course { get; } = [.. Blocks("conv_block{0}.layers.{1}", i => 2 * i), "fc1", "fc2", "fc3"];

    /// <summary>The course's FCN and ours: features_to_pool3.0 … features_to_pool5.4, fc6, fc7; it has no last layer.</summary>
    public static IReadOnlyList<string> Fcn { get; } = [.. Places.Select(FcnPlace), "fc6", "fc7"];

    /// <summary>Caffe's names ↔ ours of an FCN; scores and upsampling layers are called the same.</summary>
    public static KeyMap CaffeToFcn { get; } = new(Caffe.Zip(Fcn));

    /// <summary>The name within an FCN of a parameter of a VGG16, under any of the names above.</summary>
    /// <returns>Null for the last fully connected layer and for what is no parameter of a VGG16.</returns>
    public static string? InFcn(string key)
    {
        var dot = key.LastIndexOf('.');
        var layer = dot < 0 ? key : key[..dot];
        foreach (var names in new[] { Torchvision, Caffe, Course, Fcn })
        {
            if (names.Index().Take(15).FirstOrDefault(n => n.Item == layer, (Index: -1, Item: "")).Index is >= 0 and var place)
            {
                return Fcn[place] + key[dot..];
            }
        }

        return null;
    }

    /// <summary>A classification network's weights as a fully convolutional network's: the fully connected layers become convolutions.</summary>
    /// <remarks>
    /// Source: Long et al. 2015, section 3.1. fc6 of [4096, 25088] becomes [4096, 512, 7, 7] and fc7 [4096, 4096, 1, 1]: the same
    /// numbers in the same order, since the classifier reads its map channel by channel. The last layer is left out: its classes are others.
    /// </remarks>
    /// <param name="values">A VGG16 under torchvision's, Caffe's or the course's names.</param>
    /// <param name="source">What they come from, for messages.</param>
    /// <returns>By the names of <see cref="Networks.Fcn"/>.</returns>
    /// <exception cref="InputException">No VGG16, or a fully connected layer that does not look at whole maps.</exception>
    public static IReadOnlyDictionary<string, TensorData> ToConvolutions(IReadOnlyDictionary<string, TensorData> values, string source)
    {
        var result = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var (key, value) in values)
        {
            if (InFcn(key) is { } name)
            {
                result[name] = value;
            }
        }

        if (Fcn.Take(13).FirstOrDefault(c => !result.ContainsKey(c + ".weight")) is { } missing)
        {
            throw new InputException(
                $"'{source}' is no VGG16: its convolution '{Torchvision[Fcn.Index().First(f => f.Item == missing).Index]}' is missing",
                "give a checkpoint with the names of torchvision's vgg16 (features.0.weight …), Caffe's (conv1_1.weight …) or the course's (conv_block1.layers.0.weight …)");
        }

        var channels = result[Fcn[12] + ".weight"].Shape[0];
        foreach (var name in new[] { "fc6.weight", "fc7.weight" })
        {
            if (result.TryGetValue(name, out var fc) && fc.Shape.Length == 2)
            {
                var (from, side) = name == "fc6.weight" ? (channels, (long)Math.Sqrt(fc.Shape[1] / channels)) : (fc.Shape[1], 1);
                if (from * side * side != fc.Shape[1])
                {
                    throw new InputException($"'{source}' has an '{name}' of [{string.Join(',', fc.Shape)}], which does not look at whole maps of {from} channels");
                }

                result[name] = fc with { Shape = [fc.Shape[0], from, side, side] };
            }
        }

        return result;
    }

    private static IEnumerable<string> Blocks(string form, Func<int, int> number) => Parts.Vgg.Blocks
        .SelectMany((count, b) => Enumerable.Range(0, count).Select(i => string.Format(null, form, b + 1, number(i))));

    // The course cuts the features behind the third and the fourth pooling, at 17 and 24, and counts anew.
    private static string FcnPlace(int place) => place switch
    {
        < 17 => $"features_to_pool3.{place}",
        < 24 => $"features_to_pool4.{place - 17}",
        _ => $"features_to_pool5.{place - 24}",
    };
}

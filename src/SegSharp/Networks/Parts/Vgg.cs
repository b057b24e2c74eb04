using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Parts;

/// <summary>VGG: five blocks of 3×3 convolutions, each closed by a pooling that halves the sides.</summary>
/// <remarks>
/// Source: Simonyan and Zisserman 2015. Parity: <c>03-fcn/torchvision-vgg16-*</c>, 138,357,544 parameters in VGG16, names
/// features.{0, 2, 5, …, 28} and classifier.{0, 3, 6}. A map of <see cref="Features"/> is a block before its pooling; the last is pool5.
/// </remarks>
public sealed class Vgg : Encoder
{
    /// <summary>Convolutions of every block of VGG16.</summary>
    internal static readonly IReadOnlyList<int> Blocks = new Vgg16Options().Convolutions;

    private const int Grid = 7;                                                 // the classifier looks at 7×7 places, whatever the image's sides
    private readonly Sequential _features;
    private readonly Sequential? _classifier;
    private readonly int[] _pools;

    /// <summary>Builds with fresh weights: Kaiming normal by the fan out, biases 0, fully connected layers normal with deviation 0.01, as torchvision.</summary>
    public Vgg(VggOptions o)
        : base(o)
    {
        var layers = Layers(o.InChannels, o.Base, o.Convolutions, o.BatchNorm).ToList();
        _features = Child("features", new Sequential(layers));
        _pools = [.. layers.Index().Where(l => l.Item is MaxPool).Select(l => l.Index)];
        _classifier = o.Classes == 0 ? null : Child("classifier", new Sequential(
            new Linear(Width(o.Base, 4) * Grid * Grid, o.HiddenWidth), new Relu(inPlace: true), new Dropout(o.Dropout),
            new Linear(o.HiddenWidth, o.HiddenWidth), new Relu(inPlace: true), new Dropout(o.Dropout),
            new Linear(o.HiddenWidth, o.Classes)));
        Start(this);
        foreach (var linear in (_classifier?.NamedChildren ?? []).Select(c => c.Module).OfType<Linear>())
        {
            Initialise.Normal(linear.Weight, 0, 0.01);
            Initialise.Constant(linear.Bias!, 0);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<EncoderLevel> Levels => LevelsOf((VggOptions)Options);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Head =>
        [$"mean to {Grid}×{Grid}", "2 × (linear, ReLU, dropout)", "linear"];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Features(Tensor image, int? depth = null)
    {
        var last = depth ?? Depth;
        CheckImage(image, last);
        var maps = new List<Tensor> { _features.Forward(image, .._pools[0]) };
        for (var i = 1; i <= last; i++)
        {
            maps.Add(_features.Forward(maps[^1], _pools[i - 1]..(i < Depth ? _pools[i] : _pools[^1] + 1)));
        }

        return maps;
    }

    /// <inheritdoc/>
    public override Tensor Classify(Tensor image)
    {
        CheckHead();
        CheckImage(image, Depth);
        using var scope = new TensorScope();
        var places = Pooling.AdaptiveAverage(_features.Forward(image), [Grid, Grid]);
        return scope.Keep(_classifier!.Forward(places.Reshape(image.Size(0), -1)));
    }

    /// <summary>Channels of a block: doubled at every one but the last.</summary>
    internal static int Width(int first, int block) => first << Math.Min(block, 3);

    /// <summary>What Features gives at every level.</summary>
    internal static IReadOnlyList<EncoderLevel> LevelsOf(VggOptions o) =>
    [
        .. o.Convolutions.Select((count, i) => new EncoderLevel(
            Width(o.Base, i), [$"{count} × (conv 3×3, {(o.BatchNorm ? "batch norm, " : "")}ReLU)"], i == 0 ? null : "max pool 2×2")),
        new(Width(o.Base, 4), [], "max pool 2×2"),
    ];

    /// <summary>The layers of the five blocks with their poolings, in torchvision's order; 31 in VGG16.</summary>
    /// <param name="inChannels">Channels of the image.</param>
    /// <param name="first">Channels of the first block.</param>
    /// <param name="convolutions">Convolutions of every block.</param>
    /// <param name="norm">Whether a batch normalisation stands behind each.</param>
    /// <param name="border">Zeros around the image in the first convolution: 1; 100 in the first FCN.</param>
    /// <param name="ceil">Whether a pooling of an odd side rounds up.</param>
    internal static IEnumerable<Layer> Layers(int inChannels, int first, IReadOnlyList<int> convolutions, bool norm = false, int border = 1, bool ceil = false)
    {
        var channels = inChannels;
        foreach (var (block, count) in convolutions.Index())
        {
            for (var i = 0; i < count; i++)
            {
                yield return new Conv(2, channels, Width(first, block), padding: block == 0 && i == 0 ? border : 1);
                channels = Width(first, block);
                if (norm)
                {
                    yield return new BatchNorm(channels);
                }

                yield return new Relu(inPlace: true);
            }

            yield return new MaxPool(2, ceil: ceil);
        }
    }

    /// <summary>torchvision's starting values for every convolution below.</summary>
    internal static void Start(Module module) => Networks.Blocks.StartingWeightsExtensions.Apply(Networks.Blocks.StartingWeights.KaimingNormal, module);
}

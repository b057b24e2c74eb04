using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Parts;

/// <summary>Options of the course's VGG16.</summary>
public sealed record Vgg16DemoOptions : EncoderOptions
{
    /// <summary>The 20 classes of the course's demonstration.</summary>
    public Vgg16DemoOptions() => Classes = 20;

    /// <summary>The only side that images may have: the first fully connected layer is as wide as the last map.</summary>
    public int InputSide { get; init; } = 224;

    /// <summary>Width of the two hidden layers: 4096 in the course; 0 for 64 · <see cref="EncoderOptions.Base"/>.</summary>
    public int Hidden { get; init; }

    /// <inheritdoc/>
    public override string About => "the course's VGG16: no activation between its fully connected layers, one image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "course VGG16Example";

    /// <summary><see cref="Hidden"/>, or what it stands for.</summary>
    internal int HiddenWidth => Hidden > 0 ? Hidden : 64 * Base;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (InputSide < 32)
        {
            yield return Fault.At("network.inputSide", $"is {InputSide}; it must be 32 or more");
        }

        if (Hidden < 0)
        {
            yield return Fault.At("network.hidden", $"is {Hidden}; it must be 1 or more, or 0 for 64 · network.base");
        }
    }
}

/// <summary>VGG16 as the course writes it down to read: <see cref="Vgg"/> with other names, and without ReLU and dropout between its fully connected layers.</summary>
/// <remarks>
/// Source: the course's VGG16Example, 134,342,484 parameters for 20 classes. Differs from the paper as it does. Parity: own script.
/// Keys: conv_block1.layers.0 … conv_block5.layers.4, fc1, fc2, fc3.
/// </remarks>
public sealed class VggDemo : Encoder
{
    private readonly List<Block> _blocks;
    private readonly MaxPool _pool = new(2);
    private readonly Sequential? _classifier;
    private readonly int _side;

    /// <summary>Builds with PyTorch's default weights.</summary>
    public VggDemo(Vgg16DemoOptions o)
        : base(o)
    {
        _side = o.InputSide;
        _blocks = [.. Vgg.Blocks.Select((count, i) => Child($"conv_block{i + 1}", new Block(i == 0 ? o.InChannels : Vgg.Width(o.Base, i - 1), Vgg.Width(o.Base, i), count)))];
        if (o.Classes > 0)
        {
            var places = o.InputSide / 32 * (o.InputSide / 32);
            _classifier = new Sequential(
                Child("fc1", new Linear(Vgg.Width(o.Base, 4) * places, o.HiddenWidth)),
                Child("fc2", new Linear(o.HiddenWidth, o.HiddenWidth)),
                Child("fc3", new Linear(o.HiddenWidth, o.Classes)));
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<EncoderLevel> Levels => Vgg.LevelsOf(new Vgg16Options { Base = Options.Base });

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Head => ["3 × linear"];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Features(Tensor image, int? depth = null)
    {
        var last = depth ?? Depth;
        CheckImage(image, last);
        var maps = new List<Tensor>();
        for (var i = 0; i <= last; i++)
        {
            using var scope = new TensorScope();
            var x = i == 0 ? image : _pool.Forward(maps[^1]);
            maps.Add(scope.Keep(i < _blocks.Count ? _blocks[i].Forward(x) : x));
        }

        return maps;
    }

    /// <inheritdoc/>
    public override Tensor Classify(Tensor image)
    {
        using var scope = new TensorScope();
        return scope.Keep(ClassifyWithPools(image).Logits);
    }

    /// <summary>The logits, and the maps behind the third, fourth and fifth pooling, as the course's class returns them.</summary>
    /// <param name="image">[N, InChannels, InputSide, InputSide].</param>
    public (Tensor Logits, IReadOnlyList<Tensor> Pools) ClassifyWithPools(Tensor image)
    {
        CheckHead();
        CheckImage(image, Depth);
        if (image.Size(2) != _side || image.Size(3) != _side)
        {
            throw new InputException($"an image of {image.Size(2)}×{image.Size(3)} does not fit this classifier, which was built for {_side}×{_side}", $"network.inputSide={image.Size(2)}");
        }

        using var scope = new TensorScope();
        var pools = new List<Tensor>();
        var x = image;
        foreach (var block in _blocks)
        {
            x = _pool.Forward(block.Forward(x));
            pools.Add(x);
        }

        return (scope.Keep(_classifier!.Forward(x.Reshape(image.Size(0), -1))), [.. pools.Skip(2).Select(scope.Keep)]);
    }

    private sealed class Block : Layer
    {
        private readonly Sequential _layers;

        public Block(int inChannels, int outChannels, int count) => _layers = Child("layers", new Sequential(
            Enumerable.Range(0, count).SelectMany<int, Layer>(i => [new Conv(2, i == 0 ? inChannels : outChannels, outChannels), new Relu(inPlace: true)])));

        public override Tensor Forward(Tensor x) => _layers.Forward(x);
    }
}

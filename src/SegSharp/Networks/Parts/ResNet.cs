using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Parts;

/// <summary>Options of a residual network.</summary>
public abstract record ResNetOptions : EncoderOptions
{
    /// <summary>Residual blocks of the four stages.</summary>
    internal abstract IReadOnlyList<int> Blocks { get; }

    /// <summary>Whether a block is 1×1, 3×3, 1×1 with four times the channels behind it, instead of 3×3, 3×3.</summary>
    internal virtual bool Bottleneck => false;

    /// <inheritdoc/>
    public override string About => $"ResNet-{2 + (Blocks.Sum() * (Bottleneck ? 3 : 2))} as in torchvision";
}

/// <summary>Options of ResNet-18.</summary>
public sealed record ResNet18Options : ResNetOptions
{
    internal override IReadOnlyList<int> Blocks => [2, 2, 2, 2];

    /// <inheritdoc/>
    public override string HeldAgainst => "segmentation_models.pytorch resnet18";
}

/// <summary>Options of ResNet-34.</summary>
public sealed record ResNet34Options : ResNetOptions
{
    internal override IReadOnlyList<int> Blocks => [3, 4, 6, 3];

    /// <inheritdoc/>
    public override string HeldAgainst => "torchvision resnet34";
}

/// <summary>Options of ResNet-50.</summary>
public sealed record ResNet50Options : ResNetOptions
{
    internal override IReadOnlyList<int> Blocks => [3, 4, 6, 3];

    internal override bool Bottleneck => true;

    /// <inheritdoc/>
    public override string HeldAgainst => "torchvision resnet50";
}

/// <summary>Options of ResNet-101.</summary>
public sealed record ResNet101Options : ResNetOptions
{
    internal override IReadOnlyList<int> Blocks => [3, 4, 23, 3];

    internal override bool Bottleneck => true;
}

/// <summary>Options of ResNet-152.</summary>
public sealed record ResNet152Options : ResNetOptions
{
    internal override IReadOnlyList<int> Blocks => [3, 8, 36, 3];

    internal override bool Bottleneck => true;
}

/// <summary>A residual network: a 7×7 stem, a pooling, four stages of blocks whose input is added to their output.</summary>
/// <remarks>
/// Source: He et al. 2016. Differs as torchvision does: the bottleneck's stride sits in its 3×3 convolution ("v1.5"). Parity:
/// <c>05-variants/smp-unet-resnet*</c> for the encoder, own script for the rest. Keys: conv1, bn1, layer1.0.conv1 …, fc.
/// </remarks>
public sealed class ResNet : Encoder
{
    private readonly Conv _conv;
    private readonly BatchNorm _norm;
    private readonly MaxPool _pool = new(2, kernel: 3, stride: 2, padding: 1);
    private readonly List<Sequential> _stages;
    private readonly Linear? _head;

    /// <summary>Builds with fresh weights: Kaiming normal by the fan out, as torchvision.</summary>
    public ResNet(ResNetOptions o)
        : base(o)
    {
        var growth = o.Bottleneck ? 4 : 1;
        _conv = Child("conv1", new Conv(2, o.InChannels, o.Base, kernel: 7, stride: 2, bias: false));
        _norm = Child("bn1", new BatchNorm(o.Base));
        _stages = [.. Enumerable.Range(0, 4).Select(s => Child($"layer{s + 1}", new Sequential(Enumerable.Range(0, o.Blocks[s]).Select(b => new Block(
            b > 0 ? growth * Width(s) : s == 0 ? o.Base : growth * Width(s - 1), Width(s), growth * Width(s), stride: b == 0 && s > 0 ? 2 : 1, o.Bottleneck)))))];
        _head = o.Classes == 0 ? null : Child("fc", new Linear(growth * Width(3), o.Classes));
        Vgg.Start(this);

        int Width(int stage) => o.Base << stage;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<EncoderLevel> Levels
    {
        get
        {
            var o = (ResNetOptions)Options;
            var block = o.Bottleneck ? "bottleneck block" : "residual block";
            return
            [
                new(o.InChannels, [], null),
                new(o.Base, ["conv 7×7", "batch norm", "ReLU"], "stride 2"),
                .. o.Blocks.Select((count, s) => new EncoderLevel((o.Bottleneck ? 4 : 1) * (o.Base << s), [$"{count} × {block}"], s == 0 ? "max pool 3×3" : "stride 2")),
            ];
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Head => ["mean over all places", "linear"];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Features(Tensor image, int? depth = null)
    {
        var last = depth ?? Depth;
        CheckImage(image, last);
        var maps = new List<Tensor> { image };                                  // level 0 is the image itself
        for (var i = 1; i <= last; i++)
        {
            using var scope = new TensorScope();
            maps.Add(scope.Keep(i switch
            {
                1 => Activation.ReluInPlace(_norm.Forward(_conv.Forward(image))),
                2 => _stages[0].Forward(_pool.Forward(maps[1])),
                _ => _stages[i - 2].Forward(maps[^1]),
            }));
        }

        return maps;
    }

    /// <inheritdoc/>
    public override Tensor Classify(Tensor image)
    {
        CheckHead();
        using var scope = new TensorScope();
        return scope.Keep(_head!.Forward(Features(image)[^1].Mean([2, 3])));
    }

    private sealed class Block : Layer
    {
        private readonly List<(Conv Conv, BatchNorm Norm)> _path = [];
        private readonly Sequential? _shortcut;

        public Block(int inChannels, int middle, int outChannels, int stride, bool bottleneck)
        {
            // (in, out, kernel, stride) of every convolution on the long way.
            (int In, int Out, int Kernel, int Stride)[] path = bottleneck
                ? [(inChannels, middle, 1, 1), (middle, middle, 3, stride), (middle, outChannels, 1, 1)]
                : [(inChannels, outChannels, 3, stride), (outChannels, outChannels, 3, 1)];
            foreach (var (i, c) in path.Index())
            {
                _path.Add((
                    Child($"conv{i + 1}", new Conv(2, c.In, c.Out, c.Kernel, c.Stride, bias: false)),
                    Child($"bn{i + 1}", new BatchNorm(c.Out))));
            }

            if (stride != 1 || inChannels != outChannels)
            {
                _shortcut = Child("downsample", new Sequential(new Conv(2, inChannels, outChannels, kernel: 1, stride, bias: false), new BatchNorm(outChannels)));
            }
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = x;
            foreach (var (i, step) in _path.Index())
            {
                using var convolved = step.Conv.Forward(y);
                if (i > 0)
                {
                    y.Dispose();
                }

                y = step.Norm.Forward(convolved);
                if (i < _path.Count - 1)
                {
                    y = Activation.ReluInPlace(y);
                }
            }

            y.AddInPlace(_shortcut?.Forward(x) ?? x);
            return scope.Keep(Activation.ReluInPlace(y));
        }
    }
}

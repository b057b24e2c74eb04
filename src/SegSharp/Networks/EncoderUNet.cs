using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Parts;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>What a decoder's block does about features that do not matter.</summary>
public enum DecoderAttention
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Weighs channels and places before and behind its convolutions.</summary>
    Scse,
}

/// <summary>Options of a U-Net whose contracting arm is a classification network.</summary>
public sealed record EncoderUNetOptions : NetworkOptions
{
    /// <summary>RGB in, as the encoders were trained.</summary>
    public EncoderUNetOptions() => InChannels = 3;

    /// <summary>The contracting arm: a name of <see cref="PartCatalogue"/>, such as resnet18, resnet50 or vgg16_bn.</summary>
    public string Encoder { get; init; } = "resnet34";

    /// <summary>Channels of the encoder's first convolution: 64 in the published ones.</summary>
    public int Base { get; init; } = 64;

    /// <summary>How often the encoder halves the sides: 3 to 5. What it has below is kept with its names, but not computed.</summary>
    public int EncoderDepth { get; init; } = 5;

    /// <summary>Channels of the decoder's blocks, from the bottom up, one per halving; empty for 4, 2, 1, 1/2 and 1/4 of <see cref="Base"/>.</summary>
    public IReadOnlyList<int> DecoderChannels { get; init; } = [];

    /// <summary>Behind the decoder's convolutions.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Batch;

    /// <summary>Whether an instance normalisation learns scale and shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Groups of a group normalisation; must divide every width of the decoder.</summary>
    public int Groups { get; init; } = 4;

    /// <summary>Attention of the decoder's blocks.</summary>
    public DecoderAttention Attention { get; init; } = DecoderAttention.None;

    /// <summary>How the decoder fills in when it doubles the sides.</summary>
    public Interpolation Up { get; init; } = Interpolation.Nearest;

    /// <inheritdoc/>
    public override string About => "a U-Net decoder on a classification network: ResNet-18 to 152, VGG11 to 19; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "segmentation_models.pytorch Unet";

    /// <summary><see cref="DecoderChannels"/>, or what they are by default.</summary>
    internal IReadOnlyList<int> Decoder => DecoderChannels.Count > 0 ? DecoderChannels
        : [.. Enumerable.Range(0, Math.Max(0, EncoderDepth)).Select(i => Math.Max(1, (4 * Base) >> i))];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base is < 1 or > 1024)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 to 1024");
        }

        if (!PartCatalogue.Encoders.Contains(Encoder, StringComparer.OrdinalIgnoreCase))
        {
            yield return Fault.At("network.encoder", $"is '{Encoder}'; it must be one of {string.Join(", ", PartCatalogue.Encoders)}");
        }

        if (EncoderDepth is < 3 or > 5)
        {
            yield return Fault.At("network.encoderDepth", $"is {EncoderDepth}; it must be 3 to 5");
        }
        else if (DecoderChannels.Count > 0 && DecoderChannels.Count != EncoderDepth)
        {
            yield return Fault.At("network.decoderChannels", $"has {DecoderChannels.Count} numbers; it must have {EncoderDepth}, one per halving of network.encoderDepth");
        }

        if (DecoderChannels.Any(c => c is < 1 or > 65536))
        {
            yield return Fault.At("network.decoderChannels", $"is [{string.Join(", ", DecoderChannels)}]; every number must be 1 to 65536");
        }

        if (Groups < 1)
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must be 1 or more");
        }
        else if (Normalisation == NormKind.Group && Decoder.Any(c => c % Groups != 0))
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide every width of the decoder: {string.Join(", ", Decoder)}");
        }
    }
}

/// <summary>A U-Net whose contracting arm is a classification network: what users of segmentation_models.pytorch know as Unet.</summary>
/// <remarks>
/// Source: Ronneberger et al. 2015 for the decoder; the encoder's paper for the encoder. Parity: <c>05-variants/smp-unet-*</c> and own
/// script, with the original's keys: encoder.* as torchvision without its classifier, decoder.blocks.i.conv1.0, segmentation_head.0.
/// A VGG has a further block of two convolutions below, decoder.center. Any size: the image is continued at its far sides with the
/// edge's values to a multiple of 2^EncoderDepth, and the logits are cut back; the original refuses such images.
/// </remarks>
public sealed class EncoderUNet : Network
{
    private readonly EncoderUNetOptions _options;
    private readonly Encoder _encoder;
    private readonly Decoder _decoder;
    private readonly Sequential _head;

    /// <summary>Builds with fresh weights: the encoder's own, Kaiming uniform in the decoder, Xavier uniform in the head.</summary>
    public EncoderUNet(EncoderUNetOptions o)
        : base(o)
    {
        _options = o;
        _encoder = Child("encoder", PartCatalogue.BuildEncoder(o.Encoder, o.InChannels, o.Base));
        _decoder = Child("decoder", new Decoder(o, [.. _encoder.Levels.Select(l => l.Channels)], centre: _encoder is Vgg or VggDemo));
        var last = new Conv(2, o.Decoder[^1], o.Classes);
        _head = Child("segmentation_head", new Sequential(last));
        Initialise.XavierUniform(last.Weight);
        Initialise.Constant(last.Bias!, 0);
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <summary>The contracting arm, for its features.</summary>
    public Encoder Encoder => _encoder;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["encoder"], Classifier = _options.Encoder, OwnName = key => IsHead(key) ? null : $"encoder.{key}" };

    /// <param name="image">[N, InChannels, H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var features = _encoder.Features(AnySize.Enlarge(image, 1 << _options.EncoderDepth), _options.EncoderDepth);
        return scope.Keep(AnySize.Cut(_head.Forward(_decoder.Forward(features)), image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var depth = _options.EncoderDepth;
        var larger = sides.Select(s => (s + (1L << depth) - 1) >> depth << depth).ToArray();
        string Size(int level) => string.Join('×', larger.Select(s => s >> level));
        IReadOnlyList<string> pair = [.. Enumerable.Repeat(new ConvStyle { Norm = _options.Normalisation }.Words(), 2).SelectMany(w => w)];
        var nodes = new List<NetworkNode> { NetworkNode.Image(_options.InChannels, sides) };
        var edges = new List<NetworkEdge>();
        for (var i = 0; i <= depth; i++)
        {
            var level = _encoder.Levels[i];
            if (i > 0 || level.Operations.Count > 0)                            // a ResNet's level 0 is the image itself
            {
                nodes.Add(new()
                {
                    Id = $"down.{i}",
                    Level = i,
                    Arm = i == depth ? NetworkArm.Bottom : NetworkArm.Down,
                    Channels = level.Channels,
                    Size = Size(i),
                    Operations = i == depth && _decoder.HasCentre ? [.. level.Operations, .. pair] : level.Operations,
                });
                edges.Add(new(nodes[^2].Id, nodes[^1].Id, level.Down is null ? NetworkEdgeKind.Conv : NetworkEdgeKind.Pool, level.Down));
            }
        }

        for (var i = depth - 1; i >= 0; i--)
        {
            var from = nodes[^1].Id;
            nodes.Add(new() { Id = $"up.{i}", Level = i, Arm = NetworkArm.Up, Channels = _options.Decoder[depth - 1 - i], Size = Size(i), Operations = pair });
            edges.Add(new(from, $"up.{i}", NetworkEdgeKind.Up, _options.Up == Interpolation.Nearest ? "nearest ×2" : "bilinear ×2"));
            if (i > 0)
            {
                edges.Add(new($"down.{i}", $"up.{i}", NetworkEdgeKind.Skip, "copy, join"));
            }
        }

        nodes.Add(new() { Id = "head", Level = 0, Arm = NetworkArm.Head, Channels = _options.Classes, Size = string.Join('×', sides), Operations = ["conv 3×3"], Label = "logits" });
        edges.Add(new("up.0", "head", NetworkEdgeKind.Head, "conv 3×3"));
        return new()
        {
            Title = $"U-Net on {_options.Encoder}, base {_options.Base}",
            Subtitle = $"{ParameterCount:N0} parameters, input {_options.InChannels}×{string.Join('×', sides)}",
            Nodes = nodes,
            Edges = edges,
        };
    }

    // The layers that decide: fc in a ResNet, classifier.0 … in torchvision's VGG, fc1 to fc3 in the course's.
    private static bool IsHead(string key) => key.Split('.')[0] is "fc" or "classifier" or "fc1" or "fc2" or "fc3";

    private sealed class Decoder : Module
    {
        private readonly Sequential? _center;
        private readonly Modules<Block> _blocks;

        public Decoder(EncoderUNetOptions o, int[] levels, bool centre)
        {
            // From the bottom up, every block joins the encoder's map of its size; the topmost has none.
            var bottom = levels[o.EncoderDepth];
            _center = centre ? Child("center", new Sequential(ConvNormRelu(o, bottom, bottom), ConvNormRelu(o, bottom, bottom))) : null;
            _blocks = Children("blocks", o.Decoder.Select((width, i) =>
            {
                var skip = o.EncoderDepth - 1 - i;
                return new Block(o, i == 0 ? bottom : o.Decoder[i - 1], skip > 0 ? levels[skip] : 0, width);
            }));
            foreach (var conv in NamedModules().Select(m => m.Module).OfType<Conv>())
            {
                Initialise.KaimingUniform(conv.Weight);
                if (conv.Bias is not null)
                {
                    Initialise.Constant(conv.Bias, 0);
                }
            }
        }

        public bool HasCentre => _center is not null;

        public Tensor Forward(IReadOnlyList<Tensor> features)
        {
            using var scope = new TensorScope();
            var x = features[^1];
            if (_center is not null)
            {
                x = _center.Forward(x);
                features[^1].Dispose();
            }

            for (var i = 0; i < _blocks.Count; i++)
            {
                var skip = features.Count - 2 - i;
                using var below = x;
                x = _blocks[i].Forward(below, skip > 0 ? features[skip] : null);
                if (skip > 0)
                {
                    features[skip].Dispose();
                }
            }

            return scope.Keep(x);
        }
    }

    private sealed class Block : Module
    {
        private readonly Interpolation _up;
        private readonly ScseAttention? _before, _behind;
        private readonly Sequential _conv1, _conv2;

        public Block(EncoderUNetOptions o, int below, int skip, int width)
        {
            _up = o.Up;
            _conv1 = Child("conv1", ConvNormRelu(o, below + skip, width));
            _before = o.Attention == DecoderAttention.Scse ? Child("attention1", new ScseAttention(below + skip)) : null;
            _conv2 = Child("conv2", ConvNormRelu(o, width, width));
            _behind = o.Attention == DecoderAttention.Scse ? Child("attention2", new ScseAttention(width)) : null;
        }

        public Tensor Forward(Tensor below, Tensor? skip)
        {
            using var scope = new TensorScope();
            long[] size = [2 * below.Size(2), 2 * below.Size(3)];
            var x = _up == Interpolation.Nearest ? Pooling.Nearest(below, size) : Pooling.Linear(below, size, alignCorners: false);
            if (skip is not null)
            {
                using var raised = x;
                x = Tensor.Cat(axis: 1, raised, skip);                          // [N, below + skip, 2H, 2W]
                x = _before?.Forward(x) ?? x;
            }

            using var joined = x;
            using var first = _conv1.Forward(joined);
            x = _conv2.Forward(first);
            return scope.Keep(_behind?.Forward(x) ?? x);
        }
    }

    // Without a normalisation the convolution has a bias, and nothing stands at place 1.
    private static Sequential ConvNormRelu(EncoderUNetOptions o, int inChannels, int outChannels)
    {
        var style = new ConvStyle { Norm = o.Normalisation, Affine = o.Affine, Groups = o.Groups, Bias = o.Normalisation == NormKind.None };
        return new Sequential(style.Conv(inChannels, outChannels), style.Normalise(outChannels) ?? new Identity(), style.Activate());
    }
}

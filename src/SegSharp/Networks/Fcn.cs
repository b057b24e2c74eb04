using SegSharp.Foundation;
using SegSharp.Networks.Parts;
using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>How maps whose sides do not fit are laid over one another.</summary>
public enum FcnAlign
{
    /// <summary>Maps keep about their places by padded convolutions; one that misses a row is resized bilinearly. As the course does.</summary>
    Stretch,

    /// <summary>The image gets a border of 100 zeros, and every larger map is cut at an offset that follows from it. As the paper's program does.</summary>
    Crop,
}

/// <summary>Options of the fully convolutional networks.</summary>
public abstract record FcnOptions : NetworkOptions
{
    /// <summary>RGB in and the 21 classes of PASCAL VOC out.</summary>
    protected FcnOptions()
    {
        InChannels = 3;
        Classes = 21;
    }

    /// <summary>Channels of VGG16's first block: 64 in the paper.</summary>
    public int Base { get; init; } = 64;

    /// <summary>Channels of fc6 and fc7: 4096 in the paper; 0 for 64 · <see cref="Base"/>.</summary>
    public int Hidden { get; init; }

    /// <summary>How maps whose sides do not fit are laid over one another.</summary>
    public FcnAlign Align { get; init; }

    /// <summary>Whether pool4 is multiplied by 0.01 and pool3 by 0.0001 before they are scored, so that all scores can be trained at once.</summary>
    public bool AtOnce { get; init; }

    /// <summary>Share of the channels of fc6 and fc7 that is zeroed in training.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>By how much the last layer enlarges: 32, 16 or 8.</summary>
    internal abstract int Stride { get; }

    /// <summary><see cref="Hidden"/>, or what it stands for.</summary>
    internal int HiddenWidth => Hidden > 0 ? Hidden : 64 * Base;

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

        if (Hidden < 0)
        {
            yield return Fault.At("network.hidden", $"is {Hidden}; it must be 1 or more, or 0 for 64 · network.base");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>Options of FCN-32s: no skips.</summary>
public sealed record Fcn32sOptions : FcnOptions
{
    internal override int Stride => 32;

    /// <inheritdoc/>
    public override string About => "FCN-32s: VGG16's scores enlarged 32 times";

    /// <inheritdoc/>
    public override string HeldAgainst => "wkentaro/pytorch-fcn FCN32s";
}

/// <summary>Options of FCN-16s: the scores of pool4 are added.</summary>
public sealed record Fcn16sOptions : FcnOptions
{
    internal override int Stride => 16;

    /// <inheritdoc/>
    public override string About => "FCN-16s: the scores of pool4 added, enlarged 16 times";

    /// <inheritdoc/>
    public override string HeldAgainst => "wkentaro/pytorch-fcn FCN16s";
}

/// <summary>Options of FCN-8s: the scores of pool4 and pool3 are added.</summary>
public sealed record Fcn8sOptions : FcnOptions
{
    internal override int Stride => 8;

    /// <inheritdoc/>
    public override string About => "FCN-8s: the scores of pool4 and pool3 added, enlarged 8 times";

    /// <inheritdoc/>
    public override string HeldAgainst => "course FCN8s_VGG16; wkentaro/pytorch-fcn FCN8s";
}

/// <summary>A fully convolutional network: VGG16 with its fully connected layers as convolutions, its scores enlarged to the image, finer scores added on the way.</summary>
/// <remarks>
/// Source: Long et al. 2015. Skips are sums of class scores, not joined features as in a U-Net. The enlarging layers start as bilinear
/// interpolation and the scores as 0, so a fresh network says 0 everywhere. Parity: <c>03-fcn</c>, both alignments; 134,489,759 parameters
/// for 21 classes. Keys are the course's: features_to_pool3.0 … features_to_pool5.4, fc6, fc7, score_fr, score_pool4, score_pool3, upscore….
/// </remarks>
public sealed class Fcn : Network
{
    private readonly FcnOptions _options;
    private readonly bool _crops;
    private readonly Sequential _toPool3, _toPool4, _toPool5;
    private readonly Conv _fc6, _fc7, _scoreTop;
    private readonly Conv? _scorePool4, _scorePool3;
    private readonly Dropout _drop;
    private readonly ConvTranspose? _up2, _upPool4;
    private readonly ConvTranspose _upLast;

    /// <summary>Builds with fresh weights: VGG16's as torchvision's, scores 0, enlarging layers bilinear.</summary>
    public Fcn(FcnOptions o)
        : base(o)
    {
        _options = o;
        _crops = o.Align == FcnAlign.Crop;
        var vgg = Vgg.Layers(o.InChannels, o.Base, Vgg.Blocks, border: _crops ? 100 : 1, ceil: _crops).ToList();
        _toPool3 = Child("features_to_pool3", new Sequential(vgg[..17]));
        _toPool4 = Child("features_to_pool4", new Sequential(vgg[17..24]));
        _toPool5 = Child("features_to_pool5", new Sequential(vgg[24..]));
        Vgg.Start(this);
        _fc6 = Child("fc6", new Conv(2, 8 * o.Base, o.HiddenWidth, kernel: 7, padding: _crops ? 0 : 3));
        _fc7 = Child("fc7", new Conv(2, o.HiddenWidth, o.HiddenWidth, kernel: 1));
        _drop = Child("drop", new Dropout(o.Dropout, channels: true));

        _scoreTop = Child("score_fr", Score(o.HiddenWidth));
        _scorePool4 = o.Stride <= 16 ? Child("score_pool4", Score(8 * o.Base)) : null;
        _scorePool3 = o.Stride == 8 ? Child("score_pool3", Score(4 * o.Base)) : null;

        _up2 = o.Stride <= 16 ? Child("upscore2", Enlarge(2)) : null;
        _upPool4 = o.Stride == 8 ? Child("upscore_pool4", Enlarge(2)) : null;
        _upLast = Child(o.Stride == 32 ? "upscore" : $"upscore{o.Stride}", Enlarge(o.Stride));

        Conv Score(int channels)
        {
            var conv = new Conv(2, channels, o.Classes, kernel: 1);
            Initialise.Constant(conv.Weight, 0);
            Initialise.Constant(conv.Bias!, 0);
            return conv;
        }

        ConvTranspose Enlarge(int factor)
        {
            var conv = new ConvTranspose(2, o.Classes, o.Classes, kernel: 2 * factor, stride: factor, padding: _crops ? 0 : factor / 2, bias: false);
            Initialise.Bilinear(conv.Weight);
            return conv;
        }
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new()
    {
        Parts = ["features_to_pool3", "features_to_pool4", "features_to_pool5", "fc6", "fc7"],
        Classifier = "vgg16",
        OwnName = VggNames.InFcn,
    };

    /// <param name="image">[N, InChannels, H, W]; with <see cref="FcnAlign.Stretch"/> both sides 32 or more, any with <see cref="FcnAlign.Crop"/>.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        using var scope = new TensorScope();
        return scope.Keep(Run(image, (_, _) => { }));
    }

    /// <inheritdoc/>
    public override long[] OutputSides(long[] sides) => _crops || sides.All(s => s >= 32)
        ? [.. sides]
        : throw new InputException($"an image of {string.Join('×', sides)} does not fit this network; both sides must be 32 or more", "network.align=crop takes any sides");

    /// <summary>Takes the weights of a VGG16 that classifies: its convolutions, and its fully connected layers as convolutions where they have the same widths.</summary>
    /// <param name="values">Under torchvision's, Caffe's or the course's names.</param>
    /// <param name="source">What they come from, for messages.</param>
    /// <returns>The names of this network's parameters that it could not lend: scores, enlarging layers, fully connected layers that are missing there.</returns>
    /// <exception cref="InputException">No VGG16, or one of other widths.</exception>
    public IReadOnlyList<string> LoadClassifier(IReadOnlyDictionary<string, TensorData> values, string source)
    {
        var lent = VggNames.ToConvolutions(values, source);
        var all = State().Select(s => (s.Name, Value: lent.GetValueOrDefault(s.Name))).ToList();
        var own = StateData().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        Load(all.ToDictionary(s => s.Name, s => s.Value ?? own[s.Name], StringComparer.Ordinal), source);
        return [.. all.Where(s => s.Value is null).Select(s => s.Name)];
    }

    /// <summary>The maps on the way by the original's names, for verification: pool3, pool4, relu7, score_fr, upscore2, upscore_pool4.</summary>
    internal IReadOnlyDictionary<string, Tensor> Maps(Tensor image)
    {
        using var scope = new TensorScope();
        var maps = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Run(image, (name, map) => maps[name] = map);
        foreach (var map in maps.Values)
        {
            scope.Keep(map);
        }

        return maps;
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var o = _options;
        var maps = MapSides(sides);
        var nodes = new List<NetworkNode> { NetworkNode.Image(o.InChannels, sides) };
        var edges = new List<NetworkEdge>();
        for (var i = 1; i <= 5; i++)
        {
            nodes.Add(new()
            {
                Id = $"pool{i}",
                Level = i,
                Arm = NetworkArm.Down,
                Channels = Vgg.Width(o.Base, i - 1),
                Size = Words(maps[i - 1]),
                Operations = [.. i == 1 && _crops ? ["100 zeros around"] : Array.Empty<string>(), $"{Vgg.Blocks[i - 1]} × (conv 3×3, ReLU)", "max pool 2×2"],
                Label = $"pool{i}",
            });
            edges.Add(new(nodes[^2].Id, nodes[^1].Id, NetworkEdgeKind.Pool, "convolutions, max pool"));
        }

        var score = _crops ? maps[4].Select(s => s - 6).ToArray() : maps[4];
        nodes.Add(new() { Id = "fc7", Level = 6, Arm = NetworkArm.Bottom, Channels = o.HiddenWidth, Size = Words(score), Operations = ["conv 7×7", "conv 1×1"], Label = "fc6, fc7" });
        edges.Add(new("pool5", "fc7", NetworkEdgeKind.Conv, "fully connected layers as convolutions"));
        nodes.Add(new() { Id = "score", Level = 6, Arm = NetworkArm.Bottom, Channels = o.Classes, Size = Words(score), Operations = ["conv 1×1"], Label = "scores" });
        edges.Add(new("fc7", "score", NetworkEdgeKind.Conv, "fully connected layers as convolutions"));
        for (var level = 4; level >= 5 - (o.Stride == 32 ? 0 : o.Stride == 16 ? 1 : 2); level--)
        {
            var from = nodes[^1].Id;
            score = _crops ? [.. score.Select(s => (2 * s) + 2)] : maps[level - 1];
            nodes.Add(new() { Id = $"sum{level}", Level = level, Arm = NetworkArm.Up, Channels = o.Classes, Size = Words(score), Operations = [$"+ score_pool{level}"], Label = "scores" });
            edges.Add(new(from, $"sum{level}", NetworkEdgeKind.Up, "up-conv ×2"));
            edges.Add(new($"pool{level}", $"sum{level}", NetworkEdgeKind.Skip, _crops ? "conv 1×1, crop, add" : "conv 1×1, add"));
        }

        nodes.Add(new() { Id = "head", Level = 0, Arm = NetworkArm.Head, Channels = o.Classes, Size = Words(sides), Label = "logits" });
        edges.Add(new(nodes[^2].Id, "head", NetworkEdgeKind.Up, $"up-conv ×{o.Stride}{(_crops ? ", crop" : "")}"));
        return new()
        {
            Title = $"FCN-{o.Stride}s on VGG16, base {o.Base}",
            Subtitle = $"{ParameterCount:N0} parameters, input {o.InChannels}×{Words(sides)}",
            Nodes = nodes,
            Edges = edges,
        };

        static string Words(long[] s) => string.Join('×', s);
    }

    // In the caller's scope, which sees the maps on the way.
    private Tensor Run(Tensor image, Action<string, Tensor> see)
    {
        CheckImage(image);
        long[] sides = [.. image.Shape.Skip(2)];
        OutputSides(sides);
        var pool3 = _toPool3.Forward(image);                                    // [N, 4B, H/8, W/8]
        var pool4 = _toPool4.Forward(pool3);                                    // [N, 8B, H/16, W/16]
        var pool5 = _toPool5.Forward(pool4);                                    // [N, 8B, H/32, W/32]
        see("pool3", pool3);
        see("features_to_pool3", pool3);
        see("pool4", pool4);
        see("features_to_pool4", pool4);
        var fc7 = Hidden(_fc7, Hidden(_fc6, pool5));
        see("relu7", fc7);
        var score = _scoreTop.Forward(fc7);
        see("score_fr", score);
        if (_scorePool4 is not null)
        {
            score = _up2!.Forward(score);
            see("upscore2", score);
            score = Add(score, _scorePool4.Forward(_options.AtOnce ? pool4 * 0.01 : pool4), offset: 5);
        }

        if (_scorePool3 is not null)
        {
            score = _upPool4!.Forward(score);
            see("upscore_pool4", score);
            score = Add(score, _scorePool3.Forward(_options.AtOnce ? pool3 * 0.0001 : pool3), offset: 9);
        }

        var full = _upLast.Forward(score);
        return _crops
            ? Cut(full, sides, offset: _options.Stride switch { 32 => 19, 16 => 27, _ => 31 }).Contiguous()
            : Stretch(full, sides);
    }

    private Tensor Hidden(Conv conv, Tensor x)
    {
        using var scope = new TensorScope();
        return scope.Keep(_drop.Forward(Activation.ReluInPlace(conv.Forward(x))));
    }

    // Two maps of scores over one another: the raised one is stretched, or the finer one cut where the raised one lies.
    private Tensor Add(Tensor raised, Tensor finer, int offset) =>
        _crops ? raised + Cut(finer, raised.Shape[2..], offset) : Stretch(raised, finer.Shape[2..]) + finer;

    private static Tensor Stretch(Tensor x, long[] sides) => x.Shape.Skip(2).SequenceEqual(sides) ? x : Pooling.Linear(x, sides, alignCorners: false);

    private static Tensor Cut(Tensor x, long[] sides, int offset) => x.Narrow(2, offset, sides[0]).Narrow(3, offset, sides[1]);

    // Sides behind every pooling.
    private List<long[]> MapSides(long[] sides)
    {
        var now = _crops ? sides.Select(s => s + 198).ToArray() : sides;
        var maps = new List<long[]>();
        for (var i = 0; i < 5; i++)
        {
            now = [.. now.Select(s => (s + (_crops ? 1 : 0)) / 2)];
            maps.Add(now);
        }

        return maps;
    }
}

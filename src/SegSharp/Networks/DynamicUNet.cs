using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>What nnU-Net's two networks share: any number of levels, each with its channels, kernel and stride.</summary>
public abstract record DynamicUNetOptions : NetworkOptions
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Channels of the first level; every level below has twice as many, up to <see cref="MaxWidth"/>.</summary>
    public int Base { get; init; } = 32;

    /// <summary>The most channels of a level that <see cref="Base"/> grows to; null for nnU-Net's 512 in 2D and 320 in 3D.</summary>
    public int? MaxWidth { get; init; }

    /// <summary>Levels below the first: 5 halve the sides five times. nnU-Net halves until a side is down to 4 to 7 voxels.</summary>
    public int Depth { get; init; } = 5;

    /// <summary>Channels of every level, from the top, in the place of <see cref="Base"/> and <see cref="Depth"/>; empty for those.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>Kernel of every level, from the top, per axis: [[1, 3, 3], [3, 3, 3]] for thick slices; odd numbers; empty for 3 everywhere.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Kernels { get; init; } = [];

    /// <summary>By how much the sides shrink on the way into every level, per axis: [[1, 1, 1], [1, 2, 2]]; the first must be 1. Empty for 2 below the first.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Strides { get; init; } = [];

    /// <summary>Convolutions behind every join of the expanding arm, from the bottom up, one number less than levels; empty for nnU-Net's.</summary>
    public IReadOnlyList<int> UpConvolutions { get; init; } = [];

    /// <summary>Behind every convolution but the heads: instance, batch or none.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Instance;

    /// <summary>Whether the normalisation learns scale and shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Added to the variance in the normalisation.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The share of a new batch in the running statistics of a batch normalisation.</summary>
    public double Momentum { get; init; } = 0.1;

    /// <summary>Behind every normalisation and every sum.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.LeakyRelu;

    /// <summary>What the leaky ReLU multiplies negative values by.</summary>
    public double Slope { get; init; } = 0.01;

    /// <summary>Whether the convolutions before a normalisation and the transposed ones have a bias.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Share of the channels that are zeroed in training, behind the convolutions; 0 for none, as in nnU-Net.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether every level of the expanding arm gives logits, for a loss that looks at all of them. The heads are there either way.</summary>
    public bool DeepSupervision { get; init; } = true;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.He;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base is < 1 or > 65536)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 to 65536");
        }

        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("network.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        if (MaxWidth is < 1 or > 65536)
        {
            yield return Fault.At("network.maxWidth", $"is {MaxWidth}; it must be 1 to 65536, or null");
        }

        if (Depth is < 1 or > 9)
        {
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 9");
        }

        if (Widths.Count is 1 or > 10 || Widths.Any(w => w is < 1 or > 65536))
        {
            yield return Fault.At("network.widths", $"is [{string.Join(", ", Widths)}]; it must be two to ten numbers from 1 to 65536, or none");
        }

        if (Kernels.Count > 0 && (Kernels.Count != Levels || Kernels.Any(k => k.Count != Dimensions || k.Any(s => s is < 1 or > 31 || s % 2 == 0))))
        {
            yield return Fault.At("network.kernels", $"is {Words(Kernels)}; it must be {Levels} lists of {Dimensions} odd numbers from 1 to 31, or none");
        }

        if (Strides.Count > 0 && (Strides.Count != Levels || Strides.Any(k => k.Count != Dimensions || k.Any(s => s is < 1 or > 16))))
        {
            yield return Fault.At("network.strides", $"is {Words(Strides)}; it must be {Levels} lists of {Dimensions} numbers from 1 to 16, or none");
        }
        else if (Strides.Count > 0 && Strides[0].Any(s => s != 1))
        {
            yield return Fault.At("network.strides", $"begins with [{string.Join(", ", Strides[0])}]; the first level must keep the sides, or the logits would be smaller than the image");
        }

        if (UpConvolutions.Count > 0 && (UpConvolutions.Count != Levels - 1 || UpConvolutions.Any(n => n is < 1 or > 32)))
        {
            yield return Fault.At("network.upConvolutions", $"is [{string.Join(", ", UpConvolutions)}]; it must be {Levels - 1} numbers from 1 to 32, or none");
        }

        if (Normalisation == NormKind.Group)
        {
            yield return Fault.At("network.normalisation", "is group; nnU-Net's networks have instance, batch or none");
        }

        foreach (var fault in ConvStyle.FaultsOf(Epsilon, Momentum))
        {
            yield return fault;
        }

        if (Slope is not (>= 0 and <= 1))
        {
            yield return Fault.At("network.slope", $"is {Slope}; it must be in [0, 1]");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }

    /// <summary>How many levels: as many as a list has, or <see cref="Depth"/> and one.</summary>
    internal int Levels => new[] { Widths.Count, Strides.Count, Kernels.Count }.FirstOrDefault(n => n > 0, Depth + 1);

    /// <summary>Channels of every level.</summary>
    internal IReadOnlyList<int> StageWidths => Widths.Count > 0
        ? Widths
        : [.. Enumerable.Range(0, Levels).Select(i => (int)Math.Min((long)Base << i, MaxWidth ?? (Dimensions == 3 ? 320 : 512)))];

    /// <summary>Kernel of every level.</summary>
    internal IReadOnlyList<long[]> StageKernels => Kernels.Count > 0 ? [.. Kernels.Select(Long)] : [.. Enumerable.Range(0, Levels).Select(_ => Every(3))];

    /// <summary>Stride of every level.</summary>
    internal IReadOnlyList<long[]> StageStrides => Strides.Count > 0 ? [.. Strides.Select(Long)] : [.. Enumerable.Range(0, Levels).Select(i => Every(i == 0 ? 1 : 2))];

    /// <summary>Convolutions of every stage of the expanding arm, from the bottom up.</summary>
    internal IReadOnlyList<int> StageUpConvolutions => UpConvolutions.Count > 0 ? UpConvolutions : [.. Enumerable.Repeat(UsualUpConvolutions, Levels - 1)];

    /// <summary>nnU-Net's number of convolutions in the expanding arm.</summary>
    internal abstract int UsualUpConvolutions { get; }

    /// <summary>Whether normalisations stand behind the activations.</summary>
    internal virtual bool NormsLast => false;

    /// <summary>Lists in words.</summary>
    private protected static string Words(IReadOnlyList<IReadOnlyList<int>> lists) => $"[{string.Join(", ", lists.Select(l => $"[{string.Join(", ", l)}]"))}]";

    private long[] Every(long value) => [.. Enumerable.Repeat(value, Dimensions)];

    private static long[] Long(IReadOnlyList<int> list) => [.. list.Select(n => (long)n)];
}

/// <summary>nnU-Net's U: an encoder whose stages begin with a stride, transposed convolutions up, a skip across and a head at every level but the lowest.</summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net), Methods. Any size: the far sides are continued with the edge's values up to multiples of
/// all strides together, and cut off the logits; level k of the deep supervision has the image's sides over its strides, rounded up.
/// </remarks>
public abstract class DynamicUNet : Network
{
    private readonly DynamicUNetOptions _options;
    private readonly DynamicBlocks.Encoder _encoder;
    private readonly DynamicBlocks.Decoder _decoder;

    private protected DynamicUNet(DynamicUNetOptions o, Func<DynamicBlocks.Encoder> encoder)
        : base(o)
    {
        _options = o;
        _encoder = Child("encoder", encoder());
        _decoder = Child("decoder", new DynamicBlocks.Decoder(o, o.NormsLast));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["encoder"] };

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W]; with deep supervision the levels below follow, the lowest but one last.</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var skips = Contract(AnySize.Enlarge(image, Shrinks(_options.Levels - 1)));
        var levels = Expand(skips);
        for (var i = 0; i < levels.Count; i++)
        {
            levels[i] = scope.Keep(AnySize.Cut(levels[i], LevelSides(image.Shape[2..], i)).Contiguous());
        }

        return new(levels[0], levels);
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var shrinks = Shrinks(_options.Levels - 1);
        var larger = sides.Select((s, axis) => (s + shrinks[axis] - 1) / shrinks[axis] * shrinks[axis]).ToArray();
        string Kernel(int level) => string.Join('×', _options.StageKernels[level]);
        string Stride(int level) => string.Join('×', _options.StageStrides[level]);
        return UShape.Draw(this, sides, new()
        {
            Title = $"{Name}, {_options.StageWidths[0]} to {_options.StageWidths.Max()} channels",
            Depth = _options.Levels - 1,
            Width = level => _options.StageWidths[level],
            SidesAt = level => LevelSides(larger, level),
            Block = DownWords(0, Kernel(0)),
            DownBlock = level => DownWords(level, Kernel(level)),
            UpBlock = level => [.. Enumerable.Repeat(UnitWords(Kernel(level)), _options.StageUpConvolutions[_options.Levels - 2 - level]).SelectMany(w => w)],
            PoolingAt = level => $"stride {Stride(level)}",
            RaisingAt = level => EvenStrides ? $"up-conv {Stride(level + 1)}" : $"up {Stride(level + 1)}",
            Head = [],
            Heads = _options.DeepSupervision ? _options.Levels - 1 : 1,
        });
    }

    /// <summary>In a drawing's title.</summary>
    private protected abstract string Name { get; }

    /// <summary>What a stage of the contracting arm computes, in words.</summary>
    private protected abstract IReadOnlyList<string> DownWords(int level, string kernel);

    /// <summary>What one convolution and its dress compute, in words.</summary>
    private protected IReadOnlyList<string> UnitWords(string kernel) =>
        [$"conv {kernel}", .. new ConvStyle { Norm = _options.Normalisation, Activation = _options.Activation, NormLast = _options.NormsLast }.Words().Skip(1)];

    private Stack<Tensor> Contract(Tensor image)
    {
        var skips = new Stack<Tensor>();
        var x = _encoder.Stem?.Forward(image) ?? image;
        var stem = x;
        foreach (var stage in _encoder.Stages)
        {
            x = stage.Forward(x);                                               // ↓
            skips.Push(x);
        }

        if (!ReferenceEquals(stem, image))
        {
            stem.Dispose();
        }

        return skips;
    }

    // Finest first.
    private List<Tensor> Expand(Stack<Tensor> skips)
    {
        var levels = new List<Tensor>();
        var x = skips.Pop();                                                    // ∪
        for (var s = 0; s < _decoder.Stages.Count; s++)
        {
            using var below = x;
            using var skip = skips.Pop();
            using var raised = _decoder.Raises[s].Forward(below);               // ↑
            using var joined = Tensor.Cat(axis: 1, raised, skip);               // →
            raised.Dispose();
            skip.Dispose();
            below.Dispose();
            x = _decoder.Stages[s].Forward(joined);
            if (_options.DeepSupervision || s == _decoder.Stages.Count - 1)
            {
                levels.Insert(0, _decoder.Heads[s].Forward(x));
            }
        }

        x.Dispose();
        return levels;
    }

    // One word for all arrows fits into the legend; else every arrow has its own.
    private bool EvenStrides => _options.StageStrides.Skip(1).Select(s => string.Join('×', s)).Distinct(StringComparer.Ordinal).Count() == 1;

    // By how much the sides have shrunk at a level.
    private long[] Shrinks(int level) => [.. Enumerable.Range(0, Dimensions).Select(axis => _options.StageStrides.Take(level + 1).Aggregate(1L, (a, s) => a * s[axis]))];

    private long[] LevelSides(long[] sides, int level)
    {
        var shrinks = Shrinks(level);
        return [.. sides.Select((s, axis) => (s + shrinks[axis] - 1) / shrinks[axis])];
    }
}

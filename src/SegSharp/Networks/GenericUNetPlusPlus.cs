using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>Options of the U-Net++ that its authors built into nnU-Net's first version.</summary>
public sealed record GenericUNetPlusPlusOptions : NetworkOptions
{
    /// <summary>Spatial axes: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <summary>Channels of the first level.</summary>
    public int Base { get; init; } = 32;

    /// <summary>How often the grid gets smaller: 5 in the original.</summary>
    public int Depth { get; init; } = 5;

    /// <summary>By how much the channels grow from level to level; what is no whole number is rounded.</summary>
    public double Growth { get; init; } = 2;

    /// <summary>The most channels of a level. nnU-Net allows 480 in 2D and 320 in 3D.</summary>
    public int Most { get; init; } = 480;

    /// <summary>Convolutions of every node. With 1, the nodes of the way up and the bottom have two all the same, as in the original.</summary>
    public int ConvolutionsPerBlock { get; init; } = 2;

    /// <summary>Kernel of every level's convolutions, [(D,) H, W] per level and one more for the bottom; empty for 3 everywhere.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Kernels { get; init; } = [];

    /// <summary>By how much the grid shrinks below each level, [(D,) H, W] per level; empty for 2 everywhere.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Strides { get; init; } = [];

    /// <summary>Whether a strided convolution makes the grid smaller; without, a max pooling.</summary>
    public bool ConvolutionalPooling { get; init; } = true;

    /// <summary>Whether a transposed convolution makes the grid larger; without, an interpolation, which needs the same channels in every level.</summary>
    public bool ConvolutionalUpsampling { get; init; } = true;

    /// <summary>Behind every convolution.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Instance;

    /// <summary>Whether the normalisation learns scale and shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Added to the variance.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Behind every normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.LeakyRelu;

    /// <summary>For <see cref="ActivationKind.LeakyRelu"/>: the slope of negative values.</summary>
    public double Slope { get; init; } = 0.01;

    /// <summary>Whether the activation stands before the normalisation.</summary>
    public bool NormLast { get; init; }

    /// <summary>Whether the heads have a bias.</summary>
    public bool HeadBias { get; init; }

    /// <summary>Share of the channels that are zeroed behind a convolution of the encoder in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether every node of the top level has its logits, for losses on all of them.</summary>
    public bool DeepSupervision { get; init; }

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "U-Net++ as its authors built it into nnU-Net: strided and transposed convolutions, any kernels, in 2D and 3D";

    /// <inheritdoc/>
    public override string HeldAgainst => "MrGiovanni/UNetPlusPlus";

    /// <summary>Channels of every level.</summary>
    internal IReadOnlyList<int> Widths
    {
        get
        {
            var widths = new List<int> { Base };
            while (widths.Count <= Depth)
            {
                widths.Add((int)Math.Min(Math.Round(widths[^1] * Growth), Most));
            }

            return widths;
        }
    }

    /// <summary>Kernel of a level.</summary>
    internal long[] Kernel(int level) => Kernels.Count == 0 ? Conv.Every(Dimensions, 3) : [.. Kernels[level].Select(k => (long)k)];

    /// <summary>By how much the grid shrinks below a level.</summary>
    internal long[] Stride(int level) => Strides.Count == 0 ? Conv.Every(Dimensions, 2) : [.. Strides[level].Select(s => (long)s)];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("network.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        var sound = Base >= 1 && Depth is >= 1 and <= 8 && Growth is >= 1 and <= 4;
        if (Base < 1)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 or more");
        }

        if (Depth is < 1 or > 8)
        {
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 8");
        }

        if (Growth is not (>= 1 and <= 4))
        {
            yield return Fault.At("network.growth", $"is {Growth}; it must be 1 to 4");
        }

        if (Most < Base)
        {
            yield return Fault.At("network.most", $"is {Most}; it must be network.base, which is {Base}, or more");
        }

        if (ConvolutionsPerBlock is < 1 or > 8)
        {
            yield return Fault.At("network.convolutionsPerBlock", $"is {ConvolutionsPerBlock}; it must be 1 to 8");
        }

        if (Kernels.Count > 0 && (Kernels.Count != Depth + 1 || Kernels.Any(k => k.Count != Dimensions || k.Any(side => side is < 1 or > 15 || side % 2 == 0))))
        {
            yield return Fault.At("network.kernels", $"must be {Depth + 1} lists of {Dimensions} odd numbers, one list per level and one for the bottom, or empty");
        }

        if (Strides.Count > 0 && (Strides.Count != Depth || Strides.Any(s => s.Count != Dimensions || s.Any(side => side is < 1 or > 8))))
        {
            yield return Fault.At("network.strides", $"must be {Depth} lists of {Dimensions} numbers from 1 to 8, one list per level, or empty");
        }

        if (Normalisation is not (NormKind.Batch or NormKind.Instance))
        {
            yield return Fault.At("network.normalisation", $"is {Normalisation}; it must be batch or instance");
        }

        if (Epsilon is not (> 0 and < 1))
        {
            yield return Fault.At("network.epsilon", $"is {Epsilon}; it must be above 0 and below 1");
        }

        if (Slope is not (>= 0 and < 1))
        {
            yield return Fault.At("network.slope", $"is {Slope}; it must be in [0, 1)");
        }

        if (sound && !ConvolutionalUpsampling && Widths.Distinct().Count() > 1)
        {
            yield return Fault.At("network.convolutionalUpsampling", $"is off, which needs the same channels in every level; they are {string.Join(", ", Widths)}");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>The U-Net++ of its authors, on the blocks and the plans of nnU-Net's first version.</summary>
/// <remarks>
/// Source: Zhou et al. 2020; MrGiovanni/UNetPlusPlus, pytorch/nnunet, Generic_UNetPlusPlus. Differs: any depth, where the original writes out five levels.
/// Parity: <c>05-variants/unetplusplus-mrgiovanni-generic2d</c>, outputs and gradients. Any size: as <see cref="UNet"/>, to multiples of all strides together.
/// Keys: conv_blocks_context.i for the encoder, locK and upK for the diagonal Depth − K, seg_outputs.i with the deepest head first.
/// </remarks>
public sealed class GenericUNetPlusPlus : Network
{
    private readonly GenericUNetPlusPlusOptions _options;
    private readonly IReadOnlyList<int> _widths;
    private readonly List<Modules<Sequential>> _joins;
    private readonly Modules<Layer> _encoder;
    private readonly List<Modules<Layer>> _raise;
    private readonly Modules<Conv> _heads;

    /// <summary>Builds with fresh weights.</summary>
    public GenericUNetPlusPlus(GenericUNetPlusPlusOptions o)
        : base(o)
    {
        _options = o;
        _widths = o.Widths;
        var depth = o.Depth;
        var diagonals = Enumerable.Range(0, depth).Select(k => (K: k, Nodes: Enumerable.Range(1, depth - k).Select(column => (Level: depth - k - column, Column: column)).ToList())).ToList();
        _joins = [.. diagonals.Select(d => Children($"loc{d.K}", d.Nodes.Select(n => JoinAt(n.Level, n.Column))))];
        _encoder = Children("conv_blocks_context", Enumerable.Range(0, depth + 1).Select(EncoderAt));
        _raise = [.. diagonals.Select(d => Children($"up{d.K}", d.Nodes.Select(n => RaiseTo(n.Level))))];
        _heads = Children("seg_outputs", Enumerable.Range(0, depth).Select(_ => new Conv(o.Dimensions, _widths[0], o.Classes, kernel: 1, bias: o.HeadBias)));
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["conv_blocks_context"] };

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W]; with deep supervision the levels are all heads, the deepest first, all at full size.</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var top = NestedGrid.Run(
            Enlarge(image),
            _options.Depth,
            (level, above) => level == 0 || _options.ConvolutionalPooling ? _encoder[level].Forward(above) : _encoder[level].Forward(Pooling.Max(above, _options.Stride(level - 1), _options.Stride(level - 1), Conv.Every(Dimensions, 0))),
            (level, column, below) => _raise[_options.Depth - level - column][column - 1].Forward(below),
            (level, column, joined) =>
            {
                using var maps = joined;
                return _joins[_options.Depth - level - column][column - 1].Forward(maps);
            });
        List<Tensor> levels = [.. Columns.Select(column => scope.Keep(AnySize.Cut(_heads[_options.Depth - column].Forward(top[column - 1]), image).Contiguous()))];
        return new(levels[0], levels);
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var sizes = new List<long[]> { sides, sides.Select((s, axis) => (s + Multiple[axis] - 1) / Multiple[axis] * Multiple[axis]).ToArray() };
        for (var level = 0; level < _options.Depth; level++)
        {
            sizes.Add([.. sizes[^1].Zip(_options.Stride(level), (s, t) => s / t)]);
        }

        return NestedGrid.Draw(
            this,
            $"U-Net++ in nnU-Net, {_widths[0]} to {_widths[^1]} channels",
            sizes,
            level => _widths[level],
            level => [.. Enumerable.Repeat(Words(level), _options.ConvolutionsPerBlock).SelectMany(w => w)],
            _options.Depth,
            Columns,
            (_options.ConvolutionalPooling ? "strided conv" : "max pool", _options.ConvolutionalUpsampling ? "up-conv" : "interpolation"));
    }

    // Without deep supervision only the deepest head is computed.
    private IReadOnlyList<int> Columns => _options.DeepSupervision ? [.. Enumerable.Range(1, _options.Depth).Reverse()] : [_options.Depth];

    private long[] Multiple => [.. Enumerable.Range(0, Dimensions).Select(axis => Enumerable.Range(0, _options.Depth).Aggregate(1L, (m, level) => m * _options.Stride(level)[axis]))];

    private Tensor Enlarge(Tensor image)
    {
        var missing = image.Shape[2..].Zip(Multiple, (s, m) => (m - (s % m)) % m).ToArray();
        return missing.All(m => m == 0) ? image : image.PadEdge([.. missing.Reverse().SelectMany(m => new[] { 0, m })]);
    }

    private Layer EncoderAt(int level)
    {
        var o = _options;
        var inside = level == 0 ? o.InChannels : _widths[level - 1];
        var stride = level > 0 && o.ConvolutionalPooling ? o.Stride(level - 1) : null;
        return level < o.Depth
            ? new Stack(o, level, inside, _widths[level], o.ConvolutionsPerBlock, stride, o.Dropout)
            : new Sequential(new Stack(o, level, inside, _widths[level], Math.Max(1, o.ConvolutionsPerBlock - 1), stride, o.Dropout), new Stack(o, level, _widths[level], _widths[level], 1, dropout: o.Dropout));
    }

    // The kernels of the way up are the level's own, counted from the bottom as in the original: level + 1.
    private Sequential JoinAt(int level, int column)
    {
        var width = _widths[level];
        return new(
            new Stack(_options, level + 1, (column + 1) * width, width, Math.Max(1, _options.ConvolutionsPerBlock - 1)),
            new Stack(_options, level + 1, width, width, 1));
    }

    private Layer RaiseTo(int level) => _options.ConvolutionalUpsampling
        ? new ConvTranspose(_widths[level + 1], _widths[level], _options.Stride(level), _options.Stride(level), bias: false)
        : new Interpolated(_options.Stride(level));

    private IEnumerable<string> Words(int level)
    {
        var words = new ConvStyle { Dimensions = Dimensions, Norm = _options.Normalisation, Activation = _options.Activation, NormLast = _options.NormLast }.Words();
        return words.Select((w, i) => i == 0 ? $"conv {string.Join('×', _options.Kernel(level))}" : w);
    }

    /// <summary>Convolutions one after another, the first of which may be strided.</summary>
    private sealed class Stack : Layer
    {
        private readonly Modules<Dressed> _blocks;

        public Stack(GenericUNetPlusPlusOptions o, int level, int inChannels, int outChannels, int count, long[]? stride = null, double dropout = 0) =>
            _blocks = Children("blocks", Enumerable.Range(0, count).Select(i => new Dressed(o, level, i == 0 ? inChannels : outChannels, outChannels, i == 0 ? stride : null, dropout)));

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = x;
            foreach (var block in _blocks)
            {
                var next = block.Forward(y);
                if (!ReferenceEquals(y, x))
                {
                    y.Dispose();
                }

                y = next;
            }

            return scope.Keep(y);
        }
    }

    /// <summary>One convolution, dropout, normalisation, activation.</summary>
    private sealed class Dressed : Layer
    {
        private readonly List<Layer> _layers = [];

        public Dressed(GenericUNetPlusPlusOptions o, int level, int inChannels, int outChannels, long[]? stride, double dropout)
        {
            Layer norm = o.Normalisation == NormKind.Batch ? new BatchNorm(outChannels, o.Epsilon, affine: o.Affine) : new InstanceNorm(outChannels, o.Epsilon, o.Affine);
            Layer activation = o.Activation == ActivationKind.LeakyRelu ? new LeakyRelu(o.Slope) : new ConvStyle { Activation = o.Activation }.Activate();
            _layers.Add(Child("conv", new Conv(inChannels, outChannels, o.Kernel(level), stride ?? Conv.Every(o.Dimensions, 1))));
            if (dropout > 0)
            {
                _layers.Add(Child<Layer>("dropout", new Dropout(dropout, channels: true)));
            }

            // "instnorm" whatever the normalisation is: so the original names it.
            _layers.Add(Child("instnorm", norm));
            _layers.Insert(o.NormLast ? _layers.Count - 1 : _layers.Count, Child("lrelu", activation));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = x;
            foreach (var layer in _layers)
            {
                var next = layer.Forward(y);
                if (!ReferenceEquals(y, x) && !ReferenceEquals(y, next))
                {
                    y.Dispose();
                }

                y = next;
            }

            return scope.Keep(y);
        }
    }

    private sealed class Interpolated(long[] factors) : Layer
    {
        public override Tensor Forward(Tensor x) => Pooling.Linear(x, [.. x.Shape.Skip(2).Zip(factors, (s, f) => s * f)], alignCorners: false);
    }
}

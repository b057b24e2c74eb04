using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Originals;

/// <summary>What MONAI's networks are built of, under its parameter names ("conv.weight", "adn.N.weight", "adn.A.weight").</summary>
internal static class MonaiBlocks
{
    /// <summary>How a convolution is dressed.</summary>
    public sealed record Style
    {
        /// <summary>Spatial axes.</summary>
        public required int Dimensions { get; init; }

        /// <summary>The normalisation.</summary>
        public NormKind Norm { get; init; } = NormKind.Instance;

        /// <summary>Whether it learns scale and shift; a group normalisation always does.</summary>
        public bool Affine { get; init; }

        /// <summary>Groups of a group normalisation.</summary>
        public int Groups { get; init; } = 1;

        /// <summary>Added to the variance.</summary>
        public double Epsilon { get; init; } = 1e-5;

        /// <summary>The share of a new batch in running statistics.</summary>
        public double Momentum { get; init; } = 0.1;

        /// <summary>The activation.</summary>
        public ActivationKind Activation { get; init; } = ActivationKind.Prelu;

        /// <summary>Of a leaky ReLU.</summary>
        public double Slope { get; init; } = 0.01;

        /// <summary>Share of the elements that are zeroed in training; 0 for no such step.</summary>
        public double Dropout { get; init; }

        /// <summary>What stands behind a convolution, in order: N normalisation, D dropout, A activation.</summary>
        public string Order { get; init; } = "NDA";

        /// <summary>Whether convolutions have a bias.</summary>
        public bool Bias { get; init; } = true;

        /// <summary>The normalisation; null for none.</summary>
        public Layer? Normalise(int channels) => new ConvStyle { Norm = Norm, Affine = Affine, Groups = Groups, Epsilon = Epsilon, Momentum = Momentum }.Normalise(channels);

        /// <summary>The activation; overwrites its input where it can.</summary>
        public Layer Activate() => Activation == ActivationKind.LeakyRelu ? new LeakyRelu(Slope, inPlace: true) : new ConvStyle { Activation = Activation }.Activate();
    }

    /// <summary>A convolution and its dress; sides are divided by the stride. Keys: conv, adn.N, adn.A.</summary>
    public static Sequential Conv(Style style, int inChannels, int outChannels, long[] kernel, long[] stride) =>
        Dressed(style, new Conv(inChannels, outChannels, kernel, stride, bias: style.Bias), outChannels);

    /// <summary>A transposed convolution and its dress; sides are multiplied by the stride. Keys as <see cref="Conv"/>'s.</summary>
    public static Sequential Up(Style style, int inChannels, int outChannels, long[] kernel, long[] stride) =>
        Dressed(style, BareUp(style, inChannels, outChannels, kernel, stride), outChannels);

    /// <summary>The transposed convolution alone.</summary>
    public static ConvTranspose BareUp(Style style, int inChannels, int outChannels, long[] kernel, long[] stride) =>
        new(inChannels, outChannels, kernel, stride, [.. kernel.Select(k => (k - 1) / 2)], [.. stride.Select(s => s - 1)], bias: style.Bias);

    /// <summary>A convolution without dress. Key: conv.</summary>
    public static Sequential Bare(Layer conv) => new([("conv", conv)]);

    /// <summary>Two 3×3 convolutions. Keys: conv_0, conv_1.</summary>
    public static Sequential Twice(Style style, int inChannels, int outChannels)
    {
        var (three, one) = (Every(style.Dimensions, 3), Every(style.Dimensions, 1));
        return new([("conv_0", (Layer)Conv(style, inChannels, outChannels, three, one)), ("conv_1", Conv(style, outChannels, outChannels, three, one))]);
    }

    /// <summary>The same number along every axis.</summary>
    public static long[] Every(int dimensions, long value) => [.. Enumerable.Repeat(value, dimensions)];

    /// <summary>Twice the sides. Keys: deconv; preconv where the channels change; pixelshuffle.conv_block.</summary>
    public static Layer Upsample(MonaiUp kind, int dimensions, int inChannels, int outChannels, bool alignCorners) => kind switch
    {
        MonaiUp.NonTrainable => new Sequential(
        [
            .. inChannels == outChannels ? Array.Empty<(string, Layer)>() : [("preconv", new Conv(dimensions, inChannels, outChannels, kernel: 1))],
            ("upsample_non_trainable", new Upsample(2, Interpolation.Linear, alignCorners)),
        ]),
        MonaiUp.PixelShuffle => new Sequential([("pixelshuffle", (Layer)new PixelShuffle(dimensions, inChannels, outChannels))]),
        _ => new Sequential([("deconv", (Layer)new ConvTranspose(dimensions, inChannels, outChannels))]),
    };

    /// <summary>How it gets up, in words.</summary>
    public static string Words(MonaiUp kind, int dimensions) => kind switch
    {
        MonaiUp.NonTrainable => dimensions == 3 ? "trilinear ×2" : "bilinear ×2",
        MonaiUp.PixelShuffle => "pixel shuffle ×2",
        _ => $"up-conv {UShape.Times(dimensions, 2)}",
    };

    private static Sequential Dressed(Style style, Layer conv, int channels)
    {
        var behind = new List<(string Name, Layer Layer)>();
        foreach (var step in style.Order)
        {
            var layer = step switch
            {
                'N' => style.Normalise(channels),
                'D' => style.Dropout > 0 ? new Dropout(style.Dropout) : null,
                _ => style.Activate(),
            };
            if (layer is not null)
            {
                behind.Add((step.ToString(), layer));
            }
        }

        return new([("conv", conv), ("adn", new Sequential(behind))]);
    }

    /// <summary>A level of BasicUNet's decoder: up, join, two convolutions. Keys: upsample, convs.</summary>
    public sealed class UpCat : Module
    {
        private readonly Layer _up, _convs;

        /// <summary>From below and from across → out channels.</summary>
        public UpCat(Style style, MonaiUp kind, int below, int skip, int outChannels, bool halves)
        {
            var raised = halves ? below / 2 : below;
            _up = Child("upsample", Upsample(kind, style.Dimensions, below, raised, alignCorners: true));
            _convs = Child("convs", Twice(style, skip + raised, outChannels));
        }

        /// <summary>Up to the sides of the skip: what a pooling has dropped of an odd side is continued with the edge's values.</summary>
        public Tensor Raise(Tensor below, long[] sides)
        {
            using var scope = new TensorScope();
            var raised = _up.Forward(below);
            var missing = sides.Zip(raised.Shape.Skip(2), (want, has) => want - has).ToArray();
            return scope.Keep(missing.All(m => m == 0) ? raised : raised.PadEdge([.. missing.Reverse().SelectMany(m => new[] { 0, m })]));
        }

        /// <summary>What stands behind the join.</summary>
        public Tensor Convs(Tensor joined) => _convs.Forward(joined);
    }

    /// <summary>A level of BasicUNet's encoder behind the pooling. Key: convs.</summary>
    public sealed class Down : Layer
    {
        private readonly MaxPool _pool;
        private readonly Sequential _convs;

        /// <summary>In → out channels.</summary>
        public Down(Style style, int inChannels, int outChannels)
        {
            _pool = new(style.Dimensions);
            _convs = Child("convs", Twice(style, inChannels, outChannels));
        }

        /// <inheritdoc/>
        public override Tensor Forward(Tensor x)
        {
            using var pooled = _pool.Forward(x);
            return _convs.Forward(pooled);
        }
    }

    // A convolution makes 2^axes maps for each, whose voxels become a block; a mean over two smooths the blocks.
    private sealed class PixelShuffle : Layer
    {
        private readonly int _dimensions;
        private readonly Conv _conv;

        public PixelShuffle(int dimensions, int inChannels, int outChannels)
        {
            _dimensions = dimensions;
            _conv = Child("conv_block", new Conv(dimensions, inChannels, outChannels << dimensions));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = _conv.Forward(x);
            var shape = y.Shape;
            var channels = shape[1] >> _dimensions;
            long[] axes = [0, 1, .. Enumerable.Range(0, _dimensions).SelectMany(i => new long[] { i + 2 + _dimensions, i + 2 })];
            var shuffled = y.Reshape([shape[0], channels, .. Every(_dimensions, 2), .. shape[2..]]).Permute(axes).Reshape([shape[0], channels, .. shape[2..].Select(s => 2 * s)]);
            y.Dispose();
            var padded = shuffled.Pad([.. Enumerable.Repeat(new long[] { 1, 0 }, _dimensions).SelectMany(m => m)]);
            return scope.Keep(Pooling.Average(padded, Every(_dimensions, 2), Every(_dimensions, 1)));
        }
    }
}

using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Originals;

/// <summary>The blocks of nnU-Net's networks, under the parameter names of dynamic-network-architectures ("stages.0.0.convs.0.conv.weight").</summary>
internal static class DynamicBlocks
{
    /// <summary>A convolution and its dress: dropout, normalisation, activation. Keys: conv, norm, nonlin.</summary>
    public sealed class Unit : Layer
    {
        private readonly Layer[] _steps;

        /// <summary>In → out channels.</summary>
        /// <param name="o">How it is dressed.</param>
        /// <param name="inChannels">Channels that come in.</param>
        /// <param name="outChannels">Channels that go out.</param>
        /// <param name="kernel">Kernel per axis, odd.</param>
        /// <param name="stride">Step per axis.</param>
        /// <param name="drops">Whether it has the options' dropout.</param>
        /// <param name="activates">Whether it ends with an activation.</param>
        /// <param name="normLast">Whether the normalisation stands behind the activation.</param>
        /// <param name="bias">Whether the convolution has a bias.</param>
        public Unit(DynamicUNetOptions o, int inChannels, int outChannels, long[] kernel, long[] stride, bool drops, bool activates, bool normLast, bool bias)
        {
            var steps = new List<Layer> { Child("conv", new Conv(inChannels, outChannels, kernel, stride, bias: bias)) };
            if (drops && o.Dropout > 0)
            {
                steps.Add(Child("dropout", new Dropout(o.Dropout, channels: true)));
            }

            Layer? norm = o.Normalisation switch
            {
                NormKind.Batch => new BatchNorm(outChannels, o.Epsilon, o.Momentum, o.Affine),
                NormKind.Instance => new InstanceNorm(outChannels, o.Epsilon, o.Affine),
                _ => null,
            };
            if (norm is not null)
            {
                steps.Add(Child("norm", norm));
            }

            if (activates)
            {
                var activation = Child("nonlin", Activate(o));
                steps.Insert(norm is not null && normLast ? steps.Count - 1 : steps.Count, activation);
            }

            _steps = [.. steps];
        }

        /// <inheritdoc/>
        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = x;
            foreach (var step in _steps)
            {
                var next = step.Forward(y);
                if (!ReferenceEquals(next, y) && !ReferenceEquals(y, x))
                {
                    y.Dispose();
                }

                y = next;
            }

            return scope.Keep(y);
        }
    }

    /// <summary>Units one after another; the first has the stride. Keys: convs.0, convs.1, ….</summary>
    public sealed class Stack : Layer
    {
        private readonly Sequential _units;

        /// <summary>In → out channels in the first, out → out in the others.</summary>
        public Stack(DynamicUNetOptions o, int count, int inChannels, int outChannels, long[] kernel, long[] stride, bool normLast) =>
            _units = Child("convs", new Sequential(Enumerable.Range(0, count).Select(i => new Unit(
                o, i == 0 ? inChannels : outChannels, outChannels, kernel, i == 0 ? stride : One(o), drops: true, activates: true, normLast, o.Bias))));

        /// <inheritdoc/>
        public override Tensor Forward(Tensor x) => _units.Forward(x);
    }

    /// <summary>Residual blocks one after another; the first has the stride. Keys: blocks.0, blocks.1, ….</summary>
    public sealed class Residuals : Layer
    {
        private readonly Sequential _blocks;

        /// <summary>In → out channels in the first, out → out in the others.</summary>
        /// <param name="o">How the convolutions are dressed.</param>
        /// <param name="count">Blocks.</param>
        /// <param name="inChannels">Channels that come in.</param>
        /// <param name="bottleneck">Channels between the two 1×1 convolutions of a block; 0 for blocks of two convolutions.</param>
        /// <param name="outChannels">Channels that go out.</param>
        /// <param name="kernel">Kernel per axis, odd.</param>
        /// <param name="stride">Step per axis.</param>
        public Residuals(DynamicUNetOptions o, int count, int inChannels, int bottleneck, int outChannels, long[] kernel, long[] stride) =>
            _blocks = Child("blocks", new Sequential(Enumerable.Range(0, count).Select(i => new Residual(
                o, i == 0 ? inChannels : outChannels, bottleneck, outChannels, kernel, i == 0 ? stride : One(o)))));

        /// <inheritdoc/>
        public override Tensor Forward(Tensor x) => _blocks.Forward(x);
    }

    /// <summary>The contracting arm. Keys: stem, stages.</summary>
    public sealed class Encoder : Module
    {
        /// <summary>Takes the layers over.</summary>
        public Encoder(Layer? stem, IEnumerable<Layer> stages)
        {
            Stem = stem is null ? null : Child("stem", stem);
            Stages = Children("stages", stages);
        }

        /// <summary>What stands before the first stage; null for none.</summary>
        public Layer? Stem { get; }

        /// <summary>One per level, from the top.</summary>
        public Modules<Layer> Stages { get; }
    }

    /// <summary>The expanding arm, from the bottom up. Keys: stages, transpconvs, seg_layers.</summary>
    public sealed class Decoder : Module
    {
        /// <summary>A stage, a transposed convolution and a head for every level but the lowest.</summary>
        public Decoder(DynamicUNetOptions o, bool normLast)
        {
            var (widths, strides, kernels) = (o.StageWidths, o.StageStrides, o.StageKernels);
            var levels = Enumerable.Range(0, widths.Count - 1).Reverse().ToList();
            Stages = Children("stages", levels.Select((i, s) => new Stack(o, o.StageUpConvolutions[s], 2 * widths[i], widths[i], kernels[i], One(o), normLast)));
            Raises = Children("transpconvs", levels.Select(i => new ConvTranspose(widths[i + 1], widths[i], strides[i + 1], strides[i + 1], bias: o.Bias)));
            Heads = Children("seg_layers", levels.Select(i => new Conv(o.Dimensions, widths[i], o.Classes, kernel: 1)));
        }

        /// <summary>The convolutions behind the join.</summary>
        public Modules<Stack> Stages { get; }

        /// <summary>The steps up.</summary>
        public Modules<ConvTranspose> Raises { get; }

        /// <summary>Features → logits.</summary>
        public Modules<Conv> Heads { get; }
    }

    /// <summary>1 along every axis.</summary>
    public static long[] One(DynamicUNetOptions o) => [.. Enumerable.Repeat(1L, o.Dimensions)];

    // It may overwrite its input: no layer of ours saves what it leaves.
    private static Layer Activate(DynamicUNetOptions o) => o.Activation switch
    {
        ActivationKind.Relu => new Relu(inPlace: true),
        ActivationKind.Elu => new Elu(),
        ActivationKind.Prelu => new PRelu(),
        ActivationKind.Gelu => new Gelu(),
        ActivationKind.Silu => new Silu(),
        _ => new LeakyRelu(o.Slope, inPlace: true),
    };

    // ResNet-D: the stride of the shortcut is an average pooling, before a 1×1 convolution where the channels change.
    private sealed class Residual : Layer
    {
        private readonly Layer[] _units;
        private readonly Sequential? _skip;
        private readonly Layer _activation;

        public Residual(DynamicUNetOptions o, int inChannels, int bottleneck, int outChannels, long[] kernel, long[] stride)
        {
            var one = One(o);
            _units = bottleneck == 0
                ? [
                    Child("conv1", new Unit(o, inChannels, outChannels, kernel, stride, drops: true, activates: true, normLast: false, o.Bias)),
                    Child("conv2", new Unit(o, outChannels, outChannels, kernel, one, drops: false, activates: false, normLast: false, o.Bias)),
                ]
                : [
                    Child("conv1", new Unit(o, inChannels, bottleneck, one, one, drops: false, activates: true, normLast: false, o.Bias)),
                    Child("conv2", new Unit(o, bottleneck, bottleneck, kernel, stride, drops: true, activates: true, normLast: false, o.Bias)),
                    Child("conv3", new Unit(o, bottleneck, outChannels, one, one, drops: false, activates: false, normLast: false, o.Bias)),
                ];
            _activation = Child($"nonlin{_units.Length}", Activate(o));
            var skip = new List<Layer>();
            if (stride.Any(s => s != 1))
            {
                skip.Add(new Mean(stride));
            }

            if (inChannels != outChannels)
            {
                skip.Add(new Unit(o, inChannels, outChannels, one, one, drops: false, activates: false, normLast: false, bias: false));
            }

            _skip = skip.Count == 0 ? null : Child("skip", new Sequential(skip));

            // The sum begins as the shortcut alone.
            if (o.Init == StartingWeights.He)
            {
                foreach (var (_, weight) in _units[^1].NamedParameters().Where(p => p.Name.StartsWith("norm.", StringComparison.Ordinal)))
                {
                    Initialise.Constant(weight, 0);
                }
            }
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = x;
            foreach (var unit in _units)
            {
                var next = unit.Forward(y);
                if (!ReferenceEquals(y, x))
                {
                    y.Dispose();
                }

                y = next;
            }

            var shortcut = _skip?.Forward(x) ?? x;
            var sum = y + shortcut;
            y.Dispose();
            if (!ReferenceEquals(shortcut, x))
            {
                shortcut.Dispose();
            }

            return scope.Keep(_activation.Forward(sum));
        }
    }

    private sealed class Mean(long[] stride) : Layer
    {
        public override Tensor Forward(Tensor x) => Pooling.Average(x, stride, stride);
    }
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Originals;

/// <summary>The four blocks of V-Net, under MONAI's parameter names ("ops.0.conv_block.conv.weight").</summary>
/// <remarks>Source: Milletari et al. 2016, section 2. Parity: <c>05-variants/monai-vnet-*</c> and <c>mattmacy-vnet-*</c>.</remarks>
public static class VNetBlocks
{
    /// <summary>How the blocks are dressed.</summary>
    /// <param name="Dimensions">2 or 3.</param>
    /// <param name="Activation">Behind every normalisation and every sum; a PReLU learns one slope per channel.</param>
    /// <param name="Bias">Whether the convolutions before a normalisation have a bias too.</param>
    /// <param name="BatchStatistics">Whether the batch normalisations take the batch's statistics in evaluation too.</param>
    /// <param name="Slope">What a leaky ReLU multiplies negative values by.</param>
    /// <param name="OneSlope">Whether a PReLU has one slope for all channels.</param>
    public sealed record Style(
        int Dimensions, ActivationKind Activation = ActivationKind.Elu, bool Bias = false, bool BatchStatistics = false, double Slope = 0.01, bool OneSlope = false)
    {
        /// <summary>The activation of a map with that many channels; never in place.</summary>
        public Layer Activate(int channels) => Activation switch
        {
            ActivationKind.LeakyRelu => new LeakyRelu(Slope),
            ActivationKind.Elu => new Elu(),
            ActivationKind.Prelu => new PRelu(OneSlope ? 1 : channels),
            ActivationKind.Gelu => new Gelu(),
            ActivationKind.Silu => new Silu(),
            _ => new Relu(),
        };

        /// <summary>The normalisation.</summary>
        public BatchNorm Normalise(int channels) => new(channels, batchStatistics: BatchStatistics);

        /// <summary>A 5×5 (×5) convolution and its normalisation. Keys: conv, adn.N.</summary>
        public Sequential Conv(int inChannels, int outChannels) => new(
        [
            ("conv", new Conv(Dimensions, inChannels, outChannels, kernel: 5, bias: Bias)),
            ("adn", new Sequential([("N", (Layer)Normalise(outChannels))])),
        ]);
    }

    /// <summary>A convolution at full resolution; the image, repeated to as many channels, is added.</summary>
    public sealed class Input : Layer
    {
        private readonly Layer _activation;
        private readonly Sequential _conv;
        private readonly int _channels;

        /// <summary>In → out channels.</summary>
        /// <exception cref="UsageException">The image's channels do not divide the block's.</exception>
        public Input(Style style, int inChannels, int outChannels)
        {
            if (outChannels % inChannels != 0)
            {
                throw new UsageException($"{inChannels} channels cannot be repeated to {outChannels}", "give a number of channels that divides it");
            }

            _channels = outChannels;
            _activation = Child("act_function", style.Activate(outChannels));
            _conv = Child("conv_block", style.Conv(inChannels, outChannels));
        }

        /// <returns>[N, out, …].</returns>
        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = _conv.Forward(x);
            var sum = y + Tensor.Cat(axis: 1, [.. Enumerable.Repeat(x, (int)(_channels / x.Size(1)))]);
            y.Dispose();
            return scope.Keep(_activation.Forward(sum));
        }
    }

    /// <summary>Half the sides and twice the channels by a strided convolution, then convolutions around which the map is added.</summary>
    public sealed class Down : Layer
    {
        private readonly Conv _down;
        private readonly BatchNorm _norm;
        private readonly Layer _first, _last;
        private readonly Sequential _convolutions;
        private readonly Dropout? _dropout;

        /// <summary>In → twice as many channels.</summary>
        /// <param name="style">How it is dressed.</param>
        /// <param name="inChannels">Channels that come in.</param>
        /// <param name="convolutions">5×5 (×5) convolutions.</param>
        /// <param name="dropout">Share of the channels that are zeroed before them in training.</param>
        public Down(Style style, int inChannels, int convolutions, double dropout = 0)
        {
            var channels = 2 * inChannels;
            _down = Child("down_conv", new Conv(style.Dimensions, inChannels, channels, kernel: 2, stride: 2, padding: 0, bias: style.Bias));
            _norm = Child("bn1", style.Normalise(channels));
            _first = Child("act_function1", style.Activate(channels));
            _last = Child("act_function2", style.Activate(channels));
            _convolutions = Child("ops", new Sequential(Enumerable.Range(0, convolutions).Select(_ => new Lu(style, channels))));
            _dropout = dropout > 0 ? Child("dropout", new Dropout(dropout, channels: true)) : null;
        }

        /// <returns>[N, 2·in, …] at half the sides.</returns>
        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var strided = _down.Forward(x);
            var normalised = _norm.Forward(strided);
            strided.Dispose();
            var down = _first.Forward(normalised);
            normalised.Dispose();
            var y = _convolutions.Forward(_dropout?.Forward(down) ?? down);
            var sum = y + down;
            y.Dispose();
            down.Dispose();
            return scope.Keep(_last.Forward(sum));
        }
    }

    /// <summary>Twice the sides by a transposed convolution, the skip joins, then convolutions around which the joined map is added.</summary>
    public sealed class Up : Module
    {
        private readonly ConvTranspose _up;
        private readonly BatchNorm _norm;
        private readonly Dropout? _dropout, _skipDropout;
        private readonly Layer _first, _last;
        private readonly Sequential _convolutions;

        /// <summary>In → half of out channels, which the skip fills up to out.</summary>
        /// <param name="style">How it is dressed.</param>
        /// <param name="inChannels">Channels from below.</param>
        /// <param name="outChannels">Channels that go out.</param>
        /// <param name="convolutions">5×5 (×5) convolutions.</param>
        /// <param name="dropout">Share of the channels from below that are zeroed in training.</param>
        /// <param name="skipDropout">Share of the skip's channels that are zeroed in training.</param>
        public Up(Style style, int inChannels, int outChannels, int convolutions, double dropout = 0, double skipDropout = 0)
        {
            _up = Child("up_conv", new ConvTranspose(style.Dimensions, inChannels, outChannels / 2));
            _norm = Child("bn1", style.Normalise(outChannels / 2));
            _dropout = dropout > 0 ? Child("dropout", new Dropout(dropout, channels: true)) : null;
            _skipDropout = skipDropout > 0 ? Child("dropout2", new Dropout(skipDropout, channels: true)) : null;
            _first = Child("act_function1", style.Activate(outChannels / 2));
            _last = Child("act_function2", style.Activate(outChannels));
            _convolutions = Child("ops", new Sequential(Enumerable.Range(0, convolutions).Select(_ => new Lu(style, outChannels))));
        }

        /// <param name="x">From below.</param>
        /// <param name="skip">From across, with out/2 channels and twice the sides.</param>
        /// <returns>[N, out, …] at twice the sides.</returns>
        public Tensor Forward(Tensor x, Tensor skip)
        {
            using var scope = new TensorScope();
            var raised = _up.Forward(_dropout?.Forward(x) ?? x);
            var normalised = _norm.Forward(raised);
            raised.Dispose();
            var up = _first.Forward(normalised);
            normalised.Dispose();
            var joined = Tensor.Cat(axis: 1, up, _skipDropout?.Forward(skip) ?? skip);
            up.Dispose();
            var y = _convolutions.Forward(joined);
            var sum = y + joined;
            y.Dispose();
            joined.Dispose();
            return scope.Keep(_last.Forward(sum));
        }
    }

    /// <summary>A 5×5 (×5) convolution down to the classes and a 1×1 (×1) one behind it.</summary>
    public sealed class Output : Layer
    {
        private readonly Layer _activation;
        private readonly Sequential _conv;
        private readonly Conv _last;

        /// <summary>In channels → classes.</summary>
        public Output(Style style, int inChannels, int classes)
        {
            _activation = Child("act_function1", style.Activate(classes));
            _conv = Child("conv_block", style.Conv(inChannels, classes));
            _last = Child("conv2", new Conv(style.Dimensions, classes, classes, kernel: 1));
        }

        /// <returns>Logits [N, classes, …].</returns>
        public override Tensor Forward(Tensor x)
        {
            using var normalised = _conv.Forward(x);
            using var active = _activation.Forward(normalised);
            return _last.Forward(active);
        }
    }

    private sealed class Lu : Layer
    {
        private readonly Layer _activation;
        private readonly Sequential _conv;

        public Lu(Style style, int channels)
        {
            _activation = Child("act_function", style.Activate(channels));
            _conv = Child("conv_block", style.Conv(channels, channels));
        }

        public override Tensor Forward(Tensor x)
        {
            using var normalised = _conv.Forward(x);
            return _activation.Forward(normalised);
        }
    }
}

using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Originals;

/// <summary>The blocks of the 3D U-Net, under the parameter names of wolny/pytorch-3dunet ("basic_module.SingleConv1.conv.weight").</summary>
internal static class UNet3DBlocks
{
    private static readonly Dictionary<char, string> Steps = new()
    {
        ['c'] = "convolution",
        ['g'] = "group norm",
        ['b'] = "batch norm",
        ['i'] = "instance norm",
        ['r'] = "ReLU",
        ['l'] = "leaky ReLU",
        ['e'] = "ELU",
        ['d'] = "dropout",
        ['D'] = "channel dropout",
    };

    /// <summary>What is wrong with an order of steps; null for nothing.</summary>
    public static string? FaultOf(string order) =>
        order.FirstOrDefault(s => !Steps.ContainsKey(s)) is var unknown && unknown != default
            ? $"'{unknown}' is no step; known: {string.Join(", ", Steps.Select(s => $"{s.Key} {s.Value}"))}"
            : order.Count(s => s == 'c') != 1 ? "it must have one c, the convolution"
            : order.Count("gbi".Contains) > 1 ? "it may have one normalisation"
            : order.Count("rle".Contains) > 1 ? "it may have one activation"
            : order.Count("dD".Contains) > 1 ? "it may have one dropout"
            : "rle".Contains(order[0]) ? "an activation cannot come first, where it would read what another has left"
            : null;

    /// <summary>The steps in words.</summary>
    public static IEnumerable<string> Words(UNet3DOptions o) => o.Order.Select(s => s == 'c' ? $"conv {string.Join('×', o.KernelSides)}" : Steps[s]);

    /// <summary>What leaves the first of an encoder's two convolutions: half of what leaves the second, or what comes in if that is more.</summary>
    public static int Middle(UNet3DOptions o, int inChannels, int outChannels) => Math.Max(inChannels, o.GrowAtOnce ? outChannels : outChannels / 2);

    /// <summary>One convolution and its dress. Keys: conv, groupnorm, batchnorm, instancenorm.</summary>
    public static Sequential Single(UNet3DOptions o, string order, int inChannels, int outChannels, bool second = false)
    {
        var at = order.IndexOf('c');
        var dropout = second ? o.SecondDropout ?? o.Dropout : o.Dropout;
        return new(order.Select((step, i) =>
        {
            var channels = i < at ? inChannels : outChannels;
            var fresh = i > 0 && "cgbi".Contains(order[i - 1]);                 // nothing reads it again: it may be overwritten
            return step switch
            {
                'c' => ("conv", (Layer)new Conv(inChannels, outChannels, o.KernelSides, MonaiBlocks.Every(o.Dimensions, 1), o.Padded ? null : MonaiBlocks.Every(o.Dimensions, 0), bias: !order.Any("gbi".Contains))),
                'g' => ("groupnorm", new GroupNorm(channels < o.Groups ? 1 : o.Groups, channels)),
                'b' => ("batchnorm", new BatchNorm(channels)),
                'i' => ("instancenorm", new InstanceNorm(channels)),
                'r' => ("ReLU", new Relu(inPlace: fresh)),
                'l' => ("LeakyReLU", new LeakyRelu(inPlace: fresh)),
                'e' => ("ELU", new Elu()),
                'd' => ("dropout", new Dropout(dropout)),
                _ => ("dropout2d", new Dropout(dropout, channels: true)),
            };
        }));
    }

    private static Layer Block(UNet3DOptions o, int inChannels, int middle, int outChannels) => o.Residual
        ? new ResidualBlock(o, inChannels, outChannels)
        : new Sequential(
        [
            ("SingleConv1", (Layer)Single(o, o.Order, inChannels, middle)),
            ("SingleConv2", Single(o, o.Order, middle, outChannels, second: true)),
        ]);

    /// <summary>A level of the contracting arm, behind the pooling.</summary>
    public sealed class Encoder : Layer
    {
        private readonly Layer _block;

        /// <summary>In → out channels.</summary>
        public Encoder(UNet3DOptions o, int inChannels, int outChannels) =>
            _block = Child("basic_module", Block(o, inChannels, Middle(o, inChannels, outChannels), outChannels));

        /// <returns>[N, out, (D,) H, W].</returns>
        public override Tensor Forward(Tensor x) => _block.Forward(x);
    }

    /// <summary>A level of the expanding arm.</summary>
    public sealed class Decoder : Module
    {
        private readonly Raise? _raise;
        private readonly Layer _block;
        private readonly bool _adds;
        private readonly UpKind _kind;

        /// <summary>From below → out channels, which the skip has too.</summary>
        public Decoder(UNet3DOptions o, int below, int outChannels)
        {
            _adds = o.Residual && !o.Joins;
            _kind = o.Up;
            var transposed = o.Residual || o.Up == UpKind.Transposed;
            _raise = transposed ? Child("upsampling", new Raise(o.Dimensions, below, outChannels)) : null;
            var joined = _adds ? outChannels : outChannels + (transposed ? outChannels : below);
            _block = Child("basic_module", Block(o, joined, outChannels, outChannels));
        }

        /// <param name="below">From below; released as soon as it is read.</param>
        /// <param name="skip">From across; released as soon as it is read.</param>
        /// <returns>[N, out, (D,) H, W] at the skip's sides, less what unpadded convolutions take.</returns>
        public Tensor Forward(Tensor below, Tensor skip)
        {
            using var scope = new TensorScope();
            long[] sides = skip.Shape[2..];
            var raised = _raise?.Forward(below, sides)
                ?? (_kind == UpKind.Bilinear ? Pooling.Linear(below, sides, alignCorners: false) : Pooling.Nearest(below, sides));
            var joined = _adds ? skip + raised : Tensor.Cat(axis: 1, skip, raised);
            raised.Dispose();
            below.Dispose();
            skip.Dispose();
            return scope.Keep(_block.Forward(joined));
        }
    }

    // conv1 (1×1×1) brings the channels; conv2 and conv3 are the residual.
    private sealed class ResidualBlock : Layer
    {
        private readonly Conv? _project;
        private readonly Sequential _first, _second;
        private readonly Layer _activation;
        private readonly Excitation? _excitation;

        public ResidualBlock(UNet3DOptions o, int inChannels, int outChannels)
        {
            _project = inChannels == outChannels ? null : Child("conv1", new Conv(o.Dimensions, inChannels, outChannels, kernel: 1));
            _first = Child("conv2", Single(o, o.Order, outChannels, outChannels));
            _second = Child("conv3", Single(o, string.Concat(o.Order.Where(s => !"rle".Contains(s))), outChannels, outChannels));
            _activation = Child<Layer>("non_linearity", o.Order.Contains('l') ? new LeakyRelu(slope: 0.1) : o.Order.Contains('e') ? new Elu() : new Relu());
            _excitation = o.Excites ? Child("se_module", new Excitation(o.Dimensions, outChannels)) : null;
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var shortcut = _project?.Forward(x) ?? x;
            var inside = _first.Forward(shortcut);
            var y = _second.Forward(inside);
            inside.Dispose();
            var sum = y + shortcut;
            y.Dispose();
            var active = _activation.Forward(sum);
            return scope.Keep(_excitation?.Forward(active) ?? active);
        }
    }

    // Channels by their means (no fewer in between), places by their channels; the larger of the two everywhere.
    private sealed class Excitation : Layer
    {
        private readonly Sequential _channels;
        private readonly Conv _places;

        public Excitation(int axes, int channels)
        {
            _channels = Child("cSE", new Sequential([("fc1", (Layer)new Linear(channels, channels)), ("relu", new Relu()), ("fc2", new Linear(channels, channels)), ("sigmoid", new Sigmoid())]));
            _places = (Conv)Child("sSE", new Named("conv", new Conv(axes, channels, 1, kernel: 1))).Layer;
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            long[] each = [x.Size(0), x.Size(1), .. x.Shape.Skip(2).Select(_ => 1L)];
            var channels = x * _channels.Forward(x.Mean(x.SpatialAxes, keep: false)).Reshape(each);
            var places = x * _places.Forward(x).Sigmoid();
            return scope.Keep(channels + Activation.Relu(places - channels));
        }
    }

    // A transposed convolution of side 3 gives 2·side − 1; the nearest neighbour does the rest.
    private sealed class Raise : Module
    {
        private readonly ConvTranspose _conv;

        public Raise(int dimensions, int inChannels, int outChannels)
        {
            var inner = new Named("conv_transposed", new ConvTranspose(dimensions, inChannels, outChannels, kernel: 3, padding: 1, bias: false));
            _conv = (ConvTranspose)Child("upsample", inner).Layer;
        }

        public Tensor Forward(Tensor x, long[] sides)
        {
            using var raised = _conv.Forward(x);
            return Pooling.Nearest(raised, sides);
        }
    }

    private sealed class Named : Module
    {
        public Named(string name, Layer layer) => Layer = Child(name, layer);

        public Layer Layer { get; }
    }
}

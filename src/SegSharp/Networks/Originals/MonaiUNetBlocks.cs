using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Originals;

/// <summary>The blocks of MONAI's U-Net, under its parameter names ("conv.unit0.adn.A.weight").</summary>
internal static class MonaiUNetBlocks
{
    private static MonaiBlocks.Style Style(MonaiUNetOptions o) => new()
    {
        Dimensions = o.Dimensions,
        Norm = o.Normalisation,
        Affine = o.Normalisation != NormKind.Instance || o.Affine,
        Groups = o.Groups,
        Epsilon = o.Epsilon,
        Momentum = o.Momentum,
        Activation = o.Activation,
        Slope = o.Slope,
        Dropout = o.Dropout,
        Order = o.Order,
        Bias = o.Bias,
    };

    private static long[] One(MonaiUNetOptions o) => MonaiBlocks.Every(o.Dimensions, 1);

    private static Layer Down(MonaiUNetOptions o, int inChannels, int outChannels, long[] stride) => o.ResidualUnits == 0
        ? MonaiBlocks.Conv(Style(o), inChannels, outChannels, o.Levels.Kernel, stride)
        : new Residual(o, inChannels, outChannels, stride, o.ResidualUnits, bare: false);

    private static Sequential Up(MonaiUNetOptions o, int inChannels, int outChannels, long[] stride, bool top) => o.ResidualUnits > 0
        ? new Sequential(MonaiBlocks.Up(Style(o), inChannels, outChannels, o.Levels.UpKernel, stride), new Residual(o, outChannels, outChannels, One(o), units: 1, bare: top))
        : top ? MonaiBlocks.Bare(MonaiBlocks.BareUp(Style(o), inChannels, outChannels, o.Levels.UpKernel, stride))
        : MonaiBlocks.Up(Style(o), inChannels, outChannels, o.Levels.UpKernel, stride);

    /// <summary>A level with everything below it: down, what lies below beside it, up.</summary>
    public sealed class Level : Layer
    {
        private readonly Layer _down, _up;
        private readonly Skip _below;

        /// <summary>The level by its number; 0 is the whole network.</summary>
        public Level(MonaiUNetOptions o, int level)
        {
            var widths = o.Levels.Widths;
            var last = level == widths.Count - 2;
            var (width, stride) = (widths[level], o.Levels.Strides[level]);
            _down = Child("0", Down(o, level == 0 ? o.InChannels : widths[level - 1], width, stride));
            _below = Child("1", new Skip(last ? Down(o, width, widths[level + 1], One(o)) : new Level(o, level + 1)));
            _up = Child("2", Up(o, width + (last ? widths[level + 1] : width), level == 0 ? o.Classes : widths[level - 1], stride, top: level == 0));
        }

        /// <returns>[N, channels of the level above, …] at the sides of <paramref name="x"/>.</returns>
        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var skip = _down.Forward(x);                                        // ↓
            var below = _below.Inner.Forward(skip);                             // ∪
            var joined = Tensor.Cat(axis: 1, skip, below);                      // →
            skip.Dispose();
            below.Dispose();
            return scope.Keep(_up.Forward(joined));                             // ↑
        }
    }

    private sealed class Skip : Module
    {
        public Skip(Layer inner) => Inner = Child("submodule", inner);

        public Layer Inner { get; }
    }

    private sealed class Residual : Layer
    {
        private readonly Sequential _units;
        private readonly Conv? _shortcut;

        public Residual(MonaiUNetOptions o, int inChannels, int outChannels, long[] stride, int units, bool bare)
        {
            var (style, kernel) = (Style(o), o.Levels.Kernel);
            _units = Child("conv", new Sequential(Enumerable.Range(0, units).Select(i =>
            {
                var (comes, step) = i == 0 ? (inChannels, stride) : (outChannels, One(o));
                return ($"unit{i}", (Layer)(bare && i == units - 1
                    ? MonaiBlocks.Bare(new Conv(comes, outChannels, kernel, step, bias: o.Bias))
                    : MonaiBlocks.Conv(style, comes, outChannels, kernel, step)));
            })));

            // Only the channels differ: 1×1; the sides too: the kernel with the same stride.
            var keeps = stride.All(s => s == 1);
            _shortcut = keeps && inChannels == outChannels ? null
                : Child("residual", new Conv(inChannels, outChannels, keeps ? One(o) : kernel, stride, bias: o.Bias));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = _units.Forward(x);
            return scope.Keep(y + (_shortcut?.Forward(x) ?? x));
        }
    }
}

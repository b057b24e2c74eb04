using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Originals;

/// <summary>The blocks of MONAI's U-Net, under its parameter names ("conv.unit0.adn.A.weight").</summary>
internal static class MonaiUNetBlocks
{
    // What stands behind a convolution: normalisation, dropout, activation.
    private static Sequential Dressed(MonaiUNetOptions o, Layer conv, int channels)
    {
        var style = new ConvStyle
        {
            Norm = o.Normalisation,
            Affine = o.Normalisation != NormKind.Instance || o.Affine,
            Groups = o.Groups,
            Activation = o.Activation,
        };
        var behind = new List<(string Name, Layer Layer)>();
        if (style.Normalise(channels) is { } norm)
        {
            behind.Add(("N", norm));
        }

        if (o.Dropout > 0)
        {
            behind.Add(("D", new Dropout(o.Dropout)));
        }

        behind.Add(("A", style.Activate()));
        return new([("conv", conv), ("adn", new Sequential(behind))]);
    }

    private static Layer Down(MonaiUNetOptions o, int inChannels, int outChannels, int stride) => o.ResidualUnits == 0
        ? Dressed(o, new Conv(o.Dimensions, inChannels, outChannels, stride: stride, bias: o.Bias), outChannels)
        : new Residual(o, inChannels, outChannels, stride, o.ResidualUnits, bare: false);

    private static Layer Up(MonaiUNetOptions o, int inChannels, int outChannels, bool top)
    {
        var conv = new ConvTranspose(o.Dimensions, inChannels, outChannels, kernel: 3, padding: 1, outputPadding: 1, bias: o.Bias);
        return o.ResidualUnits > 0
            ? new Sequential(Dressed(o, conv, outChannels), new Residual(o, outChannels, outChannels, stride: 1, units: 1, bare: top))
            : top ? new Sequential([("conv", (Layer)conv)]) : Dressed(o, conv, outChannels);
    }

    /// <summary>A level with everything below it: down, what lies below beside it, up.</summary>
    public sealed class Level : Layer
    {
        private readonly Layer _down, _up;
        private readonly Skip _below;

        /// <summary>The level by its number; 0 is the whole network.</summary>
        public Level(MonaiUNetOptions o, int level)
        {
            var widths = o.Levels;
            var last = level == widths.Count - 2;
            var width = widths[level];
            _down = Child("0", Down(o, level == 0 ? o.InChannels : widths[level - 1], width, stride: 2));
            _below = Child("1", new Skip(last ? Down(o, width, widths[level + 1], stride: 1) : new Level(o, level + 1)));
            _up = Child("2", Up(o, width + (last ? widths[level + 1] : width), level == 0 ? o.Classes : widths[level - 1], top: level == 0));
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

        public Residual(MonaiUNetOptions o, int inChannels, int outChannels, int stride, int units, bool bare)
        {
            _units = Child("conv", new Sequential(Enumerable.Range(0, units).Select(i =>
            {
                var conv = new Conv(o.Dimensions, i == 0 ? inChannels : outChannels, outChannels, stride: i == 0 ? stride : 1, bias: o.Bias);
                return ($"unit{i}", (Layer)(bare && i == units - 1 ? new Sequential([("conv", (Layer)conv)]) : Dressed(o, conv, outChannels)));
            })));

            // Only the channels differ: 1×1; the sides too: 3×3 with the same stride.
            _shortcut = stride == 1 && inChannels == outChannels ? null
                : Child("residual", new Conv(o.Dimensions, inChannels, outChannels, kernel: stride == 1 ? 1 : 3, stride: stride, bias: o.Bias));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            var y = _units.Forward(x);
            return scope.Keep(y + (_shortcut?.Forward(x) ?? x));
        }
    }
}

using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Originals;

/// <summary>The five blocks of the course's U-Net, under the parameter names of the exercise ("block.0.weight").</summary>
/// <remarks>Source: exercise 8.1 of the course. Parity: <c>01-unet/seed001-block-*</c>, to 1e-5.</remarks>
public static class BasicUNetBlocks
{
    /// <summary>Two 3×3 convolutions at full resolution.</summary>
    public sealed class Input : Layer
    {
        private readonly Sequential _block;

        /// <summary>In → out channels.</summary>
        public Input(ConvStyle style, int inChannels, int outChannels) =>
            _block = Child("block", new Sequential([.. Twice(style, inChannels, outChannels)]));

        /// <returns>[N, out, …], which is the skip too.</returns>
        public override Tensor Forward(Tensor x) => _block.Forward(x);
    }

    /// <summary>Half the sides, then two 3×3 convolutions.</summary>
    public sealed class Down : Layer
    {
        private readonly Sequential _block;

        /// <summary>In → out channels.</summary>
        public Down(ConvStyle style, int inChannels, int outChannels) =>
            _block = Child("block", new Sequential([new MaxPool(style.Dimensions), .. Twice(style, inChannels, outChannels)]));

        /// <returns>[N, out, …] at half the sides, which is the skip too.</returns>
        public override Tensor Forward(Tensor x) => _block.Forward(x);
    }

    /// <summary>Half the sides, two 3×3 convolutions, and back up.</summary>
    public sealed class Bottleneck : Layer
    {
        private readonly Sequential _block;

        /// <summary>In → middle → in channels.</summary>
        public Bottleneck(ConvStyle style, int inChannels, int middle, int outChannels) =>
            _block = Child("block", new Sequential([new MaxPool(style.Dimensions), .. Twice(style, inChannels, middle), .. Raise(style, middle, outChannels)]));

        /// <returns>[N, out, …] at the sides of <paramref name="x"/>.</returns>
        public override Tensor Forward(Tensor x) => _block.Forward(x);
    }

    /// <summary>The skip joins, two 3×3 convolutions, and up.</summary>
    public sealed class Up : Module
    {
        private readonly Sequential _block;

        /// <summary>Joined → middle → out channels.</summary>
        public Up(ConvStyle style, int joined, int middle, int outChannels) =>
            _block = Child("block", new Sequential([.. Twice(style, joined, middle), .. Raise(style, middle, outChannels)]));

        /// <param name="x">From below.</param>
        /// <param name="skip">From across, with the same sides.</param>
        /// <returns>[N, out, …] at twice the sides.</returns>
        public Tensor Forward(Tensor x, Tensor skip)
        {
            using var joined = Tensor.Cat(axis: 1, x, skip);
            return _block.Forward(joined);
        }
    }

    /// <summary>The skip joins, two 3×3 convolutions, and the 1×1 convolution to the classes.</summary>
    public sealed class Output : Module
    {
        private readonly Sequential _block;

        /// <summary>Joined → middle → classes.</summary>
        public Output(ConvStyle style, int joined, int middle, int classes) =>
            _block = Child("block", new Sequential([.. Twice(style, joined, middle), new Conv(style.Dimensions, middle, classes, kernel: 1)]));

        /// <param name="x">From below.</param>
        /// <param name="skip">From across, with the same sides.</param>
        /// <returns>Logits [N, classes, …].</returns>
        public Tensor Forward(Tensor x, Tensor skip)
        {
            using var joined = Tensor.Cat(axis: 1, x, skip);
            return _block.Forward(joined);
        }
    }

    private static IEnumerable<Layer> Twice(ConvStyle style, int inChannels, int outChannels) =>
    [
        style.Conv(inChannels, outChannels), .. style.Behind(outChannels).Select(b => b.Layer),
        style.Conv(outChannels, outChannels), .. style.Behind(outChannels).Select(b => b.Layer),
    ];

    private static IEnumerable<Layer> Raise(ConvStyle style, int inChannels, int outChannels) =>
        [new ConvTranspose(style.Dimensions, inChannels, outChannels), .. style.Behind(outChannels).Select(b => b.Layer)];
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>Options of the practical work's U-Net.</summary>
public sealed record PracticalUNetOptions : NetworkOptions
{
    /// <summary>The four MR sequences of BraTS in and its four labels out.</summary>
    public PracticalUNetOptions()
    {
        InChannels = 4;
        Classes = 4;
    }

    /// <summary>Channels of the first level; every level below has twice as many.</summary>
    public int Base { get; init; } = 64;

    /// <inheritdoc/>
    public override string About => "the practical work's U-Net as a Keras user builds it: nearest upsampling, then a 2×2 convolution; any image size";

    /// <inheritdoc/>
    public override string HeldAgainst => "PyTorch, written by hand from the practical work";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base is < 1 or > 4096)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 to 4096");
        }
    }
}

/// <summary>The U-Net of 2015 with "same" convolutions in Keras's manner: no normalisation, and an up-convolution that is an upsampling and a 2×2 convolution.</summary>
/// <remarks>
/// Source: the practical work's text after Ronneberger et al. 2015; 31,032,516 parameters, 23 convolutions. Differs from the text, whose
/// unpadded convolutions do not fit its own 96×96 outputs. A 2×2 convolution is padded at the far sides, as "same" means in Keras;
/// starting weights are Keras's too: Glorot uniform, biases 0. Nothing stands behind the 2×2 convolution: the text names no activation.
/// Keys: down_conv_block_1.conv1 … down_conv_block_4, bottleneck, up_conv_block_1.up … up_conv_block_4 from the bottom up, out. Parity: own script.
/// </remarks>
public sealed class PracticalUNet : Network
{
    private const int Depth = 4;
    private readonly PracticalUNetOptions _options;
    private readonly List<DownConvBlock> _down;
    private readonly DownConvBlock _bottom;
    private readonly List<UpConvBlock> _up;
    private readonly MaxPool _pool = new(2);
    private readonly Conv _out;

    /// <summary>Builds with fresh weights.</summary>
    public PracticalUNet(PracticalUNetOptions o)
        : base(o)
    {
        int Width(int level) => o.Base << level;

        _options = o;
        _down = [.. Enumerable.Range(0, Depth).Select(i => Child($"down_conv_block_{i + 1}", new DownConvBlock(i == 0 ? o.InChannels : Width(i - 1), Width(i))))];
        _bottom = Child("bottleneck", new DownConvBlock(Width(Depth - 1), Width(Depth)));
        _up = [.. Enumerable.Range(1, Depth).Select(i => Child($"up_conv_block_{i}", new UpConvBlock(Width(Depth + 1 - i), Width(Depth - i))))];
        _out = Child("out", new Conv(2, o.Base, o.Classes, kernel: 1));
        foreach (var conv in NamedModules().Select(m => m.Module).OfType<Conv>())
        {
            Initialise.XavierUniform(conv.Weight);
            Initialise.Constant(conv.Bias!, 0);
        }
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = [.. Enumerable.Range(1, Depth).Select(i => $"down_conv_block_{i}"), "bottleneck"] };

    /// <param name="image">[N, InChannels, H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var x = AnySize.Enlarge(image, 1 << Depth);
        var skips = new Stack<Tensor>();
        foreach (var down in _down)
        {
            skips.Push(down.Forward(x));
            x = _pool.Forward(skips.Peek());
        }

        x = _bottom.Forward(x);
        foreach (var up in _up)
        {
            using var below = x;
            using var skip = skips.Pop();
            x = up.Forward(below, skip);
        }

        return scope.Keep(AnySize.Cut(_out.Forward(x), image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides) => UShape.Draw(this, sides, new()
    {
        Title = $"The practical work's U-Net, base {_options.Base}",
        Depth = Depth,
        Width = level => _options.Base << level,
        Block = ["conv 3×3", "ReLU", "conv 3×3", "ReLU"],
        Raising = "nearest ×2, conv 2×2",
    });

    private sealed class DownConvBlock : Layer
    {
        private readonly Conv _conv1, _conv2;

        public DownConvBlock(int inChannels, int outChannels)
        {
            _conv1 = Child("conv1", new Conv(2, inChannels, outChannels));
            _conv2 = Child("conv2", new Conv(2, outChannels, outChannels));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            using var first = Activation.ReluInPlace(_conv1.Forward(x));
            return scope.Keep(Activation.ReluInPlace(_conv2.Forward(first)));
        }
    }

    private sealed class UpConvBlock : Module
    {
        private readonly Conv _up, _conv1, _conv2;

        public UpConvBlock(int inChannels, int outChannels)
        {
            _up = Child("up", new Conv(2, inChannels, outChannels, kernel: 2, padding: 0));
            _conv1 = Child("conv1", new Conv(2, 2 * outChannels, outChannels));
            _conv2 = Child("conv2", new Conv(2, outChannels, outChannels));
        }

        public Tensor Forward(Tensor below, Tensor skip)
        {
            using var scope = new TensorScope();
            var larger = Pooling.Nearest(below, [2 * below.Size(2), 2 * below.Size(3)]).Pad([0, 1, 0, 1]);   // "same" for an even kernel
            var joined = Tensor.Cat(axis: 1, skip, _up.Forward(larger));        // [N, 2W, 2H, 2W]
            larger.Dispose();
            var first = Activation.ReluInPlace(_conv1.Forward(joined));
            joined.Dispose();
            return scope.Keep(Activation.ReluInPlace(_conv2.Forward(first)));
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of milesial's U-Net.</summary>
public sealed record MilesialUNetOptions : NetworkOptions
{
    /// <summary>RGB in and two classes out, as in the original's script.</summary>
    public MilesialUNetOptions()
    {
        InChannels = 3;
        Classes = 2;
    }

    /// <summary>Channels of the first level; 64 in the original.</summary>
    public int Base { get; init; } = 64;

    /// <summary>Bilinear interpolation instead of a transposed convolution; halves the widths of the bottom.</summary>
    public bool Bilinear { get; init; }

    /// <inheritdoc/>
    public override string About => "the most used public U-Net, transposed or bilinear";

    /// <inheritdoc/>
    public override string HeldAgainst => "milesial/Pytorch-UNet";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base < 1)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 or more");
        }
    }
}

/// <summary>The most used public U-Net: the skip joins before the raised map, convolutions have no bias, odd sizes are padded on the way up.</summary>
/// <remarks>
/// Source: milesial/Pytorch-UNet 21d7850f. Parity: <c>01-unet/milesial-*</c>, to 1e-5, with the original's keys (inc, down1 … up4, outc).
/// The bilinear form interpolates with corner centres in place, and its decoder's blocks have a middle width of half the joined maps.
/// </remarks>
public sealed class MilesialUNet : Network
{
    private const int Depth = 4;
    private readonly MilesialUNetOptions _options;
    private readonly DoubleConv _in;
    private readonly Down[] _down;
    private readonly Up[] _up;
    private readonly Out _out;

    /// <summary>Builds with fresh weights.</summary>
    public MilesialUNet(MilesialUNetOptions o)
        : base(o)
    {
        int Width(int level) => o.Base << level;

        _options = o;
        var factor = o.Bilinear ? 2 : 1;
        _in = Child("inc", new DoubleConv(o.InChannels, Width(0), Width(0)));
        _down = [.. Enumerable.Range(1, Depth).Select(i => Child($"down{i}", new Down(Width(i - 1), i == Depth ? Width(i) / factor : Width(i))))];
        _up = [.. Enumerable.Range(1, Depth).Select(i => Child($"up{i}", new Up(Width(Depth + 1 - i), i == Depth ? Width(0) : Width(Depth - i) / factor, o.Bilinear)))];
        _out = Child("outc", new Out(Width(0), o.Classes));
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["inc", "down1", "down2", "down3", "down4"] };

    /// <param name="image">[N, InChannels, H, W]; both sides 16 or more.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        OutputSides(image.Shape[2..]);
        using var scope = new TensorScope();
        var x = _in.Forward(image);
        var skips = new Stack<Tensor>();
        foreach (var down in _down)
        {
            skips.Push(x);
            x = down.Forward(x);
        }

        foreach (var up in _up)
        {
            using var below = x;
            using var skip = skips.Pop();
            x = up.Forward(below, skip);
        }

        return scope.Keep(_out.Forward(x));
    }

    /// <inheritdoc/>
    public override long[] OutputSides(long[] sides) => sides.All(s => s >= 1 << Depth)
        ? [.. sides]
        : throw new InputException($"an image of {string.Join('×', sides)} does not fit this network; both sides must be {1 << Depth} or more");

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides) => UShape.Draw(this, sides, new()
    {
        Title = $"milesial's U-Net, base {_options.Base}{(_options.Bilinear ? ", bilinear" : "")}",
        Depth = Depth,
        Width = level => level == Depth && _options.Bilinear ? _options.Base << (level - 1) : _options.Base << level,
        Block = [.. Enumerable.Repeat(new ConvStyle().Words(), 2).SelectMany(w => w)],
        Up = _options.Bilinear ? UpKind.Bilinear : UpKind.Transposed,
    });

    private sealed class DoubleConv : Layer
    {
        private readonly Sequential _block;

        public DoubleConv(int inChannels, int middle, int outChannels) => _block = Child("double_conv", new Sequential(
            new Conv(2, inChannels, middle, bias: false), new BatchNorm(middle), new Relu(inPlace: true),
            new Conv(2, middle, outChannels, bias: false), new BatchNorm(outChannels), new Relu(inPlace: true)));

        public override Tensor Forward(Tensor x) => _block.Forward(x);
    }

    private sealed class Down : Layer
    {
        private readonly Sequential _block;

        public Down(int inChannels, int outChannels) =>
            _block = Child("maxpool_conv", new Sequential(new MaxPool(2), new DoubleConv(inChannels, outChannels, outChannels)));

        public override Tensor Forward(Tensor x) => _block.Forward(x);
    }

    private sealed class Up : Module
    {
        private readonly Layer _up;
        private readonly DoubleConv _conv;

        public Up(int joined, int outChannels, bool bilinear)
        {
            _up = Child<Layer>("up", bilinear ? new Upsample(2, Interpolation.Linear, alignCorners: true) : new ConvTranspose(2, joined, joined / 2));
            _conv = Child("conv", new DoubleConv(joined, bilinear ? joined / 2 : outChannels, outChannels));
        }

        public Tensor Forward(Tensor x, Tensor skip)
        {
            using var scope = new TensorScope();
            var raised = _up.Forward(x);
            var (dy, dx) = (skip.Size(2) - raised.Size(2), skip.Size(3) - raised.Size(3));
            if (dy != 0 || dx != 0)
            {
                raised = raised.Pad([dx / 2, dx - (dx / 2), dy / 2, dy - (dy / 2)]);
            }

            return scope.Keep(_conv.Forward(Tensor.Cat(axis: 1, skip, raised)));
        }
    }

    private sealed class Out : Layer
    {
        private readonly Conv _conv;

        public Out(int inChannels, int classes) => _conv = Child("conv", new Conv(2, inChannels, classes, kernel: 1));

        public override Tensor Forward(Tensor x) => _conv.Forward(x);
    }
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>Options of the course's U-Net.</summary>
public sealed record BasicUNetOptions : NetworkOptions
{
    /// <summary>RGB in, as in the exercise.</summary>
    public BasicUNetOptions() => InChannels = 3;

    /// <summary>Channels of the first level.</summary>
    public int Base { get; init; } = 64;

    /// <summary>Downsampling blocks in addition to the input block; the bottleneck halves the sides once more.</summary>
    public int Blocks { get; init; } = 2;

    /// <summary>Behind every convolution and every transposed convolution.</summary>
    public NormKind Normalisation { get; init; } = NormKind.Batch;

    /// <summary>Whether the normalisation learns scale and shift.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Groups of the group normalisation; must divide <see cref="Base"/>.</summary>
    public int Groups { get; init; } = 8;

    /// <summary>Behind every normalisation.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>What the convolutions hold at the start; the exercise asks for Kaiming normal.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.KaimingNormal;

    /// <inheritdoc/>
    public override string About => "the course's U-Net: paths of blocks, normalised up-convolutions";

    /// <inheritdoc/>
    public override string HeldAgainst => "exercise BasicUNet";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Base < 2 || Base % 2 != 0)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be even and 2 or more");
        }

        if (Blocks is < 0 or > 7)
        {
            yield return Fault.At("network.blocks", $"is {Blocks}; it must be 0 to 7");
        }

        if (Groups < 1 || (Normalisation == NormKind.Group && Base % Groups != 0))
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide network.base, which is {Base}");
        }
    }
}

/// <summary>The course's U-Net: a downsampling path, a bottleneck and an upsampling path, normalised behind every up-convolution too.</summary>
/// <remarks>
/// Source: exercises 8.1 to 8.3 of the course. Parity: <c>01-unet/seed001-*</c>, to 1e-5; 7,703,873 parameters by default.
/// Any size: as <see cref="UNet"/>. Keys: downsampling_path.blocks.i.block, bottleneck.block, upsampling_path.blocks.i.block.
/// </remarks>
public sealed class BasicUNet : Network
{
    private readonly Path _down, _up;
    private readonly BasicUNetBlocks.Bottleneck _bottleneck;
    private readonly BasicUNetOptions _options;

    /// <summary>Builds with fresh weights.</summary>
    public BasicUNet(BasicUNetOptions o)
        : base(o)
    {
        int Width(int level) => o.Base << level;

        _options = o;
        var style = new ConvStyle { Norm = o.Normalisation, Affine = o.Affine, Groups = o.Groups, Activation = o.Activation };
        var levels = Enumerable.Range(0, o.Blocks + 1).ToList();
        _down = Child("downsampling_path", new Path(levels.Select(Layer (i) => i == 0
            ? new BasicUNetBlocks.Input(style, o.InChannels, Width(0))
            : new BasicUNetBlocks.Down(style, Width(i - 1), Width(i)))));
        _bottleneck = Child("bottleneck", new BasicUNetBlocks.Bottleneck(style, Width(o.Blocks), Width(o.Blocks + 1), Width(o.Blocks)));
        _up = Child("upsampling_path", new Path(levels.AsEnumerable().Reverse().Select(Module (i) => i == 0
            ? new BasicUNetBlocks.Output(style, 2 * Width(0), Width(0), o.Classes)
            : new BasicUNetBlocks.Up(style, 2 * Width(i), Width(i), Width(i - 1)))));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["downsampling_path"] };

    /// <param name="image">[N, InChannels, H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var skips = new Stack<Tensor>();
        var x = AnySize.Enlarge(image, 1 << (_options.Blocks + 1));
        foreach (var block in _down.Blocks.Cast<Layer>())
        {
            skips.Push(x = block.Forward(x));                                   // ↓ every block's output is a skip
        }

        x = _bottleneck.Forward(x);                                             // ∪
        foreach (var block in _up.Blocks)
        {
            using var below = x;
            using var skip = skips.Pop();
            x = block is BasicUNetBlocks.Up up ? up.Forward(below, skip) : ((BasicUNetBlocks.Output)block).Forward(below, skip);
        }

        return scope.Keep(AnySize.Cut(x, image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides) => UShape.Draw(this, sides, new()
    {
        Title = $"The course's U-Net, base {_options.Base}, {_options.Blocks} downsampling blocks",
        Depth = _options.Blocks + 1,
        Width = level => _options.Base << level,
        Block = [.. Enumerable.Repeat(new ConvStyle { Norm = _options.Normalisation, Activation = _options.Activation }.Words(), 2).SelectMany(w => w)],
    });

    private sealed class Path : Module
    {
        public Path(IEnumerable<Module> blocks) => Blocks = Children("blocks", blocks);

        public Modules<Module> Blocks { get; }
    }
}

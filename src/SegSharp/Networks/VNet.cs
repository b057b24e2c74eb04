using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>Options of V-Net.</summary>
public sealed record VNetOptions : NetworkOptions
{
    /// <summary>Spatial axes: 3 as in the paper, or 2.</summary>
    public int Dimensions { get; init; } = 3;

    /// <summary>Channels of the first level; every level below has twice as many. The image's channels must divide it, because the image is repeated to as many.</summary>
    public int Base { get; init; } = 16;

    /// <summary>5×5×5 convolutions of the four blocks on the way down, from the top. The paper draws 2, 3, 3, 3.</summary>
    public IReadOnlyList<int> DownConvolutions { get; init; } = [1, 2, 3, 2];

    /// <summary>5×5×5 convolutions of the four blocks on the way up, from the bottom. The paper draws 3, 3, 2, 1.</summary>
    public IReadOnlyList<int> UpConvolutions { get; init; } = [2, 2, 1, 1];

    /// <summary>Behind every normalisation and every sum: ELU as in the re-implementations; PReLU, one slope per channel, in the paper.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Elu;

    /// <summary>What a leaky ReLU multiplies negative values by.</summary>
    public double Slope { get; init; } = 0.01;

    /// <summary>Whether a PReLU has one slope for all channels.</summary>
    public bool OneSlope { get; init; }

    /// <summary>Whether the convolutions before a batch normalisation have a bias. Off in MONAI, on in vnet.pytorch.</summary>
    public bool Bias { get; init; }

    /// <summary>Whether the batch normalisations take the batch's statistics in evaluation too, as vnet.pytorch does.</summary>
    public bool BatchStatistics { get; init; }

    /// <summary>Share of the channels that are zeroed in training in the two deepest blocks of either arm.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Share of every skip's channels that are zeroed in training.</summary>
    public double SkipDropout { get; init; } = 0.5;

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "V-Net: residual blocks of 5×5×5 convolutions, strided instead of pooled";

    /// <inheritdoc/>
    public override string HeldAgainst => "MONAI VNet, mattmacy/vnet.pytorch";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Dimensions is not (2 or 3))
        {
            yield return Fault.At("network.dimensions", $"is {Dimensions}; it must be 2 or 3");
        }

        if (Base is < 1 or > 4096)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 to 4096");
        }
        else if (InChannels >= 1 && Base % InChannels != 0)
        {
            yield return Fault.At("network.inChannels", $"is {InChannels}; it must divide network.base, which is {Base}, because the image is repeated to as many channels");
        }

        foreach (var (key, counts) in new[] { ("network.downConvolutions", DownConvolutions), ("network.upConvolutions", UpConvolutions) })
        {
            if (counts.Count != 4 || counts.Any(c => c is < 1 or > 8))
            {
                yield return Fault.At(key, $"is [{string.Join(", ", counts)}]; it must be four numbers from 1 to 8");
            }
        }

        if (Slope is not (>= 0 and <= 1))
        {
            yield return Fault.At("network.slope", $"is {Slope}; it must be in [0, 1]");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }

        if (SkipDropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.skipDropout", $"is {SkipDropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>V-Net: residual blocks of large kernels, strided convolutions down, transposed ones up, a skip across at every level.</summary>
/// <remarks>
/// Source: Milletari et al. 2016, figure 2; convolutions per block and the dropout as MONAI's and mattmacy's code has them.
/// Parity: the blocks of both; names and the 45,597,898 parameters of MONAI's at one channel and two classes.
/// Any size: as <see cref="UNet"/>, to multiples of 16. Keys: in_tr, down_tr32 to down_tr256, up_tr256 to up_tr32, out_tr, whatever
/// <see cref="VNetOptions.Base"/> is; <see cref="KeyMaps.MattmacyVNet"/> knows the other original's.
/// </remarks>
public sealed class VNet : Network
{
    private const int Levels = 4;

    private readonly VNetOptions _options;
    private readonly VNetBlocks.Input _in;
    private readonly List<VNetBlocks.Down> _down;
    private readonly List<VNetBlocks.Up> _up;
    private readonly VNetBlocks.Output _out;

    /// <summary>Builds with fresh weights.</summary>
    public VNet(VNetOptions o)
        : base(o)
    {
        _options = o;
        var style = new VNetBlocks.Style(o.Dimensions, o.Activation, o.Bias, o.BatchStatistics, o.Slope, o.OneSlope);
        _in = Child("in_tr", new VNetBlocks.Input(style, o.InChannels, Width(0)));
        _down = [.. Enumerable.Range(1, Levels).Select(i => Child(
            $"down_tr{16 << i}",
            new VNetBlocks.Down(style, Width(i - 1), o.DownConvolutions[i - 1], i > 2 ? o.Dropout : 0)))];
        _up = [.. Enumerable.Range(0, Levels).Reverse().Select(i => Child(
            $"up_tr{32 << i}",
            new VNetBlocks.Up(style, i == Levels - 1 ? Width(Levels) : 2 * Width(i + 1), 2 * Width(i), o.UpConvolutions[Levels - 1 - i], i > 1 ? o.Dropout : 0, o.SkipDropout)))];
        _out = Child("out_tr", new VNetBlocks.Output(style, 2 * Width(0), o.Classes));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["in_tr", .. Enumerable.Range(1, Levels).Select(i => $"down_tr{16 << i}")] };

    /// <param name="image">[N, InChannels, (D,) H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, (D,) H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var skips = new Stack<Tensor>();
        var x = _in.Forward(AnySize.Enlarge(image, 1 << Levels));
        foreach (var block in _down)
        {
            skips.Push(x);                                                      // ↓ what a block leaves is the skip of its level
            x = block.Forward(x);
        }

        foreach (var block in _up)
        {
            using var below = x;
            using var skip = skips.Pop();
            x = block.Forward(below, skip);                                     // ↑ → back up, the skip joins
        }

        return scope.Keep(AnySize.Cut(_out.Forward(x), image).Contiguous());
    }

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        var norm = new ConvStyle { Norm = NormKind.Batch, Activation = _options.Activation }.Words().Skip(1).ToList();
        var large = $"conv {UShape.Times(Dimensions, 5)}";
        IReadOnlyList<string> block = [large, .. norm, "+ the block's input", norm[^1]];
        return UShape.Draw(this, sides, new()
        {
            Title = $"V-Net, base {_options.Base}",
            Depth = Levels,
            Width = Width,
            UpWidth = level => 2 * Width(level),
            Block = block,
            DownBlock = level => level == 0 ? [large, norm[0], "+ the image", norm[^1]] : block,
            Label = (arm, level) => (arm == NetworkArm.Up ? _options.UpConvolutions[Levels - 1 - level] : level == 0 ? 1 : _options.DownConvolutions[level - 1]) switch
            {
                1 => null,
                var count => $"{count} convs",
            },
            Pooling = $"conv {UShape.Times(Dimensions, 2)}, stride 2",
            Raising = $"up-conv {UShape.Times(Dimensions, 2)}",
            Head = [large, .. norm, $"conv {UShape.Times(Dimensions, 1)}"],
        });
    }

    private int Width(int level) => _options.Base << level;
}

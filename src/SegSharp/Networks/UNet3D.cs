using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>Options of the 3D U-Net.</summary>
public sealed record UNet3DOptions : NetworkOptions
{
    /// <summary>Spatial axes: 3, or 2 for the same network over images.</summary>
    public int Dimensions { get; init; } = 3;

    /// <summary>Channels that leave the first level; every level below has twice as many. 64 in the paper; 16 is quick on a CPU.</summary>
    public int Base { get; init; } = 64;

    /// <summary>How often the sides shrink: 3 in the paper, which makes 4 levels.</summary>
    public int Depth { get; init; } = 3;

    /// <summary>Channels that leave each level, from the top, in the place of <see cref="Base"/> and <see cref="Depth"/>; empty for those.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>
    /// What a convolution is dressed in, one letter a step, in order: c the convolution; g group, b batch or i instance
    /// normalisation; r ReLU, l leaky ReLU or e ELU; d dropout of elements, D of channels. "cbr" is the paper's.
    /// </summary>
    public string Order { get; init; } = "gcr";

    /// <summary>Groups of the group normalisation; one where there are fewer channels than groups.</summary>
    public int Groups { get; init; } = 8;

    /// <summary>Kernel of the convolutions per axis, odd; empty for 3.</summary>
    public IReadOnlyList<int> Kernel { get; init; } = [];

    /// <summary>By how much the max pooling shrinks the sides, per axis: [1, 2, 2] for thick slices; empty for 2.</summary>
    public IReadOnlyList<int> Pool { get; init; } = [];

    /// <summary>Whether the first of an encoder's two convolutions brings all channels, instead of half of them as in the paper.</summary>
    public bool GrowAtOnce { get; init; }

    /// <summary>Whether convolutions are padded with zeros so that sides stay; without, each takes kernel − 1 off every side.</summary>
    public bool Padded { get; init; } = true;

    /// <summary>Share that the steps d and D of <see cref="Order"/> zero in training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>The same behind the second convolution of a pair; null for the first's.</summary>
    public double? SecondDropout { get; init; }

    /// <summary>How the decoder gets back to the larger grid, without a further convolution: nearest neighbour, trilinear, or a transposed convolution as in the paper.</summary>
    public UpKind Up { get; init; } = UpKind.Nearest;

    /// <summary>Residual blocks; skips are added, and the way up is a transposed convolution whatever <see cref="Up"/> says.</summary>
    public bool Residual { get; init; }

    /// <summary>With <see cref="Residual"/>: whether skips are joined all the same.</summary>
    public bool Joins { get; init; }

    /// <summary>With <see cref="Residual"/>: whether every block ends by weighing its channels and its places (squeeze and excitation).</summary>
    public bool Excites { get; init; }

    /// <summary>What the convolutions hold at the start.</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <summary>The channels of every level: <see cref="Widths"/>, or <see cref="Base"/> doubled <see cref="Depth"/> times.</summary>
    internal IReadOnlyList<int> Levels => Widths.Count > 0 ? Widths : [.. Enumerable.Range(0, Depth + 1).Select(i => Base << i)];

    /// <summary>The kernel as it is built.</summary>
    internal long[] KernelSides => Kernel.Count > 0 ? [.. Kernel.Select(k => (long)k)] : MonaiBlocks.Every(Dimensions, 3);

    /// <summary>The pooling as it is built.</summary>
    internal long[] PoolSides => Pool.Count > 0 ? [.. Pool.Select(k => (long)k)] : MonaiBlocks.Every(Dimensions, 2);

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "3D U-Net: channels double before the pooling, nearest upsampling; plain or residual";

    /// <inheritdoc/>
    public override string HeldAgainst => "wolny/pytorch-3dunet";

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

        if (Kernel.Count > 0 && (Kernel.Count != Dimensions || Kernel.Any(k => k is < 1 or > 31 || k % 2 == 0)))
        {
            yield return Fault.At("network.kernel", $"is [{string.Join(", ", Kernel)}]; it must be {Dimensions} odd numbers from 1 to 31, or none");
        }

        if (Pool.Count > 0 && (Pool.Count != Dimensions || Pool.Any(k => k is < 1 or > 16)))
        {
            yield return Fault.At("network.pool", $"is [{string.Join(", ", Pool)}]; it must be {Dimensions} numbers from 1 to 16, or none");
        }

        if (!Padded && KernelSides.Distinct().Count() > 1)
        {
            yield return Fault.At("network.padded", $"is off, which needs the same network.kernel along every axis; it is [{string.Join(", ", Kernel)}]");
        }

        if (!Residual && (Joins || Excites))
        {
            yield return Fault.At(Joins ? "network.joins" : "network.excites", "is on, which only blocks with network.residual have");
        }

        if (Residual && (GrowAtOnce || !Padded))
        {
            yield return Fault.At(GrowAtOnce ? "network.growAtOnce" : "network.padded", $"is {(GrowAtOnce ? "on" : "off")}, which blocks with network.residual cannot be");
        }

        var sound = Base >= 1 && Depth is >= 1 and <= 8 && (long)Base << Depth <= 65536;
        if (Base < 1)
        {
            yield return Fault.At("network.base", $"is {Base}; it must be 1 or more");
        }

        if (Depth is < 1 or > 8)
        {
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 8");
        }
        else if ((long)Base << Depth > 65536)
        {
            yield return Fault.At("network.base", $"is {Base}, which makes {(long)Base << Depth} channels at depth {Depth}; 65536 is the most");
        }

        if (Widths.Count is 1 or > 9 || Widths.Any(w => w is < 1 or > 65536))
        {
            sound = false;
            yield return Fault.At("network.widths", $"is [{string.Join(", ", Widths)}]; it must be two to nine numbers from 1 to 65536, or none");
        }

        if (UNet3DBlocks.FaultOf(Order) is { } wrong)
        {
            sound = false;
            yield return Fault.At("network.order", $"is '{Order}'; {wrong}");
        }

        if (Groups < 1)
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must be 1 or more");
        }
        else if (sound && InChannels >= 1 && Order.Contains('g') && Normalised().Cast<int?>().FirstOrDefault(c => c >= Groups && c % Groups != 0) is { } channels)
        {
            yield return Fault.At("network.groups", $"is {Groups}; it must divide every number of channels that is normalised and no smaller, such as {channels}");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }

        if (SecondDropout is not (null or (>= 0 and < 1)))
        {
            yield return Fault.At("network.secondDropout", $"is {SecondDropout}; it must be in [0, 1), or null");
        }
    }

    // The channels that a normalisation may see: what enters and leaves every convolution.
    private IEnumerable<int> Normalised()
    {
        var first = Order.IndexOf('g') < Order.IndexOf('c');
        for (var i = 0; i < Levels.Count; i++)
        {
            var (inside, leaves) = (i == 0 ? InChannels : Levels[i - 1], Levels[i]);
            if (!Residual)
            {
                yield return first ? inside : UNet3DBlocks.Middle(this, inside, leaves);
                yield return first ? UNet3DBlocks.Middle(this, inside, leaves) : leaves;
                if (first && i > 0)
                {
                    yield return Levels[i - 1] + (Up == UpKind.Transposed ? Levels[i - 1] : leaves);
                }
            }

            yield return leaves;
        }
    }
}

/// <summary>The 3D U-Net: pairs of 3×3×3 convolutions whose first halves the growth of the channels, max pooling, a skip across at every level.</summary>
/// <remarks>
/// Source: Çiçek et al. 2016, figure 2. Differs: padded convolutions, so out size = in size; as wolny/pytorch-3dunet, group
/// normalisation before the convolution and nearest upsampling; "cbr" and <see cref="UpKind.Transposed"/> are nearer to the paper.
/// Parity: UNet3D, ResidualUNet3D, ResidualUNetSE3D and their forms in 2D of wolny/pytorch-3dunet, whose activation at the end is left out.
/// Any size from what the poolings divide it by: an odd side loses its last row at the pooling, and the way up ends at the skip's sides.
/// Without padding the skip is not cropped either: what comes up is stretched to its sides, as the original does.
/// Keys: encoders.i.basic_module with level 0 at full resolution, decoders.i.basic_module from the bottom up, final_conv.
/// </remarks>
public sealed class UNet3D : Network
{
    private readonly UNet3DOptions _options;
    private readonly IReadOnlyList<int> _levels;
    private readonly long[] _pool;
    private readonly Modules<UNet3DBlocks.Encoder> _encoders;
    private readonly Modules<UNet3DBlocks.Decoder> _decoders;
    private readonly Conv _head;

    /// <summary>Builds with fresh weights.</summary>
    public UNet3D(UNet3DOptions o)
        : base(o)
    {
        _options = o;
        _pool = o.PoolSides;
        _levels = o.Levels;
        _encoders = Children("encoders", _levels.Select((leaves, i) => new UNet3DBlocks.Encoder(o, i == 0 ? o.InChannels : _levels[i - 1], leaves)));
        _decoders = Children("decoders", Enumerable.Range(0, Bottom).Reverse().Select(i => new UNet3DBlocks.Decoder(o, _levels[i + 1], _levels[i])));
        _head = Child("final_conv", new Conv(o.Dimensions, _levels[0], o.Classes, kernel: 1));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["encoders"] };

    /// <param name="image">[N, InChannels, (D,) H, W]; every side at least what all poolings together divide it by, more without padding.</param>
    /// <returns>Logits [N, Classes, (D,) H, W]; without padding smaller by what four convolutions take.</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        OutputSides(image.Shape[2..]);
        using var scope = new TensorScope();
        using var top = Level(0, image);
        return scope.Keep(_head.Forward(top));
    }

    /// <inheritdoc/>
    public override long[] OutputSides(long[] sides)
    {
        var least = Least;
        for (var axis = 0; axis < sides.Length; axis++)
        {
            if (sides[axis] < least[axis])
            {
                throw new InputException(
                    $"a side of {sides[axis]} is too small for this network: it is {(_pool[axis] == 2 ? "halved" : $"divided by {_pool[axis]}")} {Bottom} times{(Border > 0 ? $", and every level takes {Border} off" : "")}",
                    $"give sides of {least[axis]} or more, or a smaller network.depth");
            }
        }

        return [.. sides.Select(s => s - (2 * Border))];
    }

    /// <inheritdoc/>
    public override long[] InputSides(long[] outputSides) => Border == 0 ? [.. outputSides] : [.. outputSides.Zip(Least, (s, least) => Math.Max(s + (2 * Border), least))];

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        OutputSides(sides);
        var words = UNet3DBlocks.Words(_options).ToList();
        var linear = Dimensions == 3 ? "trilinear" : "bilinear";
        var factor = _pool.All(p => p == _pool[0]) ? $"×{_pool[0]}" : $"× {string.Join('×', _pool)}";
        return UShape.Draw(this, sides, new()
        {
            Title = $"{(_options.Residual ? "Residual " : "")}{Dimensions}D U-Net, {_levels[0]} to {_levels[^1]} channels",
            Depth = Bottom,
            Width = level => _levels[level],
            Block = [.. words, .. words, .. _options.Residual ? ["+ its input"] : Array.Empty<string>(), .. _options.Excites ? ["squeeze, excite"] : Array.Empty<string>()],
            Pooling = $"max pool {string.Join('×', _pool)}",
            Raising = _options.Residual || _options.Up == UpKind.Transposed ? $"up-conv {UShape.Times(Dimensions, 3)}" : _options.Up == UpKind.Bilinear ? $"{linear} {factor}" : $"nearest {factor}",
            SidesAt = level => [.. sides.Select((s, axis) => Enumerable.Range(0, level).Aggregate(s - Border, (side, _) => (side / _pool[axis]) - Border))],
            Border = Border,
            Joining = _options.Residual && !_options.Joins ? "copy, add" : "copy, join",
            Floors = true,
        });
    }

    private int Bottom => _levels.Count - 1;

    // What a level's two convolutions take off every side.
    private int Border => _options.Padded ? 0 : 2 * ((int)_options.KernelSides[0] - 1);

    private long[] Least => [.. _pool.Select(p => Enumerable.Range(0, Bottom).Aggregate(1L + Border, (side, _) => (p * side) + Border))];

    private Tensor Level(int i, Tensor above)
    {
        using var scope = new TensorScope();
        var skip = i == 0 ? _encoders[0].Forward(above) : Pooled(i, above);     // ↓ this level's features
        if (i == Bottom)
        {
            return scope.Keep(skip);
        }

        var below = Level(i + 1, skip);                                         // ∪ the smaller U inside
        return scope.Keep(_decoders[Bottom - 1 - i].Forward(below, skip));      // ↑ → back to this size, the skip joins
    }

    private Tensor Pooled(int i, Tensor above)
    {
        using var pooled = Pooling.Max(above, _pool, _pool, MonaiBlocks.Every(Dimensions, 0));
        return _encoders[i].Forward(pooled);
    }
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of the U-Net of 2015.</summary>
public sealed record UNet2015Options : NetworkOptions
{
    /// <summary>Two classes, background and cell, as in the paper.</summary>
    public UNet2015Options() => Classes = 2;

    /// <summary>Channels of the first level; every level below has twice as many.</summary>
    public int Base { get; init; } = 64;

    /// <summary>How often the sides are halved.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Whether convolutions are padded, so that out size = in size. Off in the paper.</summary>
    public bool Padded { get; init; }

    /// <summary>A batch normalisation behind every activation (not before it). The paper has none.</summary>
    public bool BatchNorm { get; init; }

    /// <summary>Transposed convolution as in the paper, or an interpolation and a 1×1 convolution.</summary>
    public UpKind Up { get; init; } = UpKind.Transposed;

    /// <summary>Share of the bottom's channels that are zeroed in training: "drop-out layers at the end of the contracting path".</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Whether sides that do not fit are refused. Off, an odd side loses its last row at a pooling, and the output is no longer
    /// centred on the image.
    /// </summary>
    public bool ExactSizes { get; init; } = true;

    /// <summary>What the convolutions hold at the start. The paper asks for deviation √(2/N).</summary>
    public StartingWeights Init { get; init; } = StartingWeights.Torch;

    /// <inheritdoc/>
    public override string About => "the unpadded U-Net as published: cropped skips, 572 → 388";

    /// <inheritdoc/>
    public override string HeldAgainst => "jvanvugt/pytorch-unet";

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

        if (Depth is < 1 or > 8)
        {
            yield return Fault.At("network.depth", $"is {Depth}; it must be 1 to 8");
        }
        else if ((long)Base << Depth > 65536)
        {
            yield return Fault.At("network.base", $"is {Base}, which makes {(long)Base << Depth} channels at depth {Depth}; 65536 is the most");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return Fault.At("network.dropout", $"is {Dropout}; it must be in [0, 1)");
        }
    }
}

/// <summary>The U-Net as it was published: no padding, so every 3×3 convolution takes a border of one, and skips are cropped at the centre.</summary>
/// <remarks>
/// Source: Ronneberger et al. 2015, figure 1: 572 → 388 at depth 4. Parity: jvanvugt/pytorch-unet 7e577223, all constructor
/// arguments; 31,030,658 parameters. Sides must be 188 + 16·k at depth 4: <see cref="InputSides"/> computes what an output needs.
/// Keys: as <see cref="UNet"/>; <see cref="KeyMaps.Jvanvugt"/> knows the original's.
/// </remarks>
public sealed class UNet2015 : Network
{
    private readonly UNet2015Options _options;
    private readonly int _bottom;
    private readonly MaxPool _pool = new(2);
    private readonly Dropout? _dropout;
    private readonly Modules<ConvBlock> _down, _up;
    private readonly Modules<Layer> _raise;
    private readonly Conv _head;

    /// <summary>Builds with fresh weights.</summary>
    public UNet2015(UNet2015Options o)
        : base(o)
    {
        int Width(int level) => o.Base << level;

        _options = o;
        _bottom = o.Depth;
        var style = Style(o);
        var levels = Enumerable.Range(0, o.Depth).ToList();
        _down = Children("down", levels.Append(_bottom).Select(i => new ConvBlock(style, i == 0 ? o.InChannels : Width(i - 1), Width(i))));
        _raise = Children("raise", levels.Select(i => UpConv.Create(o.Up, 2, Width(i + 1), Width(i), kernel: 1)));
        _up = Children("up", levels.Select(i => new ConvBlock(style, 2 * Width(i), Width(i))));
        _head = Child("head", new Conv(2, Width(0), o.Classes, kernel: 1));
        _dropout = o.Dropout > 0 ? Child("dropout", new Dropout(o.Dropout, channels: true)) : null;
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => 2;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["down"] };

    /// <summary>How much smaller the output is than the image, per axis: 184 at depth 4; 0 when padded.</summary>
    public long Margin => _options.Padded ? 0 : Need(1) - Give(Need(1));

    /// <param name="image">[N, InChannels, H, W]; sides as <see cref="InputSides"/> gives them.</param>
    /// <returns>Logits [N, Classes, h, w] of the image's centre, h = H − <see cref="Margin"/>.</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        OutputSides(image.Shape[2..]);
        using var scope = new TensorScope();
        using var top = Level(0, image);
        return scope.Keep(_head.Forward(top));
    }

    /// <inheritdoc/>
    public override long[] OutputSides(long[] sides) => [.. sides.Select(Out)];

    /// <summary>The smallest image whose output covers these sides.</summary>
    public override long[] InputSides(long[] outputSides) => [.. outputSides.Select(Need)];

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        OutputSides(sides);
        return UShape.Draw(this, sides, new()
        {
            Title = $"U-Net of 2015, base {_options.Base}, depth {_options.Depth}",
            Depth = _options.Depth,
            Width = level => _options.Base << level,
            Block = [.. Style(_options).Words(), .. Style(_options).Words()],
            Up = _options.Up,
            Border = Border,
        });
    }

    // What one block takes off every side.
    private int Border => _options.Padded ? 0 : 4;

    private Tensor Level(int i, Tensor above)
    {
        using var scope = new TensorScope();
        var skip = i == 0 ? _down[0].Forward(above) : _down[i].Consume(_pool.Forward(above));
        if (i == _bottom)
        {
            return scope.Keep(_dropout?.Forward(skip) ?? skip);
        }

        var below = Level(i + 1, skip);
        var raised = _raise[i].Forward(below);
        below.Dispose();
        var joined = Tensor.Cat(axis: 1, raised, AnySize.Centre(skip, raised.Shape[2..]));
        raised.Dispose();
        skip.Dispose();
        return scope.Keep(_up[i].Consume(joined));
    }

    // The side of the output; refuses with the nearest sides that fit.
    private long Out(long side)
    {
        var way = new List<long> { side };
        for (var i = 0; i <= _bottom; i++)
        {
            way.Add(side -= Border);
            if (side < 1)
            {
                throw DoesNotFit(way, "nothing is left");
            }

            if (i < _bottom)
            {
                if (_options.ExactSizes && side % 2 != 0)
                {
                    throw DoesNotFit(way, "an odd side cannot be halved");
                }

                way.Add(side /= 2);
                if (side < 1)
                {
                    throw DoesNotFit(way, "nothing is left");
                }
            }
        }

        for (var i = 0; i < _bottom; i++)
        {
            way.Add(side *= 2);
            way.Add(side -= Border);
            if (side < 1)
            {
                throw DoesNotFit(way, "nothing is left");
            }
        }

        return side;
    }

    private InputException DoesNotFit(List<long> way, string reason)
    {
        var smallest = Need(1);
        var step = 1L << _bottom;
        var below = smallest + ((way[0] - smallest) / step * step);
        var fix = way[0] < smallest ? $"the smallest side that fits is {smallest}" : $"the nearest sides that fit are {below} and {below + step}";
        return new InputException(
            $"a side of {way[0]} does not fit this network: {string.Join(" → ", way)}: {reason}; sides must be {smallest} + {step}·k",
            fix);
    }

    private long Need(long output)
    {
        var side = output;
        for (var i = 0; i < _bottom; i++)
        {
            side = (side + Border + 1) / 2;                                     // rounded up: the bottom covers what is asked for
        }

        return Up(side);
    }

    // The image's side for a side of the bottom's output.
    private long Up(long side)
    {
        for (var i = 0; i < _bottom; i++)
        {
            side = 2 * (side + Border);
        }

        return side + Border;
    }

    private long Give(long side)
    {
        for (var i = 0; i < _bottom; i++)
        {
            side = (side - Border) / 2;
        }

        side -= Border;
        for (var i = 0; i < _bottom; i++)
        {
            side = (2 * side) - Border;
        }

        return side;
    }

    private static ConvStyle Style(UNet2015Options o) => new()
    {
        Norm = o.BatchNorm ? NormKind.Batch : NormKind.None,
        NormLast = true,
        Padded = o.Padded,
    };
}

using SegSharp.Foundation;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of MONAI's BasicUNet.</summary>
public sealed record MonaiBasicUNetOptions : MonaiBasicOptions
{
    /// <inheritdoc/>
    public override string About => "MONAI's BasicUNet: five levels, instance norm, three ways up; any image size from 16";

    /// <inheritdoc/>
    public override string HeldAgainst => "MONAI BasicUNet";
}

/// <summary>MONAI's BasicUNet: two convolutions a level, max pooling, a join on the way up whose last block has a width of its own.</summary>
/// <remarks>
/// Source: Falk et al. 2019; Project-MONAI/MONAI BasicUNet. Parity: outputs and gradients, with odd sizes: a pooling drops the last row
/// of an odd side, and the way up continues the edge. Keys: conv_0, down_1 to down_4, upcat_4 to upcat_1, final_conv.
/// </remarks>
public sealed class MonaiBasicUNet : Network
{
    private const int Bottom = 4;

    private readonly MonaiBasicUNetOptions _options;
    private readonly List<Layer> _down;
    private readonly List<MonaiBlocks.UpCat> _up;
    private readonly Conv _head;

    /// <summary>Builds with fresh weights.</summary>
    public MonaiBasicUNet(MonaiBasicUNetOptions o)
        : base(o)
    {
        _options = o;
        var (f, style) = (o.Features, o.Style);
        _down = [Child("conv_0", MonaiBlocks.Twice(style, o.InChannels, f[0]))];
        _down.AddRange(Enumerable.Range(1, Bottom).Select(i => Child($"down_{i}", new MonaiBlocks.Down(style, f[i - 1], f[i]))));
        _up = [.. Enumerable.Range(1, Bottom).Reverse().Select(i => Child($"upcat_{i}", new MonaiBlocks.UpCat(style, o.Up, f[i], f[i - 1], i == 1 ? f[5] : f[i - 1], halves: i > 1)))];
        _up.Reverse();
        _head = Child("final_conv", new Conv(o.Dimensions, f[5], o.Classes, kernel: 1));
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = ["conv_0", .. Enumerable.Range(1, Bottom).Select(i => $"down_{i}")] };

    /// <param name="image">[N, InChannels, (D,) H, W]; every side at least 16.</param>
    /// <returns>Logits [N, Classes, (D,) H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        OutputSides(image.Shape[2..]);
        using var scope = new TensorScope();
        using var top = Level(0, image);
        return scope.Keep(_head.Forward(top));
    }

    /// <inheritdoc/>
    public override long[] OutputSides(long[] sides) => Sides(sides);

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        OutputSides(sides);
        var f = _options.Features;
        return UShape.Draw(this, sides, new()
        {
            Title = $"MONAI's BasicUNet, {f[0]} to {f[4]} channels",
            Depth = Bottom,
            Width = level => f[level],
            UpWidth = level => level == 0 ? f[5] : f[level],
            Block = _options.Words,
            Raising = MonaiBlocks.Words(_options.Up, Dimensions),
            Floors = true,
        });
    }

    /// <summary>Sides that can be halved four times.</summary>
    internal static long[] Sides(long[] sides) => sides.Min() >= 1L << Bottom
        ? [.. sides]
        : throw new InputException($"a side of {sides.Min()} is too small for this network: it is halved {Bottom} times", $"give sides of {1L << Bottom} or more");

    private Tensor Level(int i, Tensor above)
    {
        using var scope = new TensorScope();
        var skip = _down[i].Forward(above);                                     // ↓ this level's features
        if (i == Bottom)
        {
            return scope.Keep(skip);
        }

        var below = Level(i + 1, skip);                                         // ∪ the smaller U inside
        var raised = _up[i].Raise(below, skip.Shape[2..]);                      // ↑ back to this size
        below.Dispose();
        var joined = Tensor.Cat(axis: 1, skip, raised);                         // → the skip
        skip.Dispose();
        raised.Dispose();
        return scope.Keep(_up[i].Convs(joined));
    }
}

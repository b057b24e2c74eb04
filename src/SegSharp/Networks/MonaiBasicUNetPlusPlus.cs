using SegSharp.Networks.Blocks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks;

/// <summary>Options of MONAI's BasicUNetPlusPlus.</summary>
public sealed record MonaiBasicUNetPlusPlusOptions : MonaiBasicOptions
{
    /// <summary>Whether every head of the top level gives logits, for a loss that looks at all of them. The heads are there either way.</summary>
    public bool DeepSupervision { get; init; }

    /// <inheritdoc/>
    public override string About => "MONAI's BasicUNetPlusPlus: nested skips, deep supervision, in 2D and 3D; any image size from 16";

    /// <inheritdoc/>
    public override string HeldAgainst => "MONAI BasicUNetPlusPlus";
}

/// <summary>MONAI's U-Net++: BasicUNet with nodes between encoder and decoder that are joined densely, and a head at every node of the top level.</summary>
/// <remarks>
/// Source: Zhou et al. 2018; Project-MONAI/MONAI BasicUNetPlusPlus. Parity: outputs and gradients with deep supervision; its list of
/// heads begins with the shallowest, ours with the deepest. Keys: conv_I_0, upcat_I_J for the node of level I and column J, final_conv_0_J.
/// </remarks>
public sealed class MonaiBasicUNetPlusPlus : Network
{
    private const int Bottom = 4;

    private readonly MonaiBasicUNetPlusPlusOptions _options;
    private readonly List<Layer> _down;
    private readonly Dictionary<(int Level, int Column), MonaiBlocks.UpCat> _nodes = [];
    private readonly List<Conv> _heads;

    /// <summary>Builds with fresh weights.</summary>
    public MonaiBasicUNetPlusPlus(MonaiBasicUNetPlusPlusOptions o)
        : base(o)
    {
        _options = o;
        var (f, style) = (o.Features, o.Style);
        _down = [Child("conv_0_0", MonaiBlocks.Twice(style, o.InChannels, f[0]))];
        _down.AddRange(Enumerable.Range(1, Bottom).Select(i => Child($"conv_{i}_0", new MonaiBlocks.Down(style, f[i - 1], f[i]))));
        for (var column = 1; column <= Bottom; column++)
        {
            for (var level = 0; level <= Bottom - column; level++)
            {
                _nodes[(level, column)] = Child(
                    $"upcat_{level}_{column}",
                    new MonaiBlocks.UpCat(style, o.Up, f[level + 1], column * f[level], column == Bottom ? f[5] : f[level], halves: level > 0));
            }
        }

        _heads = [.. Enumerable.Range(1, Bottom).Select(column => Child($"final_conv_0_{column}", new Conv(o.Dimensions, column == Bottom ? f[5] : f[0], o.Classes, kernel: 1)))];
        o.Init.Apply(this);
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override EncoderPart EncoderPart => new() { Parts = [.. Enumerable.Range(0, Bottom + 1).Select(i => $"conv_{i}_0")] };

    /// <param name="image">[N, InChannels, (D,) H, W]; every side at least 16.</param>
    /// <returns>Logits [N, Classes, (D,) H, W]; with deep supervision the levels are the heads from the deepest to the first, all at full size.</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        var sides = OutputSides(image.Shape[2..]);
        using var scope = new TensorScope();
        var top = NestedGrid.Run(
            image,
            Bottom,
            (level, above) => _down[level].Forward(above),
            (level, column, below) => _nodes[(level, column)].Raise(below, [.. sides.Select(s => s >> level)]),
            (level, column, joined) => _nodes[(level, column)].Convs(joined));
        List<Tensor> levels = [.. Columns.Select(column => scope.Keep(_heads[column - 1].Forward(top[column - 1])))];
        return new(levels[0], levels);
    }

    /// <inheritdoc/>
    public override long[] OutputSides(long[] sides) => MonaiBasicUNet.Sides(sides);

    /// <inheritdoc/>
    public override NetworkGraph Graph(long[] sides)
    {
        OutputSides(sides);
        return NestedGrid.Draw(
            this,
            $"MONAI's BasicUNetPlusPlus, {_options.Features[0]} to {_options.Features[4]} channels{(_options.DeepSupervision ? ", deep supervision" : "")}",
            [sides, .. Enumerable.Range(0, Bottom + 1).Select(i => sides.Select(s => s >> i).ToArray())],
            level => _options.Features[level],
            _ => _options.Words,
            Bottom,
            [.. Columns],
            ($"max pool {UShape.Times(Dimensions, 2)}", MonaiBlocks.Words(_options.Up, Dimensions)));
    }

    // The columns whose head is computed, the deepest first.
    private IEnumerable<int> Columns => _options.DeepSupervision ? Enumerable.Range(1, Bottom).Reverse() : [Bottom];
}

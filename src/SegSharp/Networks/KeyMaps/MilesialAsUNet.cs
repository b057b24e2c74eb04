namespace SegSharp.Networks.KeyMaps;

/// <summary>milesial/Pytorch-UNet with transposed convolutions ↔ <see cref="UNet"/> with 2D batch normalisation and no bias, which computes the same.</summary>
/// <remarks>Theirs joins [skip, raised] and ours [raised, skip]. Equal where the sides are multiples of 16; elsewhere the two pad at other places.</remarks>
public static class MilesialAsUNet
{
    /// <summary>Whether a U-Net of these options has milesial's layers.</summary>
    public static bool Fits(UNetOptions o) =>
        o is { Dimensions: 2, Depth: 4, ConvolutionsPerBlock: 2, Normalisation: Blocks.NormKind.Batch, Bias: false, Up: Blocks.UpKind.Transposed };

    /// <summary>The table.</summary>
    public static KeyMap Map { get; } = new(Table()) { Swapped = Enumerable.Range(0, 4).Select(i => $"up.{i}.conv1.weight").ToHashSet(StringComparer.Ordinal) };

    private static IEnumerable<(string Theirs, string Ours)> Table()
    {
        var blocks = new List<(string Theirs, string Ours)> { ("inc", "down.0") };
        for (var i = 1; i <= 4; i++)
        {
            blocks.Add(($"down{i}.maxpool_conv.1", $"down.{i}"));
            blocks.Add(($"up{i}.conv", $"up.{4 - i}"));                         // theirs counts from the bottom up
            yield return ($"up{i}.up", $"raise.{4 - i}");
        }

        foreach (var (theirs, ours) in blocks)
        {
            yield return ($"{theirs}.double_conv.0", $"{ours}.conv1");
            yield return ($"{theirs}.double_conv.1", $"{ours}.norm1");
            yield return ($"{theirs}.double_conv.3", $"{ours}.conv2");
            yield return ($"{theirs}.double_conv.4", $"{ours}.norm2");
        }

        yield return ("outc.conv", "head");
    }
}

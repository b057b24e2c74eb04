namespace SegSharp.Networks.KeyMaps;

/// <summary>The U-Net of the course's notes (DoubleConv, DownSample, UpSample, UNet) ↔ <see cref="UNet"/>.</summary>
public static class CourseUNet
{
    /// <summary>The table for a U-Net with that many poolings; 4 in the notes.</summary>
    public static KeyMap For(int depth) => new(Table(depth));

    private static IEnumerable<(string Theirs, string Ours)> Table(int depth)
    {
        var blocks = new List<(string Theirs, string Ours)> { ("bottle_neck", $"down.{depth}") };
        for (var i = 0; i < depth; i++)
        {
            blocks.Add(($"down_convolution_{i + 1}.conv", $"down.{i}"));
            blocks.Add(($"up_convolution_{depth - i}.conv", $"up.{i}"));        // theirs counts from the bottom up
            yield return ($"up_convolution_{depth - i}.up", $"raise.{i}");
        }

        foreach (var (theirs, ours) in blocks)
        {
            yield return ($"{theirs}.conv_op.0", $"{ours}.conv1");
            yield return ($"{theirs}.conv_op.1", $"{ours}.norm1");
            yield return ($"{theirs}.conv_op.3", $"{ours}.conv2");
            yield return ($"{theirs}.conv_op.4", $"{ours}.norm2");
        }

        yield return ("out", "head");
    }
}

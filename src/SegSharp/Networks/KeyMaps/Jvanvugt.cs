namespace SegSharp.Networks.KeyMaps;

/// <summary>jvanvugt/pytorch-unet ↔ <see cref="UNet2015"/>.</summary>
public static class Jvanvugt
{
    /// <summary>The table for a network of these options.</summary>
    public static KeyMap For(UNet2015Options options) => new(Table(options));

    private static IEnumerable<(string Theirs, string Ours)> Table(UNet2015Options o)
    {
        var blocks = new List<(string Theirs, string Ours)> { ($"down_path.{o.Depth}", $"down.{o.Depth}") };
        for (var i = 0; i < o.Depth; i++)
        {
            var fromBelow = o.Depth - 1 - i;
            blocks.Add(($"down_path.{i}", $"down.{i}"));
            blocks.Add(($"up_path.{fromBelow}.conv_block", $"up.{i}"));
            yield return o.Up == Blocks.UpKind.Transposed
                ? ($"up_path.{fromBelow}.up", $"raise.{i}")
                : ($"up_path.{fromBelow}.up.1", $"raise.{i}.conv");
        }

        // The block's list is conv, ReLU, (norm,) conv, ReLU, (norm).
        foreach (var (theirs, ours) in blocks)
        {
            yield return ($"{theirs}.block.0", $"{ours}.conv1");
            yield return ($"{theirs}.block.{(o.BatchNorm ? 3 : 2)}", $"{ours}.conv2");
            if (o.BatchNorm)
            {
                yield return ($"{theirs}.block.2", $"{ours}.norm1");
                yield return ($"{theirs}.block.5", $"{ours}.norm2");
            }
        }

        yield return ("last", "head");
    }
}

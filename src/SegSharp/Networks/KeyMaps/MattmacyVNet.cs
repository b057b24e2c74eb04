namespace SegSharp.Networks.KeyMaps;

/// <summary>mattmacy/vnet.pytorch ↔ <see cref="VNet"/>.</summary>
public static class MattmacyVNet
{
    /// <summary>The table for a whole network.</summary>
    /// <param name="options">How many convolutions its blocks have.</param>
    public static KeyMap For(VNetOptions options)
    {
        var table = new List<(string Theirs, string Ours)>();
        table.AddRange(Ends("in_tr.", "act_function"));
        for (var i = 0; i < 4; i++)
        {
            table.AddRange(Stage($"down_tr{32 << i}.", options.DownConvolutions[i]));
            table.AddRange(Stage($"up_tr{256 >> i}.", options.UpConvolutions[i]));
        }

        table.AddRange(Ends("out_tr.", "act_function1"));
        return new(table);
    }

    /// <summary>The table of a block by itself: its names are those within the network.</summary>
    /// <param name="convolutions">Convolutions in its list "ops"; null for the first and the last block, which have one and no list.</param>
    public static KeyMap ForBlock(int? convolutions) => new(convolutions is { } count ? Stage("", count) : Ends("", "act_function1"));

    private static IEnumerable<(string Theirs, string Ours)> Stage(string prefix, int convolutions)
    {
        yield return ($"{prefix}relu1", $"{prefix}act_function1");
        yield return ($"{prefix}relu2", $"{prefix}act_function2");
        foreach (var pair in Enumerable.Range(0, convolutions).SelectMany(i => Ends($"{prefix}ops.{i}.", "act_function")))
        {
            yield return pair;
        }
    }

    private static IEnumerable<(string Theirs, string Ours)> Ends(string prefix, string activation) =>
    [
        ($"{prefix}conv1", $"{prefix}conv_block.conv"),
        ($"{prefix}bn1", $"{prefix}conv_block.adn.N"),
        ($"{prefix}relu1", $"{prefix}{activation}"),
    ];
}

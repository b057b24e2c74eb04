using SegSharp.Torch;

namespace SegSharp.Networks.Blocks;

/// <summary>
/// The triangle of U-Net++: node (i, j) stands in level i; j = 0 is the encoder, every further node joins all nodes before it in
/// its level with what the node below and before it becomes when it is raised.
/// </summary>
/// <remarks>Source: Zhou et al. 2018, equation 1.</remarks>
internal static class NestedGrid
{
    /// <summary>Nodes in the order of their diagonals i + j: the order in which the original computes them.</summary>
    /// <param name="depth">Levels below the first.</param>
    /// <param name="reach">The last diagonal that is wanted.</param>
    public static IEnumerable<(int Level, int Column)> Nodes(int depth, int reach)
    {
        for (var diagonal = 0; diagonal <= Math.Min(depth, reach); diagonal++)
        {
            for (var column = 0; column <= diagonal; column++)
            {
                yield return (diagonal - column, column);
            }
        }
    }

    /// <summary>Computes the triangle as far as it is wanted; everything else is released as early as it can be.</summary>
    /// <param name="image">What the first node reads; stays the caller's.</param>
    /// <param name="reach">The last node of the top level that is wanted: 1 to the depth.</param>
    /// <param name="encode">Level and the level above (the image for level 0) → (i, 0).</param>
    /// <param name="raise">Level i, column j, and (i + 1, j − 1) → the same on level i's grid.</param>
    /// <param name="join">Level, column and the joined maps, which it may release → (i, j).</param>
    /// <returns>The nodes (0, 1) to (0, reach), in the caller's scope.</returns>
    public static IReadOnlyList<Tensor> Run(Tensor image, int reach, Func<int, Tensor, Tensor> encode, Func<int, int, Tensor, Tensor> raise, Func<int, int, Tensor, Tensor> join)
    {
        using var scope = new TensorScope();
        var rows = Enumerable.Range(0, reach + 1).Select(_ => new List<Tensor>()).ToArray();
        foreach (var (level, column) in Nodes(reach, reach))
        {
            if (column == 0)
            {
                rows[level].Add(encode(level, level == 0 ? image : rows[level - 1][0]));
                continue;
            }

            var raised = raise(level, column, rows[level + 1][column - 1]);
            var joined = Tensor.Cat(axis: 1, [.. rows[level], raised]);         // the level's nodes in their order, then from below
            raised.Dispose();
            rows[level].Add(join(level, column, joined));
            if (level + column == reach)
            {
                rows[level + 1].ForEach(x => x.Dispose());                      // the last diagonal: nobody reads the level below again
            }
        }

        return [.. rows[0].Skip(1).Select(scope.Keep)];
    }

    /// <summary>The drawing: the encoder down the left, every level's nodes beside it, the heads at the right.</summary>
    /// <param name="network">Whose.</param>
    /// <param name="title">Above it.</param>
    /// <param name="sizes">The sides of every level.</param>
    /// <param name="width">Channels of a level.</param>
    /// <param name="block">What every node computes.</param>
    /// <param name="reach">The last diagonal that is computed.</param>
    /// <param name="heads">The columns of the top level that have a head, the deepest first.</param>
    /// <param name="ways">Words on the arrows down and up.</param>
    public static NetworkGraph Draw(Network network, string title, IReadOnlyList<long[]> sizes, Func<int, int> width, Func<int, IReadOnlyList<string>> block, int reach, IReadOnlyList<int> heads, (string Down, string Up) ways)
    {
        static string Id(int level, int column) => $"x{level}_{column}";
        static string Words(IEnumerable<long> sides) => string.Join('×', sides);

        var nodes = new List<NetworkNode>
        {
            new() { Id = "image", Level = 0, Arm = NetworkArm.Input, Channels = network.Options.InChannels, Size = Words(sizes[0]), Label = "image" },
        };
        var edges = new List<NetworkEdge> { new("image", Id(0, 0), NetworkEdgeKind.Conv) };
        foreach (var (level, column) in Nodes(reach, reach))
        {
            nodes.Add(new()
            {
                Id = Id(level, column),
                Level = level,
                Arm = column > 0 ? NetworkArm.Up : level == reach ? NetworkArm.Bottom : NetworkArm.Down,
                Channels = width(level),
                Size = Words(sizes[level + 1]),
                Operations = block(level),
            });
            if (column == 0 && level > 0)
            {
                edges.Add(new(Id(level - 1, 0), Id(level, 0), NetworkEdgeKind.Pool, ways.Down));
            }

            if (column > 0)
            {
                edges.Add(new(Id(level + 1, column - 1), Id(level, column), NetworkEdgeKind.Up, ways.Up));
                edges.AddRange(Enumerable.Range(0, column).Select(k => new NetworkEdge(Id(level, k), Id(level, column), NetworkEdgeKind.Skip, "copy, join")));
            }
        }

        var one = UShape.Times(network.Dimensions, 1);
        foreach (var column in heads.Reverse())
        {
            nodes.Add(new()
            {
                Id = $"head{column}",
                Level = 0,
                Arm = NetworkArm.Head,
                Channels = network.Options.Classes,
                Size = Words(sizes[0]),
                Label = heads.Count == 1 ? "logits" : $"L{column}",
            });
            edges.Add(new(Id(0, column), $"head{column}", NetworkEdgeKind.Head, $"conv {one}"));
        }

        return new()
        {
            Title = title,
            Subtitle = $"{network.ParameterCount:N0} parameters, input {network.Options.InChannels}×{Words(sizes[0])}",
            Nodes = nodes,
            Edges = edges,
        };
    }
}


namespace SegSharp.Networks;

/// <summary>What a drawing of an encoder–decoder network needs: its blocks, where they stand in the U, and what flows between them.</summary>
/// <remarks>Holds words and numbers only; who draws it knows no network, who fills it knows no drawing.</remarks>
public sealed record NetworkGraph
{
    /// <summary>Printed above the drawing: "U-Net, base 16, depth 4".</summary>
    public required string Title { get; init; }

    /// <summary>A smaller line below the title: "1,944,049 parameters, input 1×128×128"; null for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>The blocks, in the order in which they compute.</summary>
    public required IReadOnlyList<NetworkNode> Nodes { get; init; }

    /// <summary>The arrows between them; each names two nodes of <see cref="Nodes"/>.</summary>
    public required IReadOnlyList<NetworkEdge> Edges { get; init; }

    /// <summary>Every fault: no node, a repeated id, a level below 0, an arrow from or to a node that does not exist.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Nodes.Count == 0)
        {
            yield return Fault.At("nodes", "is empty; a network has at least one block");
        }

        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in Nodes)
        {
            if (!known.Add(node.Id))
            {
                yield return Fault.At("nodes", $"holds '{node.Id}' twice; every id must be its own");
            }

            if (node.Level < 0)
            {
                yield return Fault.At("nodes", $"puts '{node.Id}' at level {node.Level}; the top is level 0");
            }
        }

        foreach (var end in Edges.SelectMany(e => new[] { e.From, e.To, e.Signal ?? e.From }).Distinct(StringComparer.Ordinal).Where(id => !known.Contains(id)))
        {
            yield return Fault.At("edges", $"name a node '{end}' that does not exist; known: {string.Join(", ", known)}");
        }
    }
}

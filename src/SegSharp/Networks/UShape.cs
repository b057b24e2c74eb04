using SegSharp.Networks.Blocks;

namespace SegSharp.Networks;

/// <summary>Fills a <see cref="NetworkGraph"/> for networks that are one U: a block per level and arm, a skip per level.</summary>
internal sealed record UShape
{
    /// <summary>Above the drawing.</summary>
    public required string Title { get; init; }

    /// <summary>Poolings.</summary>
    public required int Depth { get; init; }

    /// <summary>Channels of a level.</summary>
    public required Func<int, int> Width { get; init; }

    /// <summary>Channels that leave a block of the expanding arm; null: as <see cref="Width"/>.</summary>
    public Func<int, int>? UpWidth { get; init; }

    /// <summary>What every block computes, in words.</summary>
    public required IReadOnlyList<string> Block { get; init; }

    /// <summary>What a block of the contracting arm computes, where that differs by level; null: as <see cref="Block"/>.</summary>
    public Func<int, IReadOnlyList<string>>? DownBlock { get; init; }

    /// <summary>What a block of the expanding arm computes, where that differs; null: as <see cref="Block"/>.</summary>
    public Func<int, IReadOnlyList<string>>? UpBlock { get; init; }

    /// <summary>Sides that leave a level, where they are not halved at every step; null: halved.</summary>
    public Func<int, long[]>? SidesAt { get; init; }

    /// <summary>A few words above a block, by arm and level; null for none.</summary>
    public Func<NetworkArm, int, string?>? Label { get; init; }

    /// <summary>How the decoder gets up.</summary>
    public UpKind Up { get; init; }

    /// <summary>On the arrows down; null: max pooling by 2.</summary>
    public string? Pooling { get; init; }

    /// <summary>On the arrows up; null: by <see cref="Up"/>.</summary>
    public string? Raising { get; init; }

    /// <summary>On the arrow down to a level, where that differs; null: as <see cref="Pooling"/>.</summary>
    public Func<int, string>? PoolingAt { get; init; }

    /// <summary>On the arrow up to a level, where that differs; null: as <see cref="Raising"/>.</summary>
    public Func<int, string>? RaisingAt { get; init; }

    /// <summary>How many levels, from the top, give logits.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>On the arrows across.</summary>
    public string Joining { get; init; } = "copy, join";

    /// <summary>Whether the skip of a level passes a gate whose signal comes from below; null for no gates.</summary>
    public Func<int, bool>? Gated { get; init; }

    /// <summary>What every level below the first adds to the logits, on the arrow to its head; null when only the first level has one.</summary>
    public string? Votes { get; init; }

    /// <summary>What the last layers compute; null: a 1×1 convolution.</summary>
    public IReadOnlyList<string>? Head { get; init; }

    /// <summary>Whether an odd side loses its last row on the way down and gets it back at the skip; without, the image is enlarged first.</summary>
    public bool Floors { get; init; }

    /// <summary>What a block takes off every side; 0 when padded.</summary>
    public int Border { get; init; }

    /// <summary>The graph for an image with these sides.</summary>
    public static NetworkGraph Draw(Network network, long[] sides, UShape u)
    {
        // A padded network enlarges the image first, so that every level halves evenly.
        var step = 1L << u.Depth;
        var now = u.Border > 0 || u.Floors ? sides : [.. sides.Select(s => (s + step - 1) / step * step)];
        var pooling = u.Pooling ?? $"max pool {Times(sides.Length, 2)}";
        var raising = u.Raising ?? u.Up switch
        {
            UpKind.Transposed => $"up-conv {Times(sides.Length, 2)}",
            UpKind.Bilinear => sides.Length == 2 ? "bilinear ×2, conv" : "trilinear ×2, conv",
            _ => "nearest ×2, conv",
        };
        var nodes = new List<NetworkNode>
        {
            new() { Id = "image", Level = 0, Arm = NetworkArm.Input, Channels = network.Options.InChannels, Size = Words(sides), Label = "image" },
        };
        var edges = new List<NetworkEdge>();
        var skips = new List<long[]>();
        for (var i = 0; i <= u.Depth; i++)
        {
            now = u.SidesAt?.Invoke(i) ?? [.. now.Select(s => (i == 0 ? s : s / 2) - u.Border)];
            skips.Add(now);
            nodes.Add(new() { Id = $"down.{i}", Level = i, Arm = i == u.Depth ? NetworkArm.Bottom : NetworkArm.Down, Channels = u.Width(i), Size = Words(now), Operations = u.DownBlock?.Invoke(i) ?? u.Block, Label = u.Label?.Invoke(NetworkArm.Down, i) });
            edges.Add(i == 0 ? new("image", "down.0", NetworkEdgeKind.Conv) : new($"down.{i - 1}", $"down.{i}", NetworkEdgeKind.Pool, u.PoolingAt?.Invoke(i) ?? pooling));
        }

        for (var i = u.Depth - 1; i >= 0; i--)
        {
            var raised = u.Floors || u.SidesAt is not null ? skips[i] : [.. now.Select(s => 2 * s)];
            now = [.. raised.Select(s => s - u.Border)];
            nodes.Add(new() { Id = $"up.{i}", Level = i, Arm = NetworkArm.Up, Channels = (u.UpWidth ?? u.Width)(i), Size = Words(now), Operations = u.UpBlock?.Invoke(i) ?? u.Block, Label = u.Label?.Invoke(NetworkArm.Up, i) });
            var below = i + 1 == u.Depth ? $"down.{u.Depth}" : $"up.{i + 1}";
            edges.Add(new(below, $"up.{i}", NetworkEdgeKind.Up, u.RaisingAt?.Invoke(i) ?? raising));
            edges.Add(new($"down.{i}", $"up.{i}", NetworkEdgeKind.Skip, u.Border > 0 && !u.Floors ? $"crop {Words(raised)}" : u.Joining, u.Gated?.Invoke(i) == true ? below : null));
            if (i > 0 && u.Votes is not null)
            {
                nodes.Add(new() { Id = $"vote.{i}", Level = i, Arm = NetworkArm.Head, Channels = network.Options.Classes, Size = Words(now) });
                edges.Add(new($"up.{i}", $"vote.{i}", NetworkEdgeKind.Head, u.Votes));
                edges.Add(new($"vote.{i}", "head", NetworkEdgeKind.Up, raising));
            }

            if (i > 0 && i < u.Heads)
            {
                nodes.Add(new() { Id = $"head.{i}", Level = i, Arm = NetworkArm.Head, Channels = network.Options.Classes, Size = Words(now), Label = "logits" });
                edges.Add(new($"up.{i}", $"head.{i}", NetworkEdgeKind.Head, $"conv {Times(sides.Length, 1)}"));
            }
        }

        nodes.Add(new()
        {
            Id = "head",
            Level = 0,
            Arm = NetworkArm.Head,
            Channels = network.Options.Classes,
            Size = Words(u.Border > 0 ? now : sides),
            Operations = u.Head ?? [$"conv {Times(sides.Length, 1)}"],
            Label = "logits",
        });
        edges.Add(new("up.0", "head", NetworkEdgeKind.Head, $"conv {Times(sides.Length, 1)}"));
        return new NetworkGraph
        {
            Title = u.Title,
            Subtitle = $"{network.ParameterCount:N0} parameters, input {network.Options.InChannels}×{Words(sides)}",
            Nodes = nodes,
            Edges = edges,
        };
    }

    private static string Words(IEnumerable<long> sides) => string.Join('×', sides);

    internal static string Times(int dimensions, int side) => string.Join('×', Enumerable.Repeat(side, dimensions));
}

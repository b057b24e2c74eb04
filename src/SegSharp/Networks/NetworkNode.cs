namespace SegSharp.Networks;

/// <summary>Where in the U a block stands.</summary>
public enum NetworkArm
{
    /// <summary>The image itself, left of the top level.</summary>
    Input,

    /// <summary>The contracting arm, left.</summary>
    Down,

    /// <summary>The bottleneck, in the middle.</summary>
    Bottom,

    /// <summary>The expanding arm, right.</summary>
    Up,

    /// <summary>The last layer and its output, right of the expanding arm; deep supervision has one per level.</summary>
    Head,
}

/// <summary>One block of a network as it is drawn: a pair of convolutions, a bottleneck, a head.</summary>
public sealed record NetworkNode
{
    /// <summary>Its own name, by which arrows find it; the module's path is a good one: "down.0".</summary>
    public required string Id { get; init; }

    /// <summary>How deep: 0 is the full resolution, each level below is smaller.</summary>
    public required int Level { get; init; }

    /// <summary>Which arm it belongs to. Several nodes may share an arm and a level (U-Net++): they stand in the order given.</summary>
    public required NetworkArm Arm { get; init; }

    /// <summary>Feature maps that leave the block; the box's width grows with it.</summary>
    public required int Channels { get; init; }

    /// <summary>Voxels that leave the block, without batch and channels: "128×128".</summary>
    public required string Size { get; init; }

    /// <summary>What the block computes, one step a line, in order: "conv 3×3", "batch norm", "ReLU". May be empty.</summary>
    public IReadOnlyList<string> Operations { get; init; } = [];

    /// <summary>A short name printed above the box ("bottleneck", "attention"); null prints only the channels.</summary>
    public string? Label { get; init; }

    /// <summary>The node of the image itself, "image".</summary>
    internal static NetworkNode Image(int channels, long[] sides) =>
        new() { Id = "image", Level = 0, Arm = NetworkArm.Input, Channels = channels, Size = string.Join('×', sides), Label = "image" };
}

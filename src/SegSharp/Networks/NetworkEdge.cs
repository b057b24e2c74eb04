namespace SegSharp.Networks;

/// <summary>What an arrow between two blocks stands for; each kind has its colour and its line in the legend.</summary>
public enum NetworkEdgeKind
{
    /// <summary>Convolutions of the block that the arrow leads to.</summary>
    Conv,

    /// <summary>Smaller: max pooling or a strided convolution.</summary>
    Pool,

    /// <summary>Larger: transposed convolution or interpolation.</summary>
    Up,

    /// <summary>Across the U: features copied, cropped or gated, and joined.</summary>
    Skip,

    /// <summary>The last 1×1 convolution.</summary>
    Head,
}

/// <summary>An arrow of a <see cref="NetworkGraph"/>.</summary>
/// <param name="From">Id of the block it leaves.</param>
/// <param name="To">Id of the block it reaches.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Label">Words on the arrow: "max pool 2×2", "crop 64×64 → 56×56"; null for none.</param>
/// <param name="Signal">For a gated skip: id of the block whose features decide what passes; null when all passes.</param>
public sealed record NetworkEdge(string From, string To, NetworkEdgeKind Kind, string? Label = null, string? Signal = null);

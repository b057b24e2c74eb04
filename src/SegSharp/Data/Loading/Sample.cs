using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>One image or volume with its classes, ready to be changed and collated: plain managed memory, no tensors.</summary>
/// <remarks>x runs fastest. Whoever changes a sample makes a new one: the arrays of a prepared data set are shared and stay as they are.</remarks>
public sealed record Sample
{
    /// <summary>The case's name; of a page in a stack or a slice of a volume <c>case@page</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Voxels per axis; depth 1 for a picture or slice.</summary>
    public required Extent Extent { get; init; }

    /// <summary>Channels of the image.</summary>
    public required int Channels { get; init; }

    /// <summary>Intensities [C, D, H, W], planar.</summary>
    public required float[] Image { get; init; }

    /// <summary>How many of the channels, the last ones, say where a voxel lies: they turn with the image, and no change of intensity touches them.</summary>
    public int Places { get; init; }

    /// <summary>How many of the channels, those before <see cref="Places"/>, show what lies around the sample, seen coarser; as many as the image has itself, or 0.</summary>
    public int ContextChannels { get; init; }

    /// <summary>How much coarser windows of this image see what lies around them, or a window with <see cref="ContextChannels"/> sees it; 0 = not at all.</summary>
    public int ContextFactor { get; init; }

    /// <summary>Class of every voxel [D, H, W]; null when the case has no label map.</summary>
    public ushort[]? Labels { get; init; }

    /// <summary>How much every voxel counts in the loss [D, H, W]; null where all count the same. With <see cref="Maps"/>, a map for each of the network's channels [K, D, H, W].</summary>
    public float[]? Weights { get; init; }

    /// <summary>How many maps <see cref="Weights"/> holds, one per channel of the network; 0 where it is one weight per voxel.</summary>
    public int Maps { get; init; }

    /// <summary>Columns.</summary>
    public int Width => Extent.Width;

    /// <summary>Rows.</summary>
    public int Height => Extent.Height;

    /// <summary>Planes; 1 for a picture or slice.</summary>
    public int Depth => Extent.Depth;

    /// <summary>Voxels of one channel.</summary>
    public int Voxels => (int)Extent.Count;

    /// <summary>The shape of the tensor that holds the image: [1, C, H, W] for a network of two axes, [1, C, D, H, W] for one of three.</summary>
    /// <param name="dimensions">2 or 3.</param>
    public long[] Shape(int dimensions) => dimensions == 3 ? [1, Channels, Depth, Height, Width] : [1, Channels, Height, Width];
}

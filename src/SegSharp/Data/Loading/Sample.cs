namespace SegSharp.Data;

/// <summary>One two-dimensional image with its labels, ready to be changed and collated: plain managed memory, no tensors.</summary>
/// <remarks>x runs fastest. Whoever changes a sample makes a new one: the arrays of a prepared data set are shared and stay as they are.</remarks>
public sealed record Sample
{
    /// <summary>The case's name; of a page in a stack <c>case@page</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Columns, in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Rows, in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Channels of the image.</summary>
    public required int Channels { get; init; }

    /// <summary>Intensities [C, H, W], planar.</summary>
    public required float[] Image { get; init; }

    /// <summary>Class of every pixel [H, W]; null when the case has no label map.</summary>
    public ushort[]? Labels { get; init; }

    /// <summary>How much every pixel counts in the loss [H, W]; null where all count the same.</summary>
    public float[]? Weights { get; init; }

    /// <summary>Pixels of one plane.</summary>
    public int Pixels => Width * Height;
}

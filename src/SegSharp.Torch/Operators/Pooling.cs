namespace SegSharp.Torch.Operators;

/// <summary>Pooling and interpolation by operator name.</summary>
public static class Pooling
{
    private static readonly Operator Max2d = new("aten::max_pool2d", arguments: 6), Max3d = new("aten::max_pool3d", arguments: 6);
    private static readonly Operator Average2d = new("aten::avg_pool2d", arguments: 7), Average3d = new("aten::avg_pool3d", arguments: 7);
    private static readonly Operator AdaptiveAverage2d = new("aten::adaptive_avg_pool2d", arguments: 2), AdaptiveAverage3d = new("aten::adaptive_avg_pool3d", arguments: 2);
    private static readonly Operator Bilinear2d = new("aten::upsample_bilinear2d", arguments: 5), Trilinear3d = new("aten::upsample_trilinear3d", arguments: 6);
    private static readonly Operator Nearest2d = new("aten::upsample_nearest2d", arguments: 4), Nearest3d = new("aten::upsample_nearest3d", arguments: 5);

    /// <summary>The greatest value of every window.</summary>
    public static Tensor Max(Tensor x, long[] kernel, long[] stride, long[] padding) => (kernel.Length == 2 ? Max2d : Max3d).Call(x, kernel, stride, padding);

    /// <summary>The same; a last window that hangs over the far border counts too where <paramref name="ceil"/> is true.</summary>
    public static Tensor Max(Tensor x, long[] kernel, long[] stride, long[] padding, bool ceil) =>
        (kernel.Length == 2 ? Max2d : Max3d).Call(x, kernel, stride, padding, Enumerable.Repeat(1L, kernel.Length).ToArray(), ceil);

    /// <summary>The means of a grid of windows of about equal size that cover the image: [N, C, H, W] → [N, C, …size].</summary>
    public static Tensor AdaptiveAverage(Tensor x, long[] size) => (size.Length == 2 ? AdaptiveAverage2d : AdaptiveAverage3d).Call(x, size);

    /// <summary>The mean of every window.</summary>
    public static Tensor Average(Tensor x, long[] kernel, long[] stride) => (kernel.Length == 2 ? Average2d : Average3d).Call(x, kernel, stride);

    /// <summary>Linear interpolation of the spatial axes to a size.</summary>
    /// <param name="x">[N, C, (D,) H, W].</param>
    /// <param name="size">The new sides, (D,) H, W.</param>
    /// <param name="alignCorners">Whether the centres of the corner pixels stay where they are (true), or the outer edges (false).</param>
    public static Tensor Linear(Tensor x, long[] size, bool alignCorners) => (size.Length == 2 ? Bilinear2d : Trilinear3d).Call(x, size, alignCorners);

    /// <summary>Nearest-neighbour interpolation of the spatial axes to a size.</summary>
    public static Tensor Nearest(Tensor x, long[] size) => (size.Length == 2 ? Nearest2d : Nearest3d).Call(x, size);
}

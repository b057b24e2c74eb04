namespace SegSharp.Torch.Operators;

/// <summary>Convolutions by operator name.</summary>
public static class Convolution
{
    private static readonly Operator ConvOp = new("segsharp::conv", arguments: 7);
    private static readonly Operator BlockOp = new("segsharp::conv_block", arguments: 10);
    private static readonly Operator ShuffleOp = new("segsharp::conv_transpose_shuffle", arguments: 3);
    private static readonly Operator Transpose2d = new("aten::conv_transpose2d", "input", 8), Transpose3d = new("aten::conv_transpose3d", "input", 8);

    /// <summary>Cross-correlation over the spatial axes of [N, C, (D,) H, W]; Winograd on the CPU where it pays.</summary>
    public static Tensor Conv(Tensor x, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] dilation, int groups) =>
        ConvOp.Call(x, weight, bias, stride, padding, dilation, groups);

    /// <summary>
    /// n times convolution (stride 1, sides kept), batch normalisation and ReLU in one operator, which keeps one tensor per
    /// convolution for the gradient instead of two and computes the activations again.
    /// </summary>
    /// <param name="x">[N, C, (D,) H, W].</param>
    /// <param name="convolutions">Odd kernels, stride 1, padding kernel / 2.</param>
    /// <param name="norms">As many, with scale and shift; or none.</param>
    /// <param name="training">Whether the batch's statistics are taken and the running ones moved.</param>
    public static Tensor Block(Tensor x, IReadOnlyList<Layers.Conv> convolutions, IReadOnlyList<Layers.BatchNorm> norms, bool training)
    {
        if (training)
        {
            foreach (var norm in norms)
            {
                norm.CountBatch();
            }
        }

        return BlockOp.Call(
            x,
            convolutions.Select(c => c.Weight).ToArray(),
            convolutions[0].Bias is null ? Array.Empty<Tensor>() : convolutions.Select(c => c.Bias!).ToArray(),
            norms.Select(n => n.Weight!).ToArray(),
            norms.Select(n => n.Bias!).ToArray(),
            norms.Select(n => n.RunningMean).ToArray(),
            norms.Select(n => n.RunningVariance).ToArray(),
            training,
            norms.Count == 0 ? 0.1 : norms[0].Momentum,
            norms.Count == 0 ? 1e-5 : norms[0].Epsilon);
    }

    /// <summary>Transposed convolution with kernel = stride = 2 as 1×1 convolution and pixel shuffle.</summary>
    public static Tensor UpConvShuffle(Tensor x, Tensor weight, Tensor? bias) => ShuffleOp.Call(x, weight, bias);

    /// <summary>Transposed convolution.</summary>
    public static Tensor ConvTranspose(Tensor x, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] outputPadding, int groups) =>
        (stride.Length == 2 ? Transpose2d : Transpose3d).Call(x, weight, bias, stride, padding, outputPadding, groups);
}

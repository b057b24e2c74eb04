namespace SegSharp.Torch.Operators;

/// <summary>Convolutions by operator name.</summary>
public static class Convolution
{
    private static readonly Operator ConvOp = new("segsharp::conv", arguments: 7);
    private static readonly Operator ShuffleOp = new("segsharp::conv_transpose_shuffle", arguments: 3);
    private static readonly Operator Transpose2d = new("aten::conv_transpose2d", "input", 8), Transpose3d = new("aten::conv_transpose3d", "input", 8);

    /// <summary>Cross-correlation over the spatial axes of [N, C, (D,) H, W]; Winograd on the CPU where it pays.</summary>
    public static Tensor Conv(Tensor x, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] dilation, int groups) =>
        ConvOp.Call(x, weight, bias, stride, padding, dilation, groups);

    /// <summary>Transposed convolution with kernel = stride = 2 as 1×1 convolution and pixel shuffle.</summary>
    public static Tensor UpConvShuffle(Tensor x, Tensor weight, Tensor? bias) => ShuffleOp.Call(x, weight, bias);

    /// <summary>Transposed convolution.</summary>
    public static Tensor ConvTranspose(Tensor x, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] outputPadding, int groups) =>
        (stride.Length == 2 ? Transpose2d : Transpose3d).Call(x, weight, bias, stride, padding, outputPadding, groups);
}

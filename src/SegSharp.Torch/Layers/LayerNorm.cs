using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>Mean 0 and variance 1 over the last axis, then a learnt scale and shift.</summary>
/// <remarks>Source: Ba et al. 2016. Parity: torch.nn.LayerNorm. Keys: <c>weight</c>, <c>bias</c>.</remarks>
public sealed class LayerNorm : Layer
{
    private readonly Tensor _weight, _bias;
    private readonly double _epsilon;

    /// <summary>Scale 1 and shift 0.</summary>
    public LayerNorm(int features, double epsilon = 1e-5)
    {
        _epsilon = epsilon;
        _weight = Parameter("weight", Tensor.Ones([features]));
        _bias = Parameter("bias", Tensor.Zeros([features]));
    }

    /// <param name="x">[…, features].</param>
    /// <returns>The same shape.</returns>
    public override Tensor Forward(Tensor x) => Attention.LayerNorm(x, _weight, _bias, _epsilon);
}

/// <summary>The same over the channels of an image: every voxel by itself.</summary>
/// <remarks>Source: ConvNeXt's and SAM's LayerNorm2d. Keys: <c>weight</c>, <c>bias</c>.</remarks>
public sealed class ChannelNorm : Layer
{
    private readonly Tensor _weight, _bias;
    private readonly double _epsilon;

    /// <summary>Scale 1 and shift 0.</summary>
    public ChannelNorm(int channels, double epsilon = 1e-6)
    {
        _epsilon = epsilon;
        _weight = Parameter("weight", Tensor.Ones([channels]));
        _bias = Parameter("bias", Tensor.Zeros([channels]));
    }

    /// <param name="x">[N, C, (D,) H, W].</param>
    /// <returns>The same shape.</returns>
    public override Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var axes = x.Dimensions;
        long[] last = [0, .. Enumerable.Range(2, axes - 2).Select(i => (long)i), 1];
        long[] first = [0, axes - 1, .. Enumerable.Range(1, axes - 2).Select(i => (long)i)];
        return scope.Keep(Attention.LayerNorm(x.Permute(last), _weight, _bias, _epsilon).Permute(first).Contiguous());
    }
}

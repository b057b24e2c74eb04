using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Blocks;

/// <summary>The additive gate of a skip whose signal lies on the skip's own grid: α = σ(ψ(ReLU(W_g g + W_x x))), out = α · x.</summary>
/// <remarks>
/// Source: Oktay et al. 2018, equation 1. Differs: every convolution is followed by a batch normalisation, ψ's too.
/// Parity: LeeJunHyun/Image_Segmentation Attention_block. Keys: W_g.0, W_g.1, W_x.0, W_x.1, psi.0, psi.1.
/// </remarks>
public sealed class AttentionGate : Module
{
    private readonly Sequential _signal, _skip, _psi;

    /// <summary>By its channels.</summary>
    /// <param name="dimensions">Spatial axes: 2 or 3.</param>
    /// <param name="signal">Channels of the signal.</param>
    /// <param name="skip">Channels of the skip.</param>
    /// <param name="inside">Channels in which both are compared.</param>
    public AttentionGate(int dimensions, int signal, int skip, int inside)
    {
        _signal = Child("W_g", new Sequential(new Conv(dimensions, signal, inside, kernel: 1), new BatchNorm(inside)));
        _skip = Child("W_x", new Sequential(new Conv(dimensions, skip, inside, kernel: 1), new BatchNorm(inside)));
        _psi = Child("psi", new Sequential(new Conv(dimensions, inside, 1, kernel: 1), new BatchNorm(1)));
    }

    /// <param name="x">The skip, [N, skip, (D,) H, W]; stays the caller's.</param>
    /// <param name="g">The signal on the same grid.</param>
    /// <returns>The skip as it is let through, and α [N, 1, (D,) H, W] in (0, 1).</returns>
    public (Tensor Passed, Tensor Alpha) Forward(Tensor x, Tensor g)
    {
        using var scope = new TensorScope();
        var alpha = _psi.Forward(Activation.Relu(_signal.Forward(g) + _skip.Forward(x))).Sigmoid();
        return (scope.Keep(x * alpha), scope.Keep(alpha));
    }
}

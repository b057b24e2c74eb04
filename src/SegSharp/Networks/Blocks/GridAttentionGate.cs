using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Blocks;

/// <summary>How a <see cref="GridAttentionGate"/> turns its comparison into factors.</summary>
public enum GridAttentionMode
{
    /// <summary>ReLU of the sum, then a sigmoid at every place: the paper's.</summary>
    Concatenation,

    /// <summary>Softplus in the place of the ReLU.</summary>
    ConcatenationDebug,

    /// <summary>ReLU of the sum, then a softmax over all places, so that the factors of an image add up to 1.</summary>
    ConcatenationResidual,
}

/// <summary>The gate of the Attention U-Net's authors: the signal lies on a coarser grid, and the comparison is made on one in between.</summary>
/// <remarks>
/// Source: Oktay et al. 2018, figure 2. Parity: ozan-oktay/Attention-Gated-Networks GridAttentionBlock2D and 3D, whose interpolation
/// keeps outer edges. Keys: theta, phi, psi, W.0, W.1.
/// </remarks>
public sealed class GridAttentionGate : Module
{
    private readonly GridAttentionMode _mode;
    private readonly Conv _theta, _phi, _psi;
    private readonly Sequential _out;

    /// <summary>By its channels.</summary>
    /// <param name="skip">Channels of the skip.</param>
    /// <param name="signal">Channels of the signal.</param>
    /// <param name="inside">Channels in which both are compared.</param>
    /// <param name="subsample">By how much the skip's grid is made smaller for the comparison, per axis ((D,) H, W).</param>
    /// <param name="mode">How the comparison becomes factors.</param>
    public GridAttentionGate(int skip, int signal, int inside, long[] subsample, GridAttentionMode mode = GridAttentionMode.Concatenation)
    {
        var axes = subsample.Length;
        _mode = mode;
        _out = Child("W", new Sequential(new Conv(axes, skip, skip, kernel: 1), new BatchNorm(skip)));
        _theta = Child("theta", new Conv(skip, inside, subsample, subsample, Conv.Every(axes, 0), bias: false));
        _phi = Child("phi", new Conv(axes, signal, inside, kernel: 1));
        _psi = Child("psi", new Conv(axes, inside, 1, kernel: 1));
    }

    /// <param name="x">The skip, [N, skip, (D,) H, W]; stays the caller's.</param>
    /// <param name="g">The signal, [N, signal, …] on any coarser grid.</param>
    /// <returns>The skip as it is let through, convolved and normalised, and α [N, 1, (D,) H, W] on the skip's grid, in (0, 1).</returns>
    public (Tensor Passed, Tensor Alpha) Forward(Tensor x, Tensor g)
    {
        using var scope = new TensorScope();
        var theta = _theta.Forward(x);
        var sum = theta + Pooling.Linear(_phi.Forward(g), theta.Shape[2..], alignCorners: false);
        var f = _psi.Forward(_mode == GridAttentionMode.ConcatenationDebug ? Activation.Softplus(sum) : Activation.Relu(sum));
        var coarse = _mode == GridAttentionMode.ConcatenationResidual
            ? f.Reshape(f.Size(0), 1, -1).Softmax(axis: 2).Reshape(f.Shape)
            : f.Sigmoid();
        var alpha = Pooling.Linear(coarse, x.Shape[2..], alignCorners: false);
        return (scope.Keep(_out.Forward(x * alpha)), scope.Keep(alpha));
    }
}

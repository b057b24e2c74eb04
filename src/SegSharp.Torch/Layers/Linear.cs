using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>A matrix applied along the last axis, with PyTorch's parameters, names and default initialisation.</summary>
/// <remarks>Parity: torch.nn.Linear. Keys: <c>weight</c> [out, in], <c>bias</c> [out].</remarks>
public sealed class Linear : Layer
{
    /// <summary>Every output sees every input.</summary>
    /// <param name="inFeatures">Length of the last axis that comes in.</param>
    /// <param name="outFeatures">Length of the last axis that goes out.</param>
    /// <param name="bias">Whether a number is added per output.</param>
    public Linear(int inFeatures, int outFeatures, bool bias = true)
    {
        Weight = Parameter("weight", Tensor.Empty([outFeatures, inFeatures]));
        Bias = bias ? Parameter("bias", Tensor.Empty([outFeatures])) : null;
        Initialise.ConvDefault(Weight, Bias);
    }

    /// <summary>[out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>[out]; null when there is none.</summary>
    public Tensor? Bias { get; }

    /// <param name="x">[…, in].</param>
    /// <returns>[…, out].</returns>
    public override Tensor Forward(Tensor x) => Projection.Linear(x, Weight, Bias);
}

namespace SegSharp.Torch.Operators;

/// <summary>Matrix products with parameters by operator name.</summary>
public static class Projection
{
    private static readonly Operator LinearOp = new("aten::linear", arguments: 3);

    /// <summary>x · weightᵀ + bias along the last axis: [… , in] → [… , out].</summary>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => LinearOp.Call(x, weight, bias);
}

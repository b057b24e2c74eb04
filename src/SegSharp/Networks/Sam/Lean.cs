using SegSharp.Torch;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Sam;

/// <summary>Steps that overwrite their first operand where no gradient needs it.</summary>
internal static class Lean
{
    /// <summary>fresh + other; <paramref name="fresh"/> was made by the caller and is not used again.</summary>
    public static Tensor Add(Tensor fresh, Tensor other)
    {
        // Under autocast the sum is wider than the fresh operand.
        if (!fresh.RequiresGrad && !other.RequiresGrad && fresh.DType == other.DType)
        {
            return fresh.AddInPlace(other);
        }

        using var _ = fresh;
        return fresh + other;
    }

    /// <summary>The activation of <paramref name="fresh"/>, which is not used again.</summary>
    public static Tensor Activate(Tensor fresh, SamActivation activation)
    {
        if (!fresh.RequiresGrad)
        {
            return activation == SamActivation.Gelu ? Activation.GeluInPlace(fresh) : Activation.ReluInPlace(fresh);
        }

        using var _ = fresh;
        return activation == SamActivation.Gelu ? Activation.Gelu(fresh) : Activation.Relu(fresh);
    }
}

namespace SegSharp.Torch;

/// <summary>A module that turns one tensor into one tensor.</summary>
public abstract class Layer : Module
{
    /// <summary>Computes the output; the result belongs to the caller's scope.</summary>
    public abstract Tensor Forward(Tensor x);
}

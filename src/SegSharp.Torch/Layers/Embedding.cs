namespace SegSharp.Torch.Layers;

/// <summary>A table of learnt vectors.</summary>
/// <remarks>Parity: torch.nn.Embedding, with its name and default initialisation (normal). Key: <c>weight</c> [count, features].</remarks>
public sealed class Embedding : Module
{
    /// <summary>Vectors drawn from the normal distribution.</summary>
    public Embedding(int count, int features) => Weight = Parameter("weight", Tensor.Normal([count, features]));

    /// <summary>[count, features].</summary>
    public Tensor Weight { get; }
}

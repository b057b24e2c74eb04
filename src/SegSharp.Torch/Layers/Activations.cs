using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>max(x, 0).</summary>
/// <param name="inPlace">Overwrites its input: only behind a layer that does not need its own output, such as a normalisation.</param>
public sealed class Relu(bool inPlace = false) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => inPlace ? Activation.ReluInPlace(x) : Activation.Relu(x);
}

/// <summary>x where positive, slope · x elsewhere.</summary>
/// <param name="slope">For negative values.</param>
/// <param name="inPlace">As for <see cref="Relu"/>.</param>
public sealed class LeakyRelu(double slope = 0.01, bool inPlace = false) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => inPlace ? Activation.LeakyReluInPlace(x, slope) : Activation.LeakyRelu(x, slope);
}

/// <summary>x where positive, α (eˣ − 1) elsewhere.</summary>
/// <param name="alpha">α.</param>
public sealed class Elu(double alpha = 1) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Activation.Elu(x, alpha);
}

/// <summary>x where positive, a learnt slope · x elsewhere; one slope in all or one per channel.</summary>
public sealed class PRelu : Layer
{
    private readonly Tensor _weight;

    /// <summary>Slope 0.25, as PyTorch starts.</summary>
    public PRelu(int channels = 1) => _weight = Parameter("weight", Tensor.Full(0.25, [channels]));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Activation.PRelu(x, _weight);
}

/// <summary>x · Φ(x), the exact form.</summary>
public sealed class Gelu : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Activation.Gelu(x);
}

/// <summary>x / (1 + e^−x), also called swish.</summary>
public sealed class Silu : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        using var gate = x.Sigmoid();
        return x * gate;
    }
}

/// <summary>1 / (1 + e^−x).</summary>
public sealed class Sigmoid : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Sigmoid();
}

/// <summary>Zeroes elements, or whole channels, with that probability in training.</summary>
/// <param name="probability">In [0, 1).</param>
/// <param name="channels">Whole channels, as torch.nn.Dropout2d and 3d.</param>
public sealed class Dropout(double probability = 0.5, bool channels = false) : Layer
{
    /// <summary>The share that it sets to 0 in training.</summary>
    public double Probability => probability;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => channels
        ? Activation.ChannelDropout(x, probability, IsTraining)
        : Activation.Dropout(x, probability, IsTraining);
}

/// <summary>Nothing: stands where a layer is switched off.</summary>
public sealed class Identity : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x;
}

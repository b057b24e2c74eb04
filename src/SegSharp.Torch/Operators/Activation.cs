namespace SegSharp.Torch.Operators;

/// <summary>Activations by operator name.</summary>
public static class Activation
{
    private static readonly Operator ReluOp = new("aten::relu", arguments: 1), ReluInPlaceOp = new("aten::relu_", arguments: 1);
    private static readonly Operator LeakyOp = new("aten::leaky_relu", arguments: 2), LeakyInPlaceOp = new("aten::leaky_relu_", arguments: 2);
    private static readonly Operator EluOp = new("aten::elu", arguments: 4), PReluOp = new("aten::prelu", arguments: 2), GeluOp = new("aten::gelu", arguments: 2), GeluInPlaceOp = new("aten::gelu_", arguments: 2), SoftplusOp = new("aten::softplus", arguments: 3), DropoutOp = new("aten::dropout", arguments: 3), FeatureDropoutOp = new("aten::feature_dropout", arguments: 3);

    /// <summary>max(x, 0).</summary>
    public static Tensor Relu(Tensor x) => ReluOp.Call(x);

    /// <summary>max(x, 0), overwriting x: only where nothing saved x, such as behind a normalisation.</summary>
    public static Tensor ReluInPlace(Tensor x)
    {
        ReluInPlaceOp.Run(x);
        return x;
    }

    /// <summary>x where positive, slope · x elsewhere.</summary>
    public static Tensor LeakyRelu(Tensor x, double slope) => LeakyOp.Call(x, slope);

    /// <summary>The same, overwriting x.</summary>
    public static Tensor LeakyReluInPlace(Tensor x, double slope)
    {
        LeakyInPlaceOp.Run(x, slope);
        return x;
    }

    /// <summary>x where positive, α (eˣ − 1) elsewhere.</summary>
    public static Tensor Elu(Tensor x, double alpha = 1) => EluOp.Call(x, alpha);

    /// <summary>x where positive, a learnt slope · x elsewhere.</summary>
    public static Tensor PRelu(Tensor x, Tensor slope) => PReluOp.Call(x, slope);

    /// <summary>x · Φ(x).</summary>
    public static Tensor Gelu(Tensor x) => GeluOp.Call(x);

    /// <summary>The same, overwriting x: only without gradients.</summary>
    public static Tensor GeluInPlace(Tensor x)
    {
        GeluInPlaceOp.Run(x);
        return x;
    }

    /// <summary>log(1 + eˣ).</summary>
    public static Tensor Softplus(Tensor x) => SoftplusOp.Call(x);

    /// <summary>Zeroes elements with that probability in training and scales the rest.</summary>
    public static Tensor Dropout(Tensor x, double probability, bool training) => DropoutOp.Call(x, probability, training);

    /// <summary>Zeroes whole channels with that probability in training and scales the rest.</summary>
    public static Tensor ChannelDropout(Tensor x, double probability, bool training) => FeatureDropoutOp.Call(x, probability, training);
}

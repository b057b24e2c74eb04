using SegSharp.Torch;
using SegSharp.Torch.Optimizers;
using Xunit;

namespace SegSharp.ParityTests.Optimizers;

/// <summary>Our optimizer for one of PyTorch's, from its name and its keyword arguments.</summary>
internal static class OptimizerOriginals
{
    /// <summary>Builds it; the test is skipped, with the reason, where SegSharp has none.</summary>
    public static Optimizer Create(string name, RecordedOptions o, IEnumerable<Tensor> parameters)
    {
        var rate = o.Number("lr", 1e-3);
        switch (name.ToUpperInvariant())
        {
            case "SGD" or "SGD WITH CLIP_GRAD_NORM_ BEFORE THE STEP":
                return new Sgd(parameters, new() { LearningRate = rate, Momentum = o.Number("momentum", 0), Dampening = o.Number("dampening", 0), Nesterov = o.Flag("nesterov"), WeightDecay = o.Number("weight_decay", 0) });
            case "ADAM":
                return new Adam(parameters, Moments(o, new AdamOptions { LearningRate = rate, WeightDecay = o.Number("weight_decay", 0) }));
            case "ADAMW":
                return new Adam(parameters, Moments(o, new AdamWOptions { LearningRate = rate, WeightDecay = o.Number("weight_decay", 0.01) }));
            default:
                Assert.Skip($"SegSharp has no optimizer '{name}'");
                throw new NotSupportedException();
        }
    }

    private static MomentOptions Moments(RecordedOptions o, MomentOptions options)
    {
        var betas = o.Numbers("betas") ?? [0.9, 0.999];
        return options with { Beta1 = betas[0], Beta2 = betas[1], Epsilon = o.Number("eps", 1e-8), AmsGrad = o.Flag("amsgrad") };
    }
}

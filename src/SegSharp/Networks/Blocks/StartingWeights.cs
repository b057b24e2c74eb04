using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Blocks;

/// <summary>What the convolutions of a fresh network hold.</summary>
public enum StartingWeights
{
    /// <summary>PyTorch's default: Kaiming uniform with a = √5.</summary>
    Torch,

    /// <summary>Kaiming normal by the fan out, for ReLU; biases 0.</summary>
    KaimingNormal,

    /// <summary>Kaiming normal by the fan in, for a leaky ReLU of slope 0.01; biases 0. nnU-Net's.</summary>
    He,
}

/// <summary>Applies <see cref="StartingWeights"/> to a network.</summary>
internal static class StartingWeightsExtensions
{
    /// <summary>Fills the weights of every convolution below; PyTorch's default is there already.</summary>
    /// <remarks>Source: He et al. 2015. Parity: torch.nn.init.kaiming_normal_(mode='fan_out', nonlinearity='relu'), or (a=0.01) for <see cref="StartingWeights.He"/>.</remarks>
    public static void Apply(this StartingWeights start, Module network)
    {
        if (start == StartingWeights.Torch)
        {
            return;
        }

        foreach (var (_, module) in network.NamedModules())
        {
            var (weight, bias) = module switch
            {
                Conv c => (c.Weight, c.Bias),
                ConvTranspose t => (t.Weight, t.Bias),
                _ => (null, null),
            };
            if (weight is not null)
            {
                Initialise.KaimingNormal(weight, start == StartingWeights.He ? 0.01 : 0, start == StartingWeights.He ? Fan.In : Fan.Out);
            }

            if (bias is not null)
            {
                Initialise.Constant(bias, 0);
            }
        }
    }
}

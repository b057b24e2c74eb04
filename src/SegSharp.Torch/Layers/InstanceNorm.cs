using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>Instance normalisation: every channel of every sample by its own statistics, in training and evaluation alike.</summary>
/// <remarks>Source: Ulyanov et al. 2016. Parity: torch.nn.InstanceNorm2d and 3d (track_running_stats off).</remarks>
public sealed class InstanceNorm : Layer
{
    private readonly double _epsilon;
    private readonly Tensor? _weight, _bias;

    /// <summary>Scale 1 and shift 0 when learnt.</summary>
    public InstanceNorm(int channels, double epsilon = 1e-5, bool affine = true)
    {
        _epsilon = epsilon;
        _weight = affine ? Parameter("weight", Tensor.Ones([channels])) : null;
        _bias = affine ? Parameter("bias", Tensor.Zeros([channels])) : null;
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Normalisation.Instance(x, _weight, _bias, _epsilon);
}

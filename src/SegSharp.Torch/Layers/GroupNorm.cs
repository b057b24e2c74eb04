using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>Group normalisation: the statistics of groups of channels, sample by sample.</summary>
/// <remarks>Source: Wu and He 2018. Parity: torch.nn.GroupNorm.</remarks>
public sealed class GroupNorm : Layer
{
    private readonly int _groups;
    private readonly double _epsilon;
    private readonly Tensor _weight, _bias;

    /// <summary>Scale 1 and shift 0; <paramref name="channels"/> must be a multiple of <paramref name="groups"/>.</summary>
    public GroupNorm(int groups, int channels, double epsilon = 1e-5)
    {
        _groups = groups;
        _epsilon = epsilon;
        _weight = Parameter("weight", Tensor.Ones([channels]));
        _bias = Parameter("bias", Tensor.Zeros([channels]));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Normalisation.Group(x, _groups, _weight, _bias, _epsilon);
}

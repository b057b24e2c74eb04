using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>What a network says about every voxel, before sigmoid or softmax.</summary>
/// <param name="Full">[N, Classes, (D,) H, W] at the output's full resolution.</param>
/// <param name="Levels">For deep supervision: the logits of every supervised level, finest first; the first is <paramref name="Full"/>.</param>
public readonly record struct Logits(Tensor Full, IReadOnlyList<Tensor> Levels)
{
    /// <summary>Logits of a network without deep supervision.</summary>
    public static implicit operator Logits(Tensor full) => new(full, [full]);
}

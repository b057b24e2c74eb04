using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Prediction;

/// <summary>What is averaged over the members of an ensemble.</summary>
public enum EnsembleMean
{
    /// <summary>Logits, as nnU-Net joins the folds of one training.</summary>
    Logits,

    /// <summary>Probabilities, as nnU-Net joins different configurations.</summary>
    Probabilities,
}

/// <summary>
/// Several networks in the place of one: the same image in, the mean of their answers out. So that windows, bands, averages over
/// views and the way back to the scan's grid are those of a single network, and hold no more.
/// </summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net), Methods. Parity: nnU-Net 2.8.1 <c>average_probabilities</c>. A mean of probabilities is given as
/// logits of which softmax or sigmoid makes the mean again. Owns its members.
/// </remarks>
public sealed class EnsembleNetwork : Network
{
    // Below this a mean of probabilities is 0: its logarithm must stay finite.
    private const double Least = 1e-7;

    private readonly Modules<Network> _members;
    private readonly EnsembleMean _mean;
    private readonly bool _sigmoid;

    /// <summary>Takes networks over.</summary>
    /// <param name="members">With the same axes, channels and classes.</param>
    /// <param name="mean">What is averaged.</param>
    /// <param name="sigmoid">Whether each class has a probability of its own; otherwise they sum to 1.</param>
    public EnsembleNetwork(IReadOnlyList<Network> members, EnsembleMean mean, bool sigmoid)
        : base(new EnsembleOptions(members.Count, members[0].Dimensions) { InChannels = members[0].Options.InChannels, Classes = members[0].Options.Classes })
    {
        (_members, _mean, _sigmoid) = (Children("members", members), mean, sigmoid);
    }

    /// <inheritdoc/>
    public override int Dimensions => _members[0].Dimensions;

    /// <inheritdoc/>
    public override Logits Forward(Tensor image)
    {
        using var scope = new TensorScope();
        Tensor? sum = null;
        foreach (var member in _members)
        {
            using var inner = new TensorScope();
            var answer = Answer(member.ForwardSame(image).To(DType.Float32));
            sum = sum is null ? inner.Keep(answer.Contiguous()) : sum.AddInPlace(answer);
        }

        var mean = sum!.MultiplyInPlace(1.0 / _members.Count);
        return scope.Keep(_mean == EnsembleMean.Logits ? mean : ToLogits(mean));
    }

    private Tensor Answer(Tensor logits) =>
        _mean == EnsembleMean.Logits ? logits : _sigmoid ? logits.Sigmoid() : logits.Softmax(axis: 1);

    private Tensor ToLogits(Tensor mean)
    {
        var p = mean.Clamp(Least, 1 - Least);
        return _sigmoid ? (p / (1 - p)).Log() : p.Log();
    }

    private sealed record EnsembleOptions(int Members, int Sides) : NetworkOptions
    {
        public override int Axes => Sides;

        public override string About => $"the mean of {Members} networks";
    }
}

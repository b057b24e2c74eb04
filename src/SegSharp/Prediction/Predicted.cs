using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>What is wanted of a prediction beside its labels.</summary>
[Flags]
public enum Wanted
{
    /// <summary>The labels alone.</summary>
    Labels = 0,

    /// <summary>The probability of every class.</summary>
    Probabilities = 1,

    /// <summary>The entropy of every voxel.</summary>
    Entropy = 2,

    /// <summary>What the members of an ensemble disagree about; each of them runs once more.</summary>
    MutualInformation = 4,
}

/// <summary>What a network says about one image, on the image's own grid.</summary>
/// <param name="Labels">The label of every pixel; named after the image.</param>
/// <param name="Probabilities">One channel per network class, float32 in [0, 1]; null when not asked for.</param>
public sealed record Predicted(LabelMap Labels, Volume? Probabilities)
{
    /// <summary>Entropy of every voxel, one channel, float32 in [0, 1] (see <see cref="Prediction.Uncertainty"/>); null when not asked for.</summary>
    public Volume? Entropy { get; init; }

    /// <summary>Entropy of the mean less the mean of the members' entropies, on the same scale; null when not asked for.</summary>
    public Volume? MutualInformation { get; init; }
}

namespace SegSharp.Training;

/// <summary>How far a run has come: what a resume needs besides tensors.</summary>
public sealed record TrainingPosition
{
    /// <summary>Epochs that are finished.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps of the next epoch that are done already (a run that was stopped inside an epoch).</summary>
    public int Step { get; init; }

    /// <summary>The sum of loss × samples over those steps.</summary>
    public double LossSum { get; init; }

    /// <summary>Samples of those steps.</summary>
    public long Samples { get; init; }

    /// <summary>The sum of the gradients' lengths of those steps.</summary>
    public double GradientNormSum { get; init; }

    /// <summary>Seconds spent on those steps.</summary>
    public double Seconds { get; init; }

    /// <summary>A row per finished epoch.</summary>
    public IReadOnlyList<EpochEnded> History { get; init; } = [];

    /// <summary>The best epoch so far; null before the first validation.</summary>
    public EpochEnded? Best => History.LastOrDefault(e => e.IsBest);
}

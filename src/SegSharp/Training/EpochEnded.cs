using SegSharp.Torch.Schedules;

namespace SegSharp.Training;

/// <summary>A step of the training is done.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">In all.</param>
/// <param name="Step">Within the epoch, from 1.</param>
/// <param name="Steps">In an epoch.</param>
/// <param name="Loss">Of this step.</param>
/// <param name="GradientNorm">The length of the gradient before any clipping.</param>
/// <param name="LearningRate">That the step was done with.</param>
public sealed record StepEnded(int Epoch, int Epochs, int Step, int Steps, double Loss, double GradientNorm = 0, double LearningRate = 0) : RunEvent;

/// <summary>An epoch is done, and validated where that was due. Also a row of <c>metrics.csv</c>.</summary>
public sealed record EpochEnded : RunEvent
{
    /// <summary>From 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>In all.</summary>
    public required int Epochs { get; init; }

    /// <summary>The mean over the samples of the epoch.</summary>
    public required double TrainingLoss { get; init; }

    /// <summary>The mean over the validation samples; null when not validated.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>
    /// Pooled Dice per foreground label over all validation pixels, on the grid that is trained on; null for a label that
    /// neither side has.
    /// </summary>
    public IReadOnlyList<double?> Dice { get; init; } = [];

    /// <summary>The mean of <see cref="Dice"/> over the labels that have one; null when none has.</summary>
    public double? MeanDice { get; init; }

    /// <summary>At the end of the epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The mean length of the gradient over the steps of the epoch, before any clipping.</summary>
    public double GradientNorm { get; init; }

    /// <summary>Seconds that the epoch took, with its validation.</summary>
    public double Seconds { get; init; }

    /// <summary>Whether it is the best so far by <see cref="MeanDice"/>, ties by the lower validation loss.</summary>
    public bool IsBest { get; init; }

    /// <summary>The number that decisions are taken by; null when this epoch has none.</summary>
    public double? Value(Watched watched) => watched switch
    {
        Watched.Dice => MeanDice,
        Watched.ValidationLoss => ValidationLoss,
        _ => TrainingLoss,
    };
}

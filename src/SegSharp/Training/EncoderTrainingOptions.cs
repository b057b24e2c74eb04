namespace SegSharp.Training;

/// <summary>How the encoder of a network learns, where it shall learn otherwise than the rest.</summary>
public sealed record EncoderTrainingOptions
{
    /// <summary>Whether its weights stay as they are: no gradients, and running statistics and dropout as in evaluation.</summary>
    public bool Frozen { get; init; }

    /// <summary>Epochs after which a frozen encoder learns too; null = it stays frozen.</summary>
    public int? UnfreezeAfter { get; init; }

    /// <summary>Its learning rate at the start, which the schedule changes as it does the others'; null = the same as theirs.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Whether anything differs from the rest of the network.</summary>
    internal bool IsPlain => !Frozen && LearningRate is null;

    /// <summary>Whether the encoder is frozen in an epoch.</summary>
    /// <param name="epoch">From 0.</param>
    public bool FrozenIn(int epoch) => Frozen && !(epoch >= UnfreezeAfter);

    /// <summary>Every fault of these options, with its recipe key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (UnfreezeAfter is < 1)
        {
            yield return Fault.At("training.encoder.unfreezeAfter", $"is {UnfreezeAfter}; it must be 1 or more");
        }

        if (UnfreezeAfter is not null && !Frozen)
        {
            yield return Fault.At("training.encoder.unfreezeAfter", "is set, but the encoder is not frozen; --set training.encoder.frozen=true");
        }

        if (LearningRate is { } rate && !(rate > 0 && double.IsFinite(rate)))
        {
            yield return Fault.At("training.encoder.learningRate", $"is {rate}; it must be above 0");
        }
    }
}

using SegSharp.Torch.Schedules;

namespace SegSharp.Training;

/// <summary>When a training ends before its last epoch.</summary>
/// <remarks>Source: Prechelt 1998. Decided from the finished epochs alone, so a resumed run ends where one that was not stopped would.</remarks>
public sealed record EarlyStoppingOptions
{
    /// <summary>Epochs without improvement after which the training ends; 0 = never.</summary>
    public int Patience { get; init; }

    /// <summary>What must get better.</summary>
    public Watched Watch { get; init; }

    /// <summary>By how much, at least, to count.</summary>
    public double MinDelta { get; init; }

    /// <summary>Every fault of these options, with its recipe key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Patience < 0)
        {
            yield return Fault.At("training.earlyStopping.patience", $"is {Patience}; it must be 0 (never) or more");
        }

        if (MinDelta is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("training.earlyStopping.minDelta", $"is {MinDelta}; it must be 0 or more");
        }
    }

    /// <summary>Why the training ends after these epochs; null while it goes on.</summary>
    internal string? Reason(IReadOnlyList<EpochEnded> history)
    {
        if (Patience == 0 || history.Count == 0)
        {
            return null;
        }

        var (best, at) = (0.0, 0);
        foreach (var epoch in history)
        {
            if (epoch.Value(Watch) is { } value && (at == 0 || (Watch == Watched.Dice ? value > best + MinDelta : value < best - MinDelta)))
            {
                (best, at) = (value, epoch.Epoch);
            }
        }

        return at > 0 && history[^1].Epoch - at >= Patience
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"stopped early after epoch {history[^1].Epoch}: the {Words(Watch)} was last better in epoch {at} ({best:G5}), {history[^1].Epoch - at} epochs ago")
            : null;
    }

    private static string Words(Watched watched) => watched switch
    {
        Watched.Dice => "validation Dice",
        Watched.ValidationLoss => "validation loss",
        _ => "training loss",
    };
}

namespace SegSharp.Torch.Schedules;

/// <summary>A number that a training produces once per epoch and that decisions are taken by.</summary>
public enum Watched
{
    /// <summary>The mean Dice of the validation; more is better.</summary>
    Dice,

    /// <summary>The mean loss of the validation; less is better.</summary>
    ValidationLoss,

    /// <summary>The mean loss of the training; less is better, and needs no validation cases.</summary>
    TrainingLoss,
}

/// <summary>Options of a learning-rate schedule.</summary>
public abstract record ScheduleOptions
{
    /// <summary>The share of the run in which the rate rises in a straight line before the schedule begins; the schedule then takes the rest of the run.</summary>
    public double WarmUp { get; init; }

    /// <summary>The factor that the warm-up rises from.</summary>
    public double WarmUpStart { get; init; }

    /// <summary>What has to be measured for it, epoch by epoch; null for a schedule that depends on the time alone.</summary>
    public virtual Watched? Needs => null;

    /// <summary>Every fault of these options, with its recipe key.</summary>
    public virtual IEnumerable<Fault> Check()
    {
        if (WarmUp is not (>= 0 and < 1))
        {
            yield return Fault.At("training.schedule.warmUp", $"is {WarmUp}; it must be in [0, 1)");
        }

        if (WarmUpStart is not (>= 0 and <= 1))
        {
            yield return Fault.At("training.schedule.warmUpStart", $"is {WarmUpStart}; it must be in [0, 1]");
        }
    }
}

/// <summary>Where a run is, for its schedule.</summary>
public sealed record SchedulePoint
{
    /// <summary>Steps done / steps in all, in [0, 1].</summary>
    public double Progress { get; init; }

    /// <summary>How many epochs the whole run has, for schedules that count them.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>What <see cref="ScheduleOptions.Needs"/> names, of every epoch that has it, in order.</summary>
    public IReadOnlyList<double> Seen { get; init; } = [];
}

/// <summary>The learning rate over a run, as a factor on the optimizer's. Keeps nothing: the same point gives the same factor, also after a resume.</summary>
public abstract class Schedule(ScheduleOptions options)
{
    private readonly double _warmUp = options.WarmUp, _start = options.WarmUpStart;

    /// <summary>The factor at a point of the run.</summary>
    /// <param name="progress">Steps done / steps in all, in [0, 1].</param>
    public double Factor(double progress) => Factor(new SchedulePoint { Progress = progress });

    /// <inheritdoc cref="Factor(double)"/>
    /// <remarks>Warm-up: Goyal et al. 2017, section 2.2; then the schedule begins at its own zero. Parity: torch SequentialLR of LinearLR and the schedule.</remarks>
    public double Factor(SchedulePoint at) => at.Progress < _warmUp
        ? _start + ((1 - _start) * at.Progress / _warmUp)
        : Shape(at with { Progress = (at.Progress - _warmUp) / (1 - _warmUp), Epochs = at.Epochs * (1 - _warmUp) });

    /// <summary>The factor behind the warm-up; progress and epochs are counted from its end.</summary>
    protected abstract double Shape(SchedulePoint at);

    /// <summary>Whole epochs done: 5 / 20 · 20 must not fall below 5 by rounding.</summary>
    protected static double EpochsDone(SchedulePoint at) => Math.Floor((at.Progress * at.Epochs) + 1e-9);
}

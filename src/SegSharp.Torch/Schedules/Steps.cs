namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Steps"/>.</summary>
public sealed record StepsOptions : ScheduleOptions
{
    /// <summary>What the rate is multiplied with at every step down.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Epochs between two steps down; 0 = at <see cref="Milestones"/> alone.</summary>
    public int Every { get; init; } = 30;

    /// <summary>Epochs after which the rate steps down, instead of every so many.</summary>
    public int[] Milestones { get; init; } = [];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Gamma is not (> 0 and <= 1))
        {
            yield return Fault.At("training.schedule.gamma", $"is {Gamma}; it must be above 0, and 1 at most");
        }

        if (Every < 0 || (Every == 0 && Milestones.Length == 0))
        {
            yield return Fault.At("training.schedule.every", $"is {Every}; it must be 1 or more, or give training.schedule.milestones");
        }

        if (Milestones.Any(m => m < 1))
        {
            yield return Fault.At("training.schedule.milestones", $"are [{string.Join(", ", Milestones)}]; each must be 1 or more");
        }
    }
}

/// <summary>The rate is multiplied every so many epochs, or at the epochs that are named.</summary>
/// <remarks>Parity: torch StepLR and MultiStepLR. Epochs are counted from the end of the warm-up, as SequentialLR counts them.</remarks>
public sealed class Steps(StepsOptions o) : Schedule(o)
{
    /// <inheritdoc/>
    protected override double Shape(SchedulePoint at)
    {
        var done = EpochsDone(at);
        var downs = o.Milestones.Length > 0 ? o.Milestones.Count(m => m <= done) : Math.Floor(done / o.Every);
        return Math.Pow(o.Gamma, downs);
    }
}

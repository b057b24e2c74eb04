namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Exponential"/>.</summary>
public sealed record ExponentialOptions : ScheduleOptions
{
    /// <summary>What the rate is multiplied with at the end of every epoch.</summary>
    public double Gamma { get; init; } = 0.95;

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
    }
}

/// <summary>gamma^epoch.</summary>
/// <remarks>Parity: torch ExponentialLR.</remarks>
public sealed class Exponential(ExponentialOptions o) : Schedule(o)
{
    /// <inheritdoc/>
    protected override double Shape(SchedulePoint at) => Math.Pow(o.Gamma, EpochsDone(at));
}

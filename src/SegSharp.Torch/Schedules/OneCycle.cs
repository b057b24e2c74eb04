namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="OneCycle"/>. The optimizer's learning rate is the peak.</summary>
public sealed record OneCycleOptions : ScheduleOptions
{
    /// <summary>The share of the run after which the rate is at its peak.</summary>
    public double PeakAt { get; init; } = 0.3;

    /// <summary>The first rate is the peak's divided by this.</summary>
    public double DivideFirst { get; init; } = 25;

    /// <summary>The last rate is the first one divided by this.</summary>
    public double DivideLast { get; init; } = 1e4;

    /// <summary>Straight lines in place of half cosines.</summary>
    public bool Linear { get; init; }

    /// <summary>Fall to the first rate as long as it rose, then on to the last; off: one fall from the peak to the last rate.</summary>
    public bool ThreePhases { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (PeakAt is not (> 0 and < 1) || (ThreePhases && PeakAt >= 0.5))
        {
            yield return Fault.At("training.schedule.peakAt", $"is {PeakAt}; it must be in (0, {(ThreePhases ? "0.5" : "1")})");
        }

        if (DivideFirst is not (>= 1 and < double.PositiveInfinity))
        {
            yield return Fault.At("training.schedule.divideFirst", $"is {DivideFirst}; it must be 1 or more");
        }

        if (DivideLast is not (>= 1 and < double.PositiveInfinity))
        {
            yield return Fault.At("training.schedule.divideLast", $"is {DivideLast}; it must be 1 or more");
        }
    }
}

/// <summary>Up to the peak and down far below the start, once.</summary>
/// <remarks>
/// Source: Smith and Topin 2019. Parity: torch OneCycleLR's rates. Differs: the momentum stays; PyTorch's phases end one step early
/// (its peak is at step 0.3 · steps − 1, and its last step has the last rate), ours at the named share of the run.
/// </remarks>
public sealed class OneCycle(OneCycleOptions o) : Schedule(o)
{
    /// <inheritdoc/>
    protected override double Shape(SchedulePoint at)
    {
        var (p, peak, first) = (Math.Min(1, at.Progress), o.PeakAt, 1 / o.DivideFirst);
        var last = first / o.DivideLast;
        return p <= peak ? Between(first, 1, p / peak)
            : !o.ThreePhases ? Between(1, last, (p - peak) / (1 - peak))
            : p <= 2 * peak ? Between(1, first, (p - peak) / peak)
            : Between(first, last, (p - (2 * peak)) / (1 - (2 * peak)));
    }

    private double Between(double from, double to, double share) =>
        from + ((to - from) * (o.Linear ? share : 0.5 * (1 - Math.Cos(Math.PI * share))));
}

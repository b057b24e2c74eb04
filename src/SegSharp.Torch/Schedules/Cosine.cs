namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Cosine"/>.</summary>
public sealed record CosineOptions : ScheduleOptions
{
    /// <summary>The factor at the end.</summary>
    public double Lowest { get; init; }

    /// <summary>Epochs until the first restart; 0 = no restart, one fall over the whole run.</summary>
    public double Period { get; init; }

    /// <summary>By how much every period is longer than the one before.</summary>
    public double Growth { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Lowest is not (>= 0 and <= 1))
        {
            yield return Fault.At("training.schedule.lowest", $"is {Lowest}; it must be in [0, 1]");
        }

        if (Period is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("training.schedule.period", $"is {Period}; it must be 0 (no restart) or more");
        }

        if (Growth is not (>= 1 and <= 100))
        {
            yield return Fault.At("training.schedule.growth", $"is {Growth}; it must be 1 to 100");
        }
    }
}

/// <summary>Half a cosine from 1 to its lowest; with restarts, again and again.</summary>
/// <remarks>Source: Loshchilov and Hutter 2017, equation 5. Parity: torch CosineAnnealingLR, CosineAnnealingWarmRestarts.</remarks>
public sealed class Cosine(CosineOptions o) : Schedule(o)
{
    /// <inheritdoc/>
    protected override double Shape(SchedulePoint at)
    {
        var (here, period) = (Math.Min(1, at.Progress), 1.0);
        if (o.Period > 0)
        {
            (here, period) = (at.Progress * at.Epochs, o.Period);
            while (here >= period - 1e-9)                                       // 4 epochs are over at 3.9999999
            {
                here = Math.Max(0, here - period);
                period *= o.Growth;
            }
        }

        return o.Lowest + ((1 - o.Lowest) * 0.5 * (1 + Math.Cos(Math.PI * here / period)));
    }
}

namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Plateau"/>.</summary>
public sealed record PlateauOptions : ScheduleOptions
{
    /// <summary>What must go on getting better.</summary>
    public Watched Watch { get; init; } = Watched.ValidationLoss;

    /// <summary>What the rate is multiplied with when it does not.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Measurements without improvement that are put up with; the one after them lowers the rate.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>What counts as better: by this share of the best value, or by this much when <see cref="Absolute"/>.</summary>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Whether the threshold is a difference and not a share.</summary>
    public bool Absolute { get; init; }

    /// <summary>Measurements after a reduction in which none is counted.</summary>
    public int Cooldown { get; init; }

    /// <summary>The factor never falls below this.</summary>
    public double Lowest { get; init; }

    /// <inheritdoc/>
    public override Watched? Needs => Watch;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Gamma is not (> 0 and < 1))
        {
            yield return Fault.At("training.schedule.gamma", $"is {Gamma}; it must be in (0, 1)");
        }

        if (Patience < 0)
        {
            yield return Fault.At("training.schedule.patience", $"is {Patience}; it must be 0 or more");
        }

        if (Threshold is not (>= 0 and < double.PositiveInfinity))
        {
            yield return Fault.At("training.schedule.threshold", $"is {Threshold}; it must be 0 or more");
        }

        if (Cooldown < 0)
        {
            yield return Fault.At("training.schedule.cooldown", $"is {Cooldown}; it must be 0 or more");
        }

        if (Lowest is not (>= 0 and <= 1))
        {
            yield return Fault.At("training.schedule.lowest", $"is {Lowest}; it must be in [0, 1]");
        }
    }
}

/// <summary>The rate is lowered when what is watched has stopped getting better.</summary>
/// <remarks>
/// Parity: torch ReduceLROnPlateau. Goes through all that was seen each time, so there is no state that a resume could lose.
/// </remarks>
public sealed class Plateau(PlateauOptions o) : Schedule(o)
{
    /// <inheritdoc/>
    protected override double Shape(SchedulePoint at)
    {
        var more = o.Watch == Watched.Dice;
        var (factor, best, bad, cooling) = (1.0, more ? double.NegativeInfinity : double.PositiveInfinity, 0, 0);
        foreach (var value in at.Seen)
        {
            if (IsBetter(value, best, more))
            {
                (best, bad) = (value, 0);
            }
            else
            {
                bad++;
            }

            if (cooling > 0)
            {
                (cooling, bad) = (cooling - 1, 0);
            }

            if (bad > o.Patience)
            {
                (factor, cooling, bad) = (Math.Max(factor * o.Gamma, o.Lowest), o.Cooldown, 0);
            }
        }

        return factor;
    }

    private bool IsBetter(double value, double best, bool more)
    {
        var by = o.Absolute ? o.Threshold : o.Threshold * best;
        return double.IsInfinity(best) ? double.IsFinite(value) : more ? value > best + by : value < best - by;
    }
}

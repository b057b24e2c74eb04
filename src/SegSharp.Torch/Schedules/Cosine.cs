namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Cosine"/>.</summary>
public sealed record CosineOptions : ScheduleOptions
{
    /// <summary>The share of the run in which the rate rises from zero.</summary>
    public double WarmUp { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (WarmUp is not (>= 0 and < 1))
        {
            yield return Fault.At("training.schedule.warmUp", $"is {WarmUp}; it must be in [0, 1)");
        }
    }
}

/// <summary>Half a cosine from 1 to 0, after a straight rise.</summary>
/// <remarks>Source: Loshchilov and Hutter 2017, without restarts.</remarks>
public sealed class Cosine(CosineOptions o) : Schedule
{
    /// <inheritdoc/>
    public override double Factor(double progress) => progress < o.WarmUp
        ? progress / o.WarmUp
        : 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, (progress - o.WarmUp) / (1 - o.WarmUp))));
}

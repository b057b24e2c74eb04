namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Polynomial"/>.</summary>
public sealed record PolynomialOptions : ScheduleOptions
{
    /// <summary>0.9 in nnU-Net: almost a straight line to zero; 1 is a straight line.</summary>
    public double Exponent { get; init; } = 0.9;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (!(Exponent > 0))
        {
            yield return Fault.At("training.schedule.exponent", $"is {Exponent}; it must be above 0");
        }
    }
}

/// <summary>(1 − progress)^exponent.</summary>
/// <remarks>Source: Isensee et al. 2021 (nnU-Net), Methods.</remarks>
public sealed class Polynomial(PolynomialOptions o) : Schedule(o)
{
    /// <inheritdoc/>
    protected override double Shape(SchedulePoint at) => Math.Pow(1 - Math.Min(1, at.Progress), o.Exponent);
}

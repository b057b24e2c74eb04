namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Constant"/>: none.</summary>
public sealed record ConstantOptions : ScheduleOptions;

/// <summary>The rate stays as it is.</summary>
public sealed class Constant : Schedule
{
    /// <inheritdoc/>
    public override double Factor(double progress) => 1;
}

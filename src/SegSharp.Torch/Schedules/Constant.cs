namespace SegSharp.Torch.Schedules;

/// <summary>Options of <see cref="Constant"/>: none but the warm-up.</summary>
public sealed record ConstantOptions : ScheduleOptions;

/// <summary>The rate stays as it is.</summary>
public sealed class Constant(ConstantOptions? options = null) : Schedule(options ?? new())
{
    /// <inheritdoc/>
    protected override double Shape(SchedulePoint at) => 1;
}

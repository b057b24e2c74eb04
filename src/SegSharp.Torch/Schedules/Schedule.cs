namespace SegSharp.Torch.Schedules;

/// <summary>Options of a learning-rate schedule.</summary>
public abstract record ScheduleOptions
{
    /// <summary>Every fault of these options, with its recipe key.</summary>
    public virtual IEnumerable<Fault> Check() => [];
}

/// <summary>The learning rate over a run, as a factor on the optimizer's.</summary>
public abstract class Schedule
{
    /// <summary>The factor at a point of the run.</summary>
    /// <param name="progress">Steps done / steps in all, in [0, 1].</param>
    public abstract double Factor(double progress);
}

namespace SegSharp.Torch.Schedules;

/// <summary>Every schedule by name: one line each.</summary>
public static class ScheduleCatalogue
{
    /// <summary>Names as in recipes and on the command line.</summary>
    public static Catalogue<Schedule> All { get; } = new Catalogue<Schedule>("schedule")
        .Add<ConstantOptions>("constant", o => new Constant(o))
        .Add<StepsOptions>("step", o => new Steps(o))
        .Add<ExponentialOptions>("exponential", o => new Exponential(o))
        .Add<PolynomialOptions>("polynomial", o => new Polynomial(o))
        .Add<CosineOptions>("cosine", o => new Cosine(o))
        .Add<OneCycleOptions>("onecycle", o => new OneCycle(o))
        .Add<PlateauOptions>("plateau", o => new Plateau(o));
}

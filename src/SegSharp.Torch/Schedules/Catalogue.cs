namespace SegSharp.Torch.Schedules;

/// <summary>Every schedule by name: one line each.</summary>
public static class ScheduleCatalogue
{
    /// <summary>Names as in recipes and on the command line.</summary>
    public static Catalogue<Schedule> All { get; } = new Catalogue<Schedule>("schedule")
        .Add<ConstantOptions>("constant", _ => new Constant())
        .Add<PolynomialOptions>("polynomial", o => new Polynomial(o))
        .Add<CosineOptions>("cosine", o => new Cosine(o));
}

using SegSharp.Foundation;

namespace SegSharp.Postprocessing;

/// <summary>The steps by name; a new one adds its line here.</summary>
public static class Catalogue
{
    /// <summary>All steps.</summary>
    public static Catalogue<PostprocessingStep> Steps { get; } = new Catalogue<PostprocessingStep>("post-processing step")
        .Add<KeepLargestOptions>("keepLargest", o => new KeepLargest(o))
        .Add<RemoveSmallOptions>("removeSmall", o => new RemoveSmall(o))
        .Add<FillHolesOptions>("fillHoles", o => new FillHoles(o))
        .Add<NumberObjectsOptions>("numberObjects", o => new NumberObjects(o));

    /// <summary>The step of an options record.</summary>
    /// <exception cref="UsageException">A fault in the options, or options of no step.</exception>
    public static PostprocessingStep Build(PostprocessingOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        return Steps.GetByOptions(options.GetType()).Build(options);
    }
}

namespace SegSharp.Torch.Optimizers;

/// <summary>Every optimizer by name: one line each.</summary>
public static class OptimizerCatalogue
{
    /// <summary>A function of the parameters for every entry.</summary>
    public static Catalogue<Func<IEnumerable<Tensor>, Optimizer>> All { get; } = new Catalogue<Func<IEnumerable<Tensor>, Optimizer>>("optimizer")
        .Add<SgdOptions>("sgd", o => parameters => new Sgd(parameters, o))
        .Add<AdamOptions>("adam", o => parameters => new Adam(parameters, o))
        .Add<AdamWOptions>("adamw", o => parameters => new Adam(parameters, o));
}

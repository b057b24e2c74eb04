namespace SegSharp.Losses;

/// <summary>Every loss by name: one line each.</summary>
public static class LossCatalogue
{
    /// <summary>Names as in recipes and on the command line.</summary>
    public static Catalogue<Loss> All { get; } = new Catalogue<Loss>("loss")
        .Add<BinaryCrossEntropyOptions>("bce", o => new BinaryCrossEntropy(o))
        .Add<CrossEntropyOptions>("ce", o => new CrossEntropy(o))
        .Add<TopKOptions>("topk", o => new TopK(o))
        .Add<FocalOptions>("focal", o => new Focal(o))
        .Add<SoftDiceOptions>("dice", o => new SoftDice(o))
        .Add<GeneralisedDiceOptions>("gdice", o => new GeneralisedDice(o))
        .Add<TverskyOptions>("tversky", o => new Tversky(o))
        .Add<LovaszOptions>("lovasz", o => new Lovasz(o))
        .Add<BoundaryOptions>("boundary", o => new Boundary(o))
        .Add<DiceCrossEntropyOptions>("dice+ce", o => new DiceCrossEntropy(o))
        .Add<DiceTopKOptions>("dice+topk", o => new DiceTopK(o))
        .Add<DiceFocalOptions>("dice+focal", o => new DiceFocal(o))
        .Add<WeightedSumOptions>("sum", o => new WeightedSum(o));
}

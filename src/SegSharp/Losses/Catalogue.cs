namespace SegSharp.Losses;

/// <summary>Every loss by name: one line each.</summary>
public static class LossCatalogue
{
    /// <summary>Names as in recipes and on the command line.</summary>
    public static Catalogue<Loss> All { get; } = new Catalogue<Loss>("loss")
        .Add<BinaryCrossEntropyOptions>("bce", o => new BinaryCrossEntropy(o))
        .Add<CrossEntropyOptions>("ce", o => new CrossEntropy(o))
        .Add<SoftDiceOptions>("dice", o => new SoftDice(o))
        .Add<DiceCrossEntropyOptions>("dice+ce", o => new DiceCrossEntropy(o));
}

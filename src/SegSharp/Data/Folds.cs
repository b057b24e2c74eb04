using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>nnU-Net's cross-validation: the same folds for the same names.</summary>
/// <remarks>Source: nnU-Net v2 generate_crossval_split (scikit-learn KFold, shuffled with seed 12345). Parity: nnU-Net 2.8.1, exact.</remarks>
public static class Folds
{
    /// <summary>The splits of all folds.</summary>
    /// <param name="ids">Names of all cases; sorted here.</param>
    /// <param name="folds">How many; each case validates in exactly one.</param>
    /// <exception cref="InputException">Fewer cases than folds.</exception>
    public static IReadOnlyList<Split> Of(IReadOnlyList<string> ids, int folds = 5)
    {
        if (folds < 2)
        {
            throw new UsageException($"folds is {folds}; it must be 2 or more", "--folds 5");
        }

        if (ids.Count < folds)
        {
            throw new InputException($"the data set has {ids.Count} case(s), fewer than {folds} folds", $"use --folds {Math.Max(2, ids.Count)} or --validation last:1");
        }

        string[] sorted = [.. ids.Order(StringComparer.Ordinal)];
        var order = new NumpyRandom(12345).Permutation(sorted.Length);
        var splits = new List<Split>();
        var first = 0;
        for (var fold = 0; fold < folds; fold++)
        {
            // The first n mod k folds hold one case more.
            var size = (sorted.Length / folds) + (fold < sorted.Length % folds ? 1 : 0);
            var held = order.AsSpan(first, size).ToArray().ToHashSet();
            splits.Add(new Split(
                [.. sorted.Where((_, i) => !held.Contains(i))],
                [.. sorted.Where((_, i) => held.Contains(i))]));
            first += size;
        }

        return splits;
    }

    /// <summary>nnU-Net's split for a fold number beyond its file: 80 % drawn with the seed 12345 + fold.</summary>
    /// <param name="ids">Names of all cases; sorted here.</param>
    /// <param name="fold">The number.</param>
    public static Split Random80To20(IReadOnlyList<string> ids, int fold)
    {
        string[] sorted = [.. ids.Order(StringComparer.Ordinal)];
        var drawn = new NumpyRandom((uint)(12345 + fold)).Permutation(sorted.Length).Take((int)(sorted.Length * 0.8)).ToArray();
        var chosen = drawn.ToHashSet();
        return new Split([.. drawn.Select(i => sorted[i])], [.. sorted.Where((_, i) => !chosen.Contains(i))]);
    }
}

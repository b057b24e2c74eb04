namespace SegSharp.Metrics;

/// <summary>Two predictions of the same images held against each other: is one better, or is it chance?</summary>
/// <param name="Difference">Mean of first − second over the pairs.</param>
/// <param name="Pairs">Images that both define.</param>
/// <param name="LeftOut">Images that only one of them defines (missed or spurious there), which the test cannot see.</param>
/// <param name="P">Two-sided probability of such a difference by chance, not corrected for several tests; null without a pair that differs.</param>
/// <param name="Effect">Rank-biserial correlation, −1 … 1: 1 where the first is larger in every image; null likewise.</param>
/// <remarks>
/// Source: Wilcoxon 1945, signed ranks; pairs that are equal are left out, ties get mean ranks; effect size of Kerby 2014. Exact up to
/// 100 pairs, by counting over all signs (ties included); above, the normal approximation with ties and continuity corrected.
/// </remarks>
public sealed record PairedTest(double? Difference, int Pairs, int LeftOut, double? P, double? Effect)
{
    private const int MostExact = 100;

    /// <summary>What the test is, for a table's foot.</summary>
    public const string Explanation =
        "paired test: Wilcoxon signed-rank, two-sided, exact up to 100 pairs, not corrected for several tests; effect: rank-biserial correlation (1 = first larger in every image)";

    /// <summary>Tests first against second, image by image.</summary>
    /// <param name="first">One per image; null = undefined.</param>
    /// <param name="second">The same images in the same order.</param>
    public static PairedTest Of(IReadOnlyList<double?> first, IReadOnlyList<double?> second)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Count, first.Count);
        var both = first.Zip(second).ToList();
        var differences = both.Where(p => p is { First: not null, Second: not null }).Select(p => p.First!.Value - p.Second!.Value).ToList();
        var leftOut = both.Count(p => p.First is null != p.Second is null);
        double? mean = differences.Count == 0 ? null : differences.Average();
        var ranked = differences.Where(d => d != 0).OrderBy(Math.Abs).ToList();
        if (ranked.Count == 0)
        {
            return new PairedTest(mean, differences.Count, leftOut, null, null);
        }

        // Twice the rank, so that mean ranks of ties are whole.
        var ranks = new int[ranked.Count];
        for (var (from, to) = (0, 0); from < ranks.Length; from = to)
        {
            for (to = from; to < ranks.Length && Math.Abs(ranked[to]) == Math.Abs(ranked[from]); to++)
            {
            }

            Array.Fill(ranks, from + to + 1, from, to - from);
        }

        var all = ranks.Sum();
        var plus = ranks.Where((_, i) => ranked[i] > 0).Sum();
        var p = ranks.Length <= MostExact ? Exact(ranks, Math.Min(plus, all - plus)) : Approximate(ranks, Math.Min(plus, all - plus));
        return new PairedTest(mean, differences.Count, leftOut, p, (double)(plus - (all - plus)) / all);
    }

    /// <summary>Probabilities of several tests, corrected so that none of them is small by chance alone.</summary>
    /// <remarks>Source: Holm 1979: the smallest times the number of tests, the next times one less, none smaller than the one before, none over 1.</remarks>
    /// <param name="probabilities">One per test; null stays null and is not counted.</param>
    public static IReadOnlyList<double?> Holm(IReadOnlyList<double?> probabilities)
    {
        var corrected = new double?[probabilities.Count];
        var known = Enumerable.Range(0, probabilities.Count).Where(i => probabilities[i] is not null).OrderBy(i => probabilities[i]).ToList();
        var least = 0.0;
        for (var rank = 0; rank < known.Count; rank++)
        {
            least = Math.Max(least, Math.Min(1, probabilities[known[rank]]!.Value * (known.Count - rank)));
            corrected[known[rank]] = least;
        }

        return corrected;
    }

    // Each rank is plus or minus by a fair coin: the share of all signs whose smaller sum is at most this.
    private static double Exact(int[] ranks, int smaller)
    {
        var share = new double[ranks.Sum() + 1];
        share[0] = 1;
        var reached = 0;
        foreach (var rank in ranks)
        {
            reached += rank;
            for (var s = reached; s >= 0; s--)
            {
                share[s] = (share[s] + (s >= rank ? share[s - rank] : 0)) / 2;
            }
        }

        return Math.Min(1, 2 * share.AsSpan(0, smaller + 1).ToArray().Sum());
    }

    private static double Approximate(int[] ranks, int smaller)
    {
        // Mean and variance of the sum of plus ranks; the ranks here are doubled.
        var (mean, variance) = (ranks.Sum() / 4.0, ranks.Sum(r => r / 2.0 * (r / 2.0)) / 4);
        var z = Math.Min(0, (smaller / 2.0) - mean + 0.5) / Math.Sqrt(variance);
        return Math.Min(1, 2 * Normal.Share(z));
    }
}

namespace SegSharp.Metrics;

/// <summary>The voxels whose probability lies in one stretch.</summary>
/// <param name="Low">From here.</param>
/// <param name="High">To here.</param>
/// <param name="Confidence">The mean of their probabilities.</param>
/// <param name="Frequency">The share of them that is true.</param>
/// <param name="Count">Voxels.</param>
public sealed record ReliabilityBin(double Low, double High, double Confidence, double Frequency, long Count);

/// <summary>Whether probabilities mean what they say: of the voxels called 0.8, are 80 in 100 true?</summary>
/// <remarks>
/// Source: Guo et al. 2017 (expected and maximum calibration error, temperature), Brier 1950. Voxels are counted in steps of 1/65535 of
/// probability, so every number here is exact to that.
/// </remarks>
public sealed record Calibration
{
    private const double Least = 0.5 / 65535;

    /// <summary>The stretches that hold a voxel, from low to high.</summary>
    public required IReadOnlyList<ReliabilityBin> Bins { get; init; }

    /// <summary>Voxels.</summary>
    public required long Count { get; init; }

    /// <summary>Expected calibration error: |confidence − frequency|, averaged over the voxels; in [0, 1], 0 is perfect.</summary>
    public double ExpectedError => Bins.Sum(b => Math.Abs(b.Confidence - b.Frequency) * b.Count) / Count;

    /// <summary>The greatest |confidence − frequency| of a stretch.</summary>
    public double GreatestError => Bins.Max(b => Math.Abs(b.Confidence - b.Frequency));

    /// <summary>Brier score: the mean of (p − truth)², in [0, 1], 0 is perfect.</summary>
    public required double Brier { get; init; }

    /// <summary>The mean of −ln of the probability given to what is true, in nats.</summary>
    public required double LogLoss { get; init; }

    /// <summary>The number by which all logits must be divided for the least log loss: above 1 the network is too sure of itself.</summary>
    public required double Temperature { get; init; }

    /// <summary>The log loss with that temperature.</summary>
    public required double ScaledLogLoss { get; init; }

    /// <summary>What the numbers mean; belongs under a table of them.</summary>
    public static string Explanation =>
        "calibration: of voxels called p, the share p should be true. ECE: |called − true| in 15 stretches, averaged over voxels; Brier: mean of (p − truth)²; "
        + "temperature: what the logits must be divided by for the least log loss, fitted on these cases, above 1 = too sure. "
        + "Most voxels are background that is certain and right, which flatters every mean: the rows p ≥ 0.01 leave it out";

    /// <summary>Measures.</summary>
    /// <param name="probabilities">Of the voxels of one class.</param>
    /// <param name="from">Voxels with a lower probability are left out: a choice by what is predicted, never by what is true, keeps the frequencies fair.</param>
    /// <param name="bins">Stretches of equal width.</param>
    /// <returns>Null where no voxel is left.</returns>
    public static Calibration? Of(ProbabilityHistogram probabilities, double from = 0, int bins = 15)
    {
        var counts = probabilities.Counts().Where(c => c.Probability >= from).ToList();
        var count = counts.Sum(c => c.Positives + c.Negatives);
        if (count == 0)
        {
            return null;
        }

        var temperature = Fit(counts);
        return new Calibration
        {
            Count = count,
            Bins =
            [
                .. counts.GroupBy(c => Math.Min(bins - 1, (int)(c.Probability * bins))).OrderBy(g => g.Key).Select(g =>
                {
                    var (n, yes) = (g.Sum(c => c.Positives + c.Negatives), g.Sum(c => c.Positives));
                    return new ReliabilityBin(g.Key / (double)bins, (g.Key + 1) / (double)bins, g.Sum(c => c.Probability * (c.Positives + c.Negatives)) / n, (double)yes / n, n);
                }),
            ],
            Brier = counts.Sum(c => (c.Positives * (1 - c.Probability) * (1 - c.Probability)) + (c.Negatives * c.Probability * c.Probability)) / count,
            LogLoss = Loss(counts, 1),
            Temperature = temperature,
            ScaledLogLoss = Loss(counts, temperature),
        };
    }

    // Convex in 1 / T: the golden section closes in on the one least value.
    private static double Fit(List<(double Probability, long Positives, long Negatives)> counts)
    {
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(0.05), Math.Log(20));
        for (var i = 0; i < 60; i++)
        {
            var (a, b) = (high - (ratio * (high - low)), low + (ratio * (high - low)));
            (low, high) = Loss(counts, Math.Exp(a)) <= Loss(counts, Math.Exp(b)) ? (low, b) : (a, high);
        }

        return Math.Exp((low + high) / 2);
    }

    private static double Loss(List<(double Probability, long Positives, long Negatives)> counts, double temperature)
    {
        var (sum, count) = (0.0, 0L);
        foreach (var (p, yes, no) in counts)
        {
            var q = Math.Clamp(p, Least, 1 - Least);
            var logit = Math.Log(q / (1 - q)) / temperature;
            sum += (yes * SoftPlus(-logit)) + (no * SoftPlus(logit));
            count += yes + no;
        }

        return sum / count;
    }

    private static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}

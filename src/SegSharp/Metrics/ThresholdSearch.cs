namespace SegSharp.Metrics;

/// <summary>Dice at one threshold.</summary>
/// <param name="Threshold">A voxel is foreground above it.</param>
/// <param name="Mean">Mean over the images that define it (one of prediction and truth is not empty); null where none does.</param>
/// <param name="Pooled">All voxels of all images together; null where nothing is predicted and nothing is true.</param>
public sealed record ThresholdScore(double Threshold, double? Mean, double? Pooled);

/// <summary>Dice at the thresholds 0.01, 0.02, …, 0.99, image by image, from counts that take no more memory than the thresholds.</summary>
public sealed class ThresholdSearch
{
    private const int Count = 99;
    private readonly List<(long[] True, long[] False, long Positives)> _images = [];

    /// <summary>What the number that is found is worth; belongs beside it.</summary>
    public static string Explanation =>
        "the threshold was chosen on these cases, so its Dice on them is too good; score it on others";

    /// <summary>Adds an image.</summary>
    public void Add(ProbabilityHistogram image)
    {
        var (tp, fp) = (new long[Count], new long[Count]);
        var positives = 0L;
        foreach (var (p, yes, no) in image.Counts())
        {
            positives += yes;
            for (var i = Math.Min(Count, (int)Math.Ceiling((p * 100) - 1e-9) - 1) - 1; i >= 0; i--)     // every threshold below p
            {
                tp[i] += yes;
                fp[i] += no;
            }
        }

        _images.Add((tp, fp, positives));
    }

    /// <summary>The curve.</summary>
    public IReadOnlyList<ThresholdScore> Curve() =>
    [
        .. Enumerable.Range(0, Count).Select(i => new ThresholdScore(
            (i + 1) / 100.0,
            _images.Select(m => Dice(m.True[i], m.False[i], m.Positives)).Average(),
            Dice(_images.Sum(m => m.True[i]), _images.Sum(m => m.False[i]), _images.Sum(m => m.Positives)))),
    ];

    /// <summary>The threshold with the greatest mean over the images, or pooled; of several equal ones that nearest to a half.</summary>
    /// <param name="pooled">By which of the two.</param>
    /// <returns>Null where there is no foreground at all.</returns>
    public ThresholdScore? Best(bool pooled = false) => _images.TrueForAll(m => m.Positives == 0)
        ? null
        : Curve().OrderByDescending(c => pooled ? c.Pooled : c.Mean).ThenBy(c => Math.Abs(c.Threshold - 0.5)).First();

    private static double? Dice(long tp, long fp, long positives) => tp + fp + positives == 0 ? null : 2.0 * tp / (tp + fp + positives);
}

namespace SegSharp.Figures.Intensities;

/// <summary>How high a histogram's axis reaches: one bin of background that holds most voxels shall not press the rest flat.</summary>
internal static class HistogramTop
{
    /// <summary>The axis's end, and the share that stands above it; 0 where nothing does.</summary>
    public static (double Top, double CutOff) Of(params IReadOnlyList<double>[] histograms)
    {
        var sorted = histograms.SelectMany(h => h).OrderDescending().ToArray();
        var highest = sorted.FirstOrDefault();

        // The spikes are a bin or two of each histogram.
        var rest = sorted.Skip(2 * histograms.Length).FirstOrDefault();
        return rest > 0 && highest > 3 * rest ? (1.5 * rest, highest) : (highest > 0 ? 1.08 * highest : 1, 0);
    }
}

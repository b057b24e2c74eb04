using SegSharp.Foundation;

namespace SegSharp.Imaging.Filters;

/// <summary>The filters by name; a new one adds its line here.</summary>
public static class Catalogue
{
    /// <summary>All filters.</summary>
    public static Catalogue<ImageFilter> Filters { get; } = new Catalogue<ImageFilter>("filter")
        .Add<MedianOptions>("median", o => new Median(o))
        .Add<NonLocalMeansOptions>("non-local-means", o => new NonLocalMeans(o))
        .Add<RingRemovalOptions>("ring-removal", o => new RingRemoval(o))
        .Add<StreakRemovalOptions>("streak-removal", o => new StreakRemoval(o))
        .Add<HammingWindowOptions>("hamming", o => new HammingWindow(o))
        .Add<BiasCorrectionOptions>("bias-correction", o => new BiasCorrection(o))
        .Add<SpikeRemovalOptions>("spike-removal", o => new SpikeRemoval(o));
}

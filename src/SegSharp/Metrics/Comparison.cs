using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Metrics;

/// <summary>One prediction and its truth on the same grid: what every metric is computed from.</summary>
public sealed class Comparison
{
    private readonly Dictionary<Region, ConfusionCounts> _counts = [];

    /// <summary>A comparison of label maps.</summary>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="truth">What is true; spacing is taken from here.</param>
    /// <param name="ignore">Voxels whose truth has this label are not counted.</param>
    /// <exception cref="InputException">The grids differ in size.</exception>
    public Comparison(LabelMap prediction, LabelMap truth, ushort? ignore = null)
    {
        if (prediction.Geometry.Extent != truth.Geometry.Extent)
        {
            throw new InputException(
                $"prediction '{prediction.Name}' is {prediction.Geometry.Extent} but its truth '{truth.Name}' is {truth.Geometry.Extent}",
                "predict again without changing the size: predict writes masks on the grid of its input");
        }

        Prediction = prediction;
        Truth = truth;
        Ignore = ignore;
    }

    /// <summary>What was predicted.</summary>
    public LabelMap Prediction { get; }

    /// <summary>What is true.</summary>
    public LabelMap Truth { get; }

    /// <summary>The label that is not counted; null = all are.</summary>
    public ushort? Ignore { get; }

    /// <summary>The grid on which both lie.</summary>
    public Extent Grid => Truth.Geometry.Extent;

    /// <summary>Counts of one region; counted once.</summary>
    public ConfusionCounts Counts(Region region)
    {
        if (!_counts.TryGetValue(region, out var counts))
        {
            counts = ConfusionCounts.Of(Prediction.Labels, Truth.Labels, region, Ignore);
            _counts.Add(region, counts);
        }

        return counts;
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>How the objects of a prediction lie over those of the truth: the table that every instance metric is computed from. 0 is background.</summary>
public sealed class InstanceOverlap
{
    private readonly Dictionary<(int Truth, int Prediction), long> _shared = [];

    /// <summary>Counts the voxels that every pair of objects shares.</summary>
    /// <param name="prediction">The number of the predicted object at every voxel; 0 outside.</param>
    /// <param name="truth">The number of the true object, in the same order.</param>
    public InstanceOverlap(ReadOnlySpan<int> prediction, ReadOnlySpan<int> truth)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(prediction.Length, truth.Length);
        for (var i = 0; i < truth.Length;)
        {
            // Neighbours mostly share their pair: one look-up for the whole run.
            var pair = (truth[i], prediction[i]);
            var start = i;
            do
            {
                i++;
            }
            while (i < truth.Length && truth[i] == pair.Item1 && prediction[i] == pair.Item2);
            _shared[pair] = _shared.GetValueOrDefault(pair) + i - start;
        }

        TruthSizes = Sizes(p => p.Truth);
        PredictionSizes = Sizes(p => p.Prediction);
        Truths = [.. TruthSizes.Keys.Where(k => k != 0)];
        Predictions = [.. PredictionSizes.Keys.Where(k => k != 0)];
    }

    /// <summary>The numbers of the true objects, rising.</summary>
    public IReadOnlyList<int> Truths { get; }

    /// <summary>The numbers of the predicted objects, rising.</summary>
    public IReadOnlyList<int> Predictions { get; }

    /// <summary>Voxels of every true object and of the background, by number.</summary>
    public IReadOnlyDictionary<int, long> TruthSizes { get; }

    /// <summary>Voxels of every predicted object and of the background, by number.</summary>
    public IReadOnlyDictionary<int, long> PredictionSizes { get; }

    /// <summary>All pairs that share a voxel, with the number of voxels; background pairs as well.</summary>
    public IReadOnlyDictionary<(int Truth, int Prediction), long> Shared => _shared;

    /// <summary>Voxels that belong to an object in the truth, in the prediction, or in both.</summary>
    public long Union => _shared.Where(p => p.Key != (0, 0)).Sum(p => p.Value);

    /// <summary>Two maps in which every number is one object.</summary>
    /// <exception cref="InputException">The grids differ in size.</exception>
    public static InstanceOverlap Of(LabelMap prediction, LabelMap truth)
    {
        var comparison = new Comparison(prediction, truth);
        return new InstanceOverlap(
            Array.ConvertAll(comparison.Prediction.Labels, l => (int)l),
            Array.ConvertAll(comparison.Truth.Labels, l => (int)l));
    }

    /// <summary>The connected parts of one region, as objects. Voxels that are not to be counted belong to no object on either side.</summary>
    /// <param name="comparison">Prediction and truth.</param>
    /// <param name="region">The labels whose union is cut into parts.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    public static InstanceOverlap OfParts(Comparison comparison, Region region, Connectivity connectivity = Connectivity.Full) => new(
        Parts(comparison.Prediction, comparison, region, connectivity),
        Parts(comparison.Truth, comparison, region, connectivity));

    /// <summary>Voxels that two objects share.</summary>
    public long Both(int truth, int prediction) => _shared.GetValueOrDefault((truth, prediction));

    private static int[] Parts(LabelMap map, Comparison comparison, Region region, Connectivity connectivity)
    {
        var belongs = new bool[ushort.MaxValue + 1];
        foreach (var label in region.Labels)
        {
            belongs[label] = true;
        }

        var mask = new bool[map.Labels.Length];
        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] = belongs[map.Labels[i]] && comparison.Includes(i);
        }

        return Components.Label(mask, map.Extent, connectivity, out _);
    }

    private SortedDictionary<int, long> Sizes(Func<(int Truth, int Prediction), int> side)
    {
        var sizes = new SortedDictionary<int, long>();
        foreach (var (pair, voxels) in _shared)
        {
            sizes[side(pair)] = sizes.GetValueOrDefault(side(pair)) + voxels;
        }

        return sizes;
    }
}

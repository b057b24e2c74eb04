using System.Globalization;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>One prediction and its truth on the same grid: what every metric is computed from.</summary>
/// <remarks>Voxels are counted in one pass for all regions; surfaces are found once for each region and convention.</remarks>
public sealed class Comparison
{
    private readonly bool[]? _within;
    private readonly Dictionary<Region, ConfusionCounts> _counts = [];
    private readonly Dictionary<(Region, SurfaceConvention, Connectivity), SurfaceDistances?> _surfaces = [];
    private readonly Dictionary<Region, InstanceOverlap> _parts = [];
    private readonly Dictionary<Region, PartitionScore?> _partitions = [];
    private Tally? _tally;

    /// <summary>A comparison of label maps.</summary>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="truth">What is true; spacing is taken from here.</param>
    /// <param name="ignore">Voxels whose truth has this label are not counted, and belong to no surface.</param>
    /// <param name="within">A region of interest: only voxels where it is not 0 count; null = all.</param>
    /// <exception cref="InputException">The grids differ, in size or in their place in the world.</exception>
    public Comparison(LabelMap prediction, LabelMap truth, ushort? ignore = null, LabelMap? within = null)
    {
        CheckGrid("prediction", prediction, truth);
        if (within is not null)
        {
            CheckGrid("region of interest", within, truth);
            _within = Array.ConvertAll(within.Labels, l => l != 0);
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

    /// <summary>Whether the two grids are bit for bit the same, or apart by what headers round away.</summary>
    public GridMatch Match => Truth.Geometry.Match(Prediction.Geometry);

    private Tally Tally => _tally ??= new Tally(Prediction.Labels, Truth.Labels, Grid, Ignore, _within);

    /// <summary>Counts of one region; counted once.</summary>
    public ConfusionCounts Counts(Region region)
    {
        if (!_counts.TryGetValue(region, out var counts))
        {
            counts = Tally.Counts(region);
            _counts.Add(region, counts);
        }

        return counts;
    }

    /// <summary>The distances between the surfaces of one region, in mm; found once. Null where prediction or truth has none of it.</summary>
    /// <param name="region">What is compared.</param>
    /// <param name="convention">What counts as the surface.</param>
    /// <param name="connectivity">Voxel edges only: which neighbour outside makes a voxel an edge.</param>
    public SurfaceDistances? Surfaces(Region region, SurfaceConvention convention, Connectivity connectivity = Connectivity.Faces)
    {
        if (!_surfaces.TryGetValue((region, convention, connectivity), out var surfaces))
        {
            var counts = Counts(region);
            surfaces = counts.Predicted == 0 || counts.Truth == 0
                ? null
                : SurfaceDistances.Of(Masks(region), Truth.Geometry.Spacing, convention, connectivity);
            _surfaces.Add((region, convention, connectivity), surfaces);
        }

        return surfaces;
    }

    /// <summary>The connected parts of one region (corners touch), held against one another; found once.</summary>
    public InstanceOverlap Parts(Region region)
    {
        if (!_parts.TryGetValue(region, out var parts))
        {
            parts = InstanceOverlap.OfParts(this, region);
            _parts.Add(region, parts);
        }

        return parts;
    }

    /// <summary>How well the region, taken as a border, cuts the image into the true cells; found once.</summary>
    public PartitionScore? Partition(Region region)
    {
        if (!_partitions.TryGetValue(region, out var score))
        {
            bool[] Border(LabelMap map) => Array.ConvertAll(map.Labels, l => region.Labels.Contains(l));
            score = CellPartition.Of(Border(Prediction), Border(Truth), Grid, Includes);
            _partitions.Add(region, score);
        }

        return score;
    }

    /// <summary>Whether a voxel counts: its truth is not to be ignored, and it lies in the region of interest.</summary>
    internal bool Includes(int voxel) => Truth.Labels[voxel] != Ignore && (_within is null || _within[voxel]);

    /// <summary>How often each pair of labels occurs.</summary>
    internal IReadOnlyDictionary<(ushort Prediction, ushort Truth), long> Pairs => Tally.Pairs;

    /// <summary>Both masks of a region, cropped to the box around them. The region must occur in one of them.</summary>
    internal MaskPair Masks(Region region) =>
        MaskPair.Of(Prediction.Labels, Truth.Labels, Grid, region, Tally.BoxOf(region), Ignore, _within);

    private static void CheckGrid(string what, LabelMap map, LabelMap truth)
    {
        if (map.Extent != truth.Extent)
        {
            throw new InputException(
                $"{what} '{map.Name}' is {map.Extent} but its truth '{truth.Name}' is {truth.Extent}",
                what == "prediction"
                    ? "predict again without changing the size: predict writes masks on the grid of its input"
                    : "give a mask on the grid of the truth");
        }

        // A picture without millimetres lies nowhere: its size is all that can be compared.
        var isPicture = truth.Extent.Depth == 1 && (map.Geometry == Geometry.Pixels(map.Extent) || truth.Geometry == Geometry.Pixels(truth.Extent));
        if (!isPicture && truth.Geometry.Match(map.Geometry) == GridMatch.Different)
        {
            var finding = GridFinding.Of(truth.Geometry, map.Geometry);
            var apart = finding.Apart!.Value.ToString("0.###", CultureInfo.InvariantCulture);
            throw new InputException(
                $"{what} '{map.Name}' lies elsewhere than its truth '{truth.Name}': {finding.Text}; corners lie up to {apart} mm apart",
                CommandText.OfMend(truth.Path ?? truth.Name, map.Path ?? map.Name));
        }
    }
}

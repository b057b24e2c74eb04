using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>The distances between two surfaces, in mm: one pass over the voxels, from which every surface metric follows.</summary>
/// <remarks>
/// Source: Huttenlocher et al. 1993 (Hausdorff); Nikolov et al. 2021 (surface Dice). Parity: MONAI d388d1c6, google-deepmind/surface-distance
/// 1f805cea, loli/medpy d6abf410, to 1e-6 (MONAI's float32: 1e-5). Both masks are cropped to the box around both; outside the image is background.
/// </remarks>
public sealed class SurfaceDistances
{
    private readonly double[] _toTruth;             // from each point of the prediction
    private readonly double[] _toPrediction;        // from each point of the truth
    private readonly double[]? _areasPrediction;
    private readonly double[]? _areasTruth;
    private double[]? _joined;

    private SurfaceDistances(SurfaceConvention convention, SurfacePoints prediction, SurfacePoints truth, Triple spacing)
    {
        Convention = convention;
        (double[] Distances, double[]? Areas) there = ([], null);
        (double[] Distances, double[]? Areas) back = ([], null);
        Parallel.Invoke(
            () => there = Sorted(new NearestPoints(truth.Points, spacing).Distances(prediction.Points), prediction.Weights),
            () => back = Sorted(new NearestPoints(prediction.Points, spacing).Distances(truth.Points), truth.Weights));
        (_toTruth, _areasPrediction) = there;
        (_toPrediction, _areasTruth) = back;

        // Summed in the same order as a share of it, so that the whole is exactly 1.
        PredictedSurface = Within(_toTruth, _areasPrediction, double.PositiveInfinity);
        TrueSurface = Within(_toPrediction, _areasTruth, double.PositiveInfinity);
    }

    /// <summary>What counts as the surface, and how distances are put together.</summary>
    public SurfaceConvention Convention { get; }

    /// <summary>The prediction's surface: mm² (mm in 2D) for DeepMind's convention, else the number of voxels.</summary>
    public double PredictedSurface { get; }

    /// <summary>The truth's surface, likewise.</summary>
    public double TrueSurface { get; }

    /// <summary>The distances between two masks; null where one of them is empty, since no distance is defined then.</summary>
    /// <param name="prediction">One per voxel, x fastest.</param>
    /// <param name="truth">As many.</param>
    /// <param name="geometry">The grid; its spacing is the unit. A depth of 1 makes it an image in 2D.</param>
    /// <param name="convention">What counts as the surface.</param>
    /// <param name="connectivity">Voxel edges only: which neighbour outside makes a voxel an edge.</param>
    public static SurfaceDistances? Of(
        ReadOnlySpan<bool> prediction, ReadOnlySpan<bool> truth, Geometry geometry,
        SurfaceConvention convention = SurfaceConvention.Monai, Connectivity connectivity = Connectivity.Faces)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(prediction.Length, geometry.Extent.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(truth.Length, prediction.Length);
        static ushort[] Labels(ReadOnlySpan<bool> mask)
        {
            var labels = new ushort[mask.Length];
            for (var i = 0; i < labels.Length; i++)
            {
                labels[i] = mask[i] ? (ushort)1 : (ushort)0;
            }

            return labels;
        }

        var comparison = new Comparison(new LabelMap("prediction", geometry, Labels(prediction)), new LabelMap("truth", geometry, Labels(truth)));
        return comparison.Surfaces(new Region("mask", 1), convention, connectivity);
    }

    internal static SurfaceDistances? Of(MaskPair pair, Triple spacing, SurfaceConvention convention, Connectivity connectivity)
    {
        var (prediction, truth) = SurfacePoints.Of(pair, spacing, convention == SurfaceConvention.DeepMind, connectivity);
        return prediction.Points.Length == 0 || truth.Points.Length == 0 ? null : new SurfaceDistances(convention, prediction, truth, spacing);
    }

    /// <summary>Hausdorff distance at a percentile, in mm: the larger of both directions, or (MedPy) the percentile of both joined.</summary>
    /// <param name="percentile">In (0, 100]; 100 is the Hausdorff distance itself.</param>
    public double Hausdorff(double percentile = 100) =>
        Convention == SurfaceConvention.MedPy && percentile < 100
            ? Percentile(_joined ??= [.. _toTruth.Concat(_toPrediction).Order()], null, percentile)
            : Math.Max(PredictionToTruth(percentile), TruthToPrediction(percentile));

    /// <summary>The percentile of the distances from the prediction's surface to the truth's, in mm.</summary>
    /// <inheritdoc cref="Hausdorff"/>
    public double PredictionToTruth(double percentile) => Percentile(_toTruth, _areasPrediction, percentile);

    /// <summary>The percentile of the distances from the truth's surface to the prediction's, in mm.</summary>
    /// <inheritdoc cref="Hausdorff"/>
    public double TruthToPrediction(double percentile) => Percentile(_toPrediction, _areasTruth, percentile);

    /// <summary>Average distance from the prediction's surface to the truth's, in mm.</summary>
    public double Average() => Sum(_toTruth, _areasPrediction) / PredictedSurface;

    /// <summary>Average distance from the truth's surface to the prediction's, in mm.</summary>
    public double AverageFromTruth() => Sum(_toPrediction, _areasTruth) / TrueSurface;

    /// <summary>Average over the points (or areas) of both surfaces, in mm.</summary>
    public double AverageSymmetric() =>
        (Sum(_toTruth, _areasPrediction) + Sum(_toPrediction, _areasTruth)) / (PredictedSurface + TrueSurface);

    /// <summary>Surface Dice: the share of both surfaces that lies within <paramref name="tolerance"/> of the other; in [0, 1].</summary>
    /// <param name="tolerance">In mm, 0 or more.</param>
    public double SurfaceDice(double tolerance) =>
        (Within(_toTruth, _areasPrediction, tolerance) + Within(_toPrediction, _areasTruth, tolerance)) / (PredictedSurface + TrueSurface);

    /// <summary>The share of the truth's surface within <paramref name="tolerance"/> mm of the prediction's.</summary>
    public double TrueOverlap(double tolerance) => Within(_toPrediction, _areasTruth, tolerance) / TrueSurface;

    /// <summary>The share of the prediction's surface within <paramref name="tolerance"/> mm of the truth's.</summary>
    public double PredictedOverlap(double tolerance) => Within(_toTruth, _areasPrediction, tolerance) / PredictedSurface;

    private static (double[] Distances, double[]? Areas) Sorted(double[] distances, double[]? areas)
    {
        if (areas is null)
        {
            Array.Sort(distances);
            return (distances, null);
        }

        // Equal distances by rising area: where a percentile falls on the last digit of a share, the order of the sum decides it.
        var sorted = (double[])areas.Clone();
        Array.Sort(distances, sorted);
        for (var (from, to) = (0, 1); from < sorted.Length; from = to++)
        {
            while (to < sorted.Length && distances[to] == distances[from])
            {
                to++;
            }

            sorted.AsSpan(from, to - from).Sort();
        }

        return (distances, sorted);
    }

    private static double Percentile(double[] sorted, double[]? areas, double percentile)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(percentile);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percentile, 100);
        if (percentile == 100)
        {
            return sorted[^1];
        }

        if (areas is null)
        {
            // Linear between the two neighbours, as numpy does.
            var place = percentile / 100 * (sorted.Length - 1);
            var below = (int)place;
            return below + 1 == sorted.Length ? sorted[^1] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
        }

        // The first distance up to which that share of the area lies.
        var (wanted, sum) = (percentile / 100, 0.0);
        var whole = PairwiseSum(areas);
        for (var i = 0; i < sorted.Length; i++)
        {
            sum += areas[i];
            if (sum / whole >= wanted)
            {
                return sorted[i];
            }
        }

        return sorted[^1];
    }

    // Summed as numpy does, in eight lanes and halves: else the last digit of a share may differ from the original's.
    private static double PairwiseSum(ReadOnlySpan<double> values)
    {
        if (values.Length > 128)
        {
            var half = values.Length / 2;
            half -= half % 8;
            return PairwiseSum(values[..half]) + PairwiseSum(values[half..]);
        }

        var sum = 0.0;
        var i = 0;
        if (values.Length >= 8)
        {
            Span<double> lanes = stackalloc double[8];
            values[..8].CopyTo(lanes);
            for (i = 8; i <= values.Length - 8; i += 8)
            {
                for (var k = 0; k < 8; k++)
                {
                    lanes[k] += values[i + k];
                }
            }

            sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
        }

        for (; i < values.Length; i++)
        {
            sum += values[i];
        }

        return sum;
    }

    private static double Sum(double[] distances, double[]? areas)
    {
        var sum = 0.0;
        for (var i = 0; i < distances.Length; i++)
        {
            sum += distances[i] * (areas?[i] ?? 1);
        }

        return sum;
    }

    private static double Within(double[] sorted, double[]? areas, double tolerance)
    {
        var sum = 0.0;
        for (var i = 0; i < sorted.Length && sorted[i] <= tolerance; i++)
        {
            sum += areas?[i] ?? 1;
        }

        return sum;
    }
}

using System.Globalization;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>A metric that follows from the distances between two surfaces. Undefined where one of them does not exist: such cases are counted as missed or spurious. Cannot be pooled.</summary>
/// <param name="o">Convention and connectivity.</param>
public abstract class SurfaceMetric(MetricOptions o) : Metric
{
    /// <summary>What counts as the surface, and how distances are put together.</summary>
    public SurfaceConvention Convention { get; } = o.Convention;

    /// <summary>Voxel edges only: which neighbour outside makes a voxel an edge.</summary>
    public Connectivity Connectivity { get; } = o.Connectivity;

    /// <inheritdoc/>
    public sealed override double? Of(Comparison comparison, Region region) =>
        comparison.Surfaces(region, Convention, Connectivity) is { } surfaces ? Of(surfaces) : null;

    /// <inheritdoc/>
    public sealed override double? Of(ConfusionCounts counts) => null;

    /// <summary>The value of two surfaces.</summary>
    public abstract double Of(SurfaceDistances surfaces);

    /// <summary>A number as it stands in a name: "95", "0.5".</summary>
    protected static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>Hausdorff distance in mm, or one of its percentiles: how far the worst (but for 5 %) point of a surface lies from the other. 0 is perfect.</summary>
/// <remarks>Source: Huttenlocher et al. 1993. Parity: see <see cref="SurfaceDistances"/>.</remarks>
/// <param name="o">Convention and connectivity.</param>
/// <param name="percentile">In (0, 100]; 100 is the Hausdorff distance itself.</param>
public sealed class Hausdorff(MetricOptions o, double percentile = 100) : SurfaceMetric(o)
{
    /// <summary>In (0, 100].</summary>
    public double Percentile { get; } = percentile;

    /// <inheritdoc/>
    public override string Key => Percentile == 100 ? "hd" : $"hd{Text(Percentile)}";

    /// <inheritdoc/>
    public override string Name => Percentile == 100 ? "HD" : $"HD{Text(Percentile)}";

    /// <inheritdoc/>
    public override string Unit => "mm";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override double Of(SurfaceDistances surfaces) => surfaces.Hausdorff(Percentile);
}

/// <summary>Average distance from the prediction's surface to the truth's, in mm. 0 is perfect; blind to what the prediction left out.</summary>
/// <remarks>Parity: MONAI (not symmetric), medpy asd, DeepMind's second average.</remarks>
public sealed class AverageDistance(MetricOptions o) : SurfaceMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "asd";

    /// <inheritdoc/>
    public override string Name => "ASD";

    /// <inheritdoc/>
    public override string Unit => "mm";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override double Of(SurfaceDistances surfaces) => surfaces.Average();
}

/// <summary>Average distance over both surfaces, in mm. 0 is perfect.</summary>
/// <remarks>Parity: MONAI (symmetric), medpy assd.</remarks>
public sealed class AverageSymmetricDistance(MetricOptions o) : SurfaceMetric(o)
{
    /// <inheritdoc/>
    public override string Key => "assd";

    /// <inheritdoc/>
    public override string Name => "ASSD";

    /// <inheritdoc/>
    public override string Unit => "mm";

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <inheritdoc/>
    public override double Of(SurfaceDistances surfaces) => surfaces.AverageSymmetric();
}

/// <summary>Share of both surfaces that lies within a tolerance of the other, in [0, 1]: how much of a contour nobody would redraw.</summary>
/// <remarks>Source: Nikolov et al. 2021. Parity: MONAI compute_surface_dice, DeepMind compute_surface_dice_at_tolerance.</remarks>
/// <param name="o">Convention and connectivity.</param>
/// <param name="tolerance">In mm, 0 or more.</param>
public sealed class SurfaceDice(MetricOptions o, double tolerance = 1) : SurfaceMetric(o)
{
    /// <summary>In mm.</summary>
    public double Tolerance { get; } = tolerance;

    /// <inheritdoc/>
    public override string Key => $"surface-dice@{Text(Tolerance)}mm";

    /// <inheritdoc/>
    public override string Name => $"SDice {Text(Tolerance)} mm";

    /// <inheritdoc/>
    public override double Of(SurfaceDistances surfaces) => surfaces.SurfaceDice(Tolerance);
}

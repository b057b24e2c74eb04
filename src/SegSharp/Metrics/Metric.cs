using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>Options that metrics share.</summary>
public sealed record MetricOptions
{
    /// <summary>The rule for regions that are empty in prediction and truth.</summary>
    public EmptyRule Empty { get; init; } = EmptyRule.Undefined;

    /// <summary>What surface metrics take as the surface. MONAI's by default: most papers of today report it.</summary>
    public SurfaceConvention Convention { get; init; } = SurfaceConvention.Monai;

    /// <summary>Which neighbour outside makes a voxel an edge. MONAI knows faces only, as is MedPy's default.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Faces;

    /// <summary>Tolerances of the surface Dice in mm; each gives a metric of its own.</summary>
    public IReadOnlyList<double> Tolerances { get; init; } = [1];
}

/// <summary>A number that says how well a prediction fits the truth in one region.</summary>
public abstract class Metric
{
    /// <summary>Sørensen–Dice coefficient.</summary>
    public static OverlapMetric Dice { get; } = new Dice(new());

    /// <summary>Intersection over union.</summary>
    public static OverlapMetric IoU { get; } = new IoU(new());

    /// <summary>Share of the prediction that is true.</summary>
    public static OverlapMetric Precision { get; } = new Precision(new());

    /// <summary>Share of the truth that was found.</summary>
    public static OverlapMetric Recall { get; } = new Recall(new());

    /// <summary>Share of the rest that was left alone.</summary>
    public static OverlapMetric Specificity { get; } = new Specificity(new());

    /// <summary>Share of all voxels that are right.</summary>
    public static OverlapMetric Accuracy { get; } = new Accuracy(new());

    /// <summary>The name in catalogues, options and JSON: "dice".</summary>
    public abstract string Key { get; }

    /// <summary>The name in tables and figures: "Dice".</summary>
    public abstract string Name { get; }

    /// <summary>The unit of its values: "mm", "ml"; null for a share.</summary>
    public virtual string? Unit => null;

    /// <summary>Whether more is better.</summary>
    public virtual bool HigherIsBetter => true;

    /// <summary>The value of one comparison and region; null = undefined.</summary>
    public abstract double? Of(Comparison comparison, Region region);

    /// <summary>The value over all pixels of several images; null where it is undefined or the metric cannot be pooled.</summary>
    /// <param name="counts">Counts of one image, or summed over several.</param>
    public abstract double? Of(ConfusionCounts counts);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}

/// <summary>A metric that follows from the four counts alone.</summary>
/// <param name="o">The rule for empty regions.</param>
public abstract class OverlapMetric(MetricOptions o) : Metric
{
    /// <summary>The rule for regions that are empty on both sides.</summary>
    public EmptyRule Empty { get; } = o.Empty;

    /// <inheritdoc/>
    public sealed override double? Of(Comparison comparison, Region region) => Of(comparison.Counts(region));

    /// <summary>A share of voxels, with the rule for empty masks: both empty as <see cref="Empty"/> says, one empty 0.</summary>
    protected double? Share(long part, long whole, ConfusionCounts counts) =>
        counts.Predicted == 0 && counts.Truth == 0
            ? Empty switch { EmptyRule.One => 1, EmptyRule.Zero => 0, _ => null }
            : whole == 0 ? 0 : (double)part / whole;
}

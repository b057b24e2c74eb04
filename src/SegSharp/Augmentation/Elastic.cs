using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomElastic"/>.</summary>
public sealed record ElasticOptions : WarpOptions
{
    // Choi and Lee 2000: a cubic B-spline field whose nodes stay below this share of their spacing is one-to-one, in two axes and in three.
    private const double NeverFolds = 0.4;

    // The derivatives of a Keys curve sum to at most 3 in absolute value, its weights to 1.25: 3 axes · 3 · 1.25² · 0.07 stays below 1, so nothing turns over.
    private const double KeysNeverFolds = 0.07;

    /// <summary>Largest displacement of a node along each axis, voxels.</summary>
    public double Largest { get; init; } = 8;

    /// <summary>Distance of the nodes, voxels: the smaller, the finer the bends.</summary>
    public int Spacing { get; init; } = 32;

    /// <summary>Whether volumes are also bent along z; otherwise every slice bends alike.</summary>
    public bool Through { get; init; } = true;

    /// <summary>What lies between the nodes.</summary>
    public GridCurve Curve { get; init; } = GridCurve.BSpline;

    /// <summary>Whether the image may fold over itself. Off: a displacement that could is refused.</summary>
    public bool MayFold { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.elastic.probability", Probability))
        {
            yield return fault;
        }

        if (Spacing < 4)
        {
            yield return Fault.At("augmentation.elastic.spacing", $"is {Spacing}; it must be 4 or more");
        }

        if (!(Largest >= 0))
        {
            yield return Fault.At("augmentation.elastic.largest", $"is {Largest}; it must be 0 or more");
        }
        else if (!MayFold && Largest > NeverFolds * Spacing)
        {
            yield return Fault.At("augmentation.elastic.largest", $"is {Largest}; beyond {NeverFolds * Spacing:0.#}, 0.4 of the spacing, the image can fold over itself: make it smaller, the spacing larger, or set mayFold");
        }

        else if (!MayFold && Curve == GridCurve.Keys && Largest > KeysNeverFolds * Spacing)
        {
            yield return Fault.At("augmentation.elastic.curve", $"is keys, which bends more sharply: beyond {KeysNeverFolds * Spacing:0.#}, 0.07 of the spacing, the image can fold over itself; take bSpline, a smaller largest, or set mayFold");
        }
    }
}

/// <summary>Bends the image like rubber: nodes of a coarse grid move by chance, cubic curves run in between.</summary>
/// <remarks>
/// Source: Rueckert et al. 1999 for the B-spline; as augmentation Ronneberger et al. 2015 and TorchIO's RandomElasticDeformation (uniform,
/// order 3). Differs: the grid's spacing is fixed in voxels, not the number of nodes, and the guard against folding is the proven 0.4 of the
/// spacing (Choi and Lee 2000) instead of a warning at one half.
/// </remarks>
public sealed class RandomElastic(ElasticOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var deep = extent.Depth > 1 && o.Through;
        var (columns, rows, planes) = ((extent.Width / o.Spacing) + 4, (extent.Height / o.Spacing) + 4, deep ? (extent.Depth / o.Spacing) + 4 : 1);
        var (dx, dy, dz) = (new float[columns * rows * planes], new float[columns * rows * planes], new float[columns * rows * planes]);
        for (var i = 0; i < dx.Length; i++)
        {
            dx[i] = (float)random.Between(-o.Largest, o.Largest);
            dy[i] = (float)random.Between(-o.Largest, o.Largest);
            dz[i] = (float)random.Between(-o.Largest, o.Largest);
        }

        return change ? new Elastic(new DisplacementGrid(columns, rows, o.Spacing, dx, dy, planes, deep ? dz : null), o.Curve, o.Interpolation, o.Outside) : null;
    }
}

/// <summary>A bend by a grid of nodes.</summary>
/// <param name="Grid">Where each voxel of the result comes from, relative to its own place.</param>
/// <param name="Curve">What lies between the nodes.</param>
/// <param name="Interpolation">How the image is read between voxels.</param>
/// <param name="Outside">What lies outside the image.</param>
public sealed record Elastic(DisplacementGrid Grid, GridCurve Curve = GridCurve.BSpline, Interpolation Interpolation = Interpolation.Bilinear, Outside Outside = Outside.Mirror) : WarpDrawn
{
    /// <inheritdoc/>
    public override Interpolation Interpolation { get; init; } = Interpolation;

    /// <inheritdoc/>
    public override Outside Outside { get; init; } = Outside;

    internal override WarpStep Step(Extent extent) => new(Affine.Identity, Grid.With(Curve));
}

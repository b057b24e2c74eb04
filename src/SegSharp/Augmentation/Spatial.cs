using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;

/// <summary>How an image is read between its pixels.</summary>
public enum Interpolation
{
    /// <summary>Straight lines between neighbours, 2 per axis: order 1. Fast, smooths a little.</summary>
    Bilinear,

    /// <summary>Cubic, 4 per axis (Keys 1981, a = −1/2). Keeps fine membranes sharper.</summary>
    Cubic,

    /// <summary>The cubic B-spline through the voxels: order 3 as scipy has it. The sharpest; may swing over the range of the values.</summary>
    Spline,

    /// <summary>The nearest voxel: order 0. For images that are labels.</summary>
    Nearest,
}

/// <summary>Options of <see cref="RandomSpatial"/>.</summary>
public sealed record SpatialOptions : WarpOptions
{
    /// <summary>Largest rotation to either side, degrees.</summary>
    public double Degrees { get; init; } = 180;

    /// <summary>Smallest scale; below 1 the picture shrinks.</summary>
    public double ScaleLow { get; init; } = 0.85;

    /// <summary>Largest scale.</summary>
    public double ScaleHigh { get; init; } = 1.25;

    /// <summary>Standard deviation of the elastic displacement at the grid's nodes, pixels; 10 as in the U-Net paper, 0 = not elastic.</summary>
    public double ElasticSigma { get; init; } = 10;

    /// <summary>Distance of the grid's nodes, pixels: a 512 pixel image gets the paper's 3 x 3 nodes with 256.</summary>
    public int ElasticSpacing { get; init; } = 64;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.spatial.probability", Probability)
            .Concat(CheckRange("augmentation.spatial.scaleLow", ScaleLow, ScaleHigh, 0.05)))
        {
            yield return fault;
        }

        if (Degrees is < 0 or > 180)
        {
            yield return Fault.At("augmentation.spatial.degrees", $"is {Degrees}; it must lie between 0 and 180");
        }

        if (ElasticSigma < 0)
        {
            yield return Fault.At("augmentation.spatial.elasticSigma", $"is {ElasticSigma}; it must be 0 or more");
        }

        if (ElasticSpacing < 4)
        {
            yield return Fault.At("augmentation.spatial.elasticSpacing", $"is {ElasticSpacing}; it must be 4 or more");
        }
    }
}

/// <summary>Rotation, scale and elastic deformation as one resampling, so that the image is interpolated only once. A volume is changed in the plane of its slices, each alike.</summary>
/// <remarks>
/// Source: Ronneberger et al. 2015, section 3.1: random displacements on a coarse grid, Gaussian with 10 pixels, bicubic in between.
/// Differs: the grid's spacing is fixed in pixels instead of 3 x 3 nodes per image, and outside lies the mirrored image.
/// </remarks>
public sealed class RandomSpatial(SpatialOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var angle = random.Between(-o.Degrees, o.Degrees);

        // Logarithmic, so that twice as large is as likely as half as large.
        var scale = Math.Exp(random.Between(Math.Log(o.ScaleLow), Math.Log(o.ScaleHigh)));
        var columns = (extent.Width / o.ElasticSpacing) + 4;
        var rows = (extent.Height / o.ElasticSpacing) + 4;
        var (dx, dy) = (new float[columns * rows], new float[columns * rows]);
        if (o.ElasticSigma > 0)
        {
            for (var i = 0; i < dx.Length; i++)
            {
                dx[i] = (float)(random.NextNormal() * o.ElasticSigma);
                dy[i] = (float)(random.NextNormal() * o.ElasticSigma);
            }
        }

        return change
            ? new Spatial(angle, scale, new DisplacementGrid(columns, rows, o.ElasticSpacing, dx, dy), o.Interpolation, o.Outside)
            : null;
    }
}

/// <summary>Displacements at the nodes of a coarse grid; node (1, 1, 1) lies on the image's first voxel.</summary>
/// <param name="Columns">Nodes in x.</param>
/// <param name="Rows">Nodes in y.</param>
/// <param name="Spacing">Distance of nodes, voxels.</param>
/// <param name="X">Displacement in x, voxels, [Planes, Rows, Columns].</param>
/// <param name="Y">Displacement in y, voxels.</param>
/// <param name="Planes">Nodes in z; 1 where all slices change alike.</param>
/// <param name="Z">Displacement in z, voxels; null for none.</param>
public sealed record DisplacementGrid(int Columns, int Rows, int Spacing, float[] X, float[] Y, int Planes = 1, float[]? Z = null)
{
    internal ControlGrid With(GridCurve curve) => new(Columns, Rows, Planes, Spacing, X, Y, Z, curve);
}

/// <summary>A rotation about the centre, a scale and a displacement field, applied by one resampling.</summary>
/// <param name="Degrees">Counter-clockwise as the picture is seen.</param>
/// <param name="Scale">Above 1 things grow.</param>
/// <param name="Elastic">Displacements in pixels of the source.</param>
/// <param name="Interpolation">How the image is read between pixels.</param>
/// <param name="Outside">What lies outside the image.</param>
public sealed record Spatial(double Degrees, double Scale, DisplacementGrid Elastic, Interpolation Interpolation, Outside Outside = Outside.Mirror) : WarpDrawn
{
    /// <inheritdoc/>
    public override Interpolation Interpolation { get; init; } = Interpolation;

    /// <inheritdoc/>
    public override Outside Outside { get; init; } = Outside;

    internal override WarpStep Step(Extent extent)
    {
        var turned = Rotation.About(2, Degrees);
        return AboutCentre(extent, turned with { X = turned.X * (1 / Scale), Y = turned.Y * (1 / Scale) }) with { Displacement = Elastic.With(GridCurve.Keys) };
    }
}

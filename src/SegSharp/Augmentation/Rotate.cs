using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomRotate"/>.</summary>
public sealed record RotateOptions : WarpOptions
{
    /// <summary>Largest turn to either side in the plane of the slices, degrees. Null is nnU-Net's rule: 180 for pictures and flat volumes (a side more than 3 times the depth), 15 for pictures more than 1.5 times as long as wide, 30 for volumes.</summary>
    public double? Degrees { get; init; }

    /// <summary>Largest turn of a volume about each of its other two axes, degrees. Null is nnU-Net's rule: 30, and 0 for flat volumes. Turns count voxels, not millimetres: where slices are thick, keep it small.</summary>
    public double? Tilt { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.rotate.probability", Probability))
        {
            yield return fault;
        }

        if (Degrees is not (null or (>= 0 and <= 180)))
        {
            yield return Fault.At("augmentation.rotate.degrees", $"is {Degrees}; it must lie between 0 and 180, or be null");
        }

        if (Tilt is not (null or (>= 0 and <= 180)))
        {
            yield return Fault.At("augmentation.rotate.tilt", $"is {Tilt}; it must lie between 0 and 180, or be null");
        }
    }
}

/// <summary>Turns image and labels about their centre by any angle, a volume about all three axes.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation, and nnU-Net's rule for the angles from the shape of the patch.</remarks>
public sealed class RandomRotate(RotateOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var (longest, shortest) = (Math.Max(extent.Width, extent.Height), Math.Min(extent.Width, extent.Height));
        var flat = extent.Depth > 1 && longest > 3 * extent.Depth;
        var degrees = o.Degrees ?? (flat ? 180 : extent.Depth > 1 ? 30 : longest > 1.5 * shortest ? 15 : 180);
        var tilt = extent.Depth == 1 ? 0 : o.Tilt ?? (flat ? 0 : 30);
        var change = random.Chance(o.Probability);
        var (z, y, x) = (random.Between(-degrees, degrees), random.Between(-tilt, tilt), random.Between(-tilt, tilt));
        return change ? new Rotation(z, y, x, o.Interpolation, o.Outside) : null;
    }
}

/// <summary>A turn about the centre: first about x, then about y, then about z.</summary>
/// <param name="Degrees">About z, counter-clockwise as a slice is seen.</param>
/// <param name="AboutY">About y, degrees; 0 in pictures.</param>
/// <param name="AboutX">About x, degrees; 0 in pictures.</param>
/// <param name="Interpolation">How the image is read between voxels.</param>
/// <param name="Outside">What lies outside the image.</param>
public sealed record Rotation(double Degrees, double AboutY, double AboutX, Interpolation Interpolation = Interpolation.Bilinear, Outside Outside = Outside.Mirror) : WarpDrawn
{
    /// <inheritdoc/>
    public override Interpolation Interpolation { get; init; } = Interpolation;

    /// <inheritdoc/>
    public override Outside Outside { get; init; } = Outside;

    /// <summary>The way back to the source of a turn about one axis.</summary>
    internal static Affine About(int axis, double degrees)
    {
        // Quarters are exact, so that they copy voxels.
        var (sin, cos) = degrees % 90 == 0
            ? (((int)(degrees / 90) % 4) switch { 0 => (0.0, 1.0), 1 or -3 => (1.0, 0.0), 2 or -2 => (0.0, -1.0), _ => (-1.0, 0.0) })
            : Math.SinCos(degrees * Math.PI / 180);
        return axis switch
        {
            0 => new(new Triple(1, 0, 0), new Triple(0, cos, sin), new Triple(0, -sin, cos), Triple.Zero),
            1 => new(new Triple(cos, 0, -sin), new Triple(0, 1, 0), new Triple(sin, 0, cos), Triple.Zero),
            _ => new(new Triple(cos, sin, 0), new Triple(-sin, cos, 0), new Triple(0, 0, 1), Triple.Zero),
        };
    }

    internal override WarpStep Step(Extent extent) => AboutCentre(extent, About(2, Degrees).Then(About(1, AboutY)).Then(About(0, AboutX)));
}

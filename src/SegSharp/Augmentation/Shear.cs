using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomShear"/>.</summary>
public sealed record ShearOptions : WarpOptions
{
    /// <summary>Largest shear to either side: voxels along one axis for each along another; 0.1 is 5.7 degrees.</summary>
    public double Largest { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.shear.probability", Probability))
        {
            yield return fault;
        }

        if (Largest is not (>= 0 and <= 0.45))
        {
            yield return Fault.At("augmentation.shear.largest", $"is {Largest}; it must lie between 0 and 0.45, beyond which an image can collapse");
        }
    }
}

/// <summary>Pushes rows, columns and planes along each other: right angles become slanted.</summary>
/// <remarks>Source: Simard et al. 2003, affine distortions; MONAI's RandAffine has it as shear_range.</remarks>
public sealed class RandomShear(ShearOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var s = new double[6];
        for (var i = 0; i < s.Length; i++)
        {
            s[i] = random.Between(-o.Largest, o.Largest);
        }

        var deep = extent.Depth > 1 ? 1 : 0;
        return change ? new Shear(s[0], s[1], deep * s[2], deep * s[3], deep * s[4], deep * s[5], o.Interpolation, o.Outside) : null;
    }
}

/// <summary>A shear about the centre: each number says how far the first axis moves for one voxel of the second.</summary>
/// <param name="XByY">x along y: the top goes left, the bottom right.</param>
/// <param name="YByX">y along x.</param>
/// <param name="XByZ">x along z; 0 in pictures, as the rest.</param>
/// <param name="YByZ">y along z.</param>
/// <param name="ZByX">z along x.</param>
/// <param name="ZByY">z along y.</param>
/// <param name="Interpolation">How the image is read between voxels.</param>
/// <param name="Outside">What lies outside the image.</param>
public sealed record Shear(
    double XByY, double YByX, double XByZ = 0, double YByZ = 0, double ZByX = 0, double ZByY = 0, Interpolation Interpolation = Interpolation.Bilinear, Outside Outside = Outside.Mirror) : WarpDrawn
{
    /// <inheritdoc/>
    public override Interpolation Interpolation { get; init; } = Interpolation;

    /// <inheritdoc/>
    public override Outside Outside { get; init; } = Outside;

    internal override WarpStep Step(Extent extent) =>
        AboutCentre(extent, new Affine(new Triple(1, YByX, ZByX), new Triple(XByY, 1, ZByY), new Triple(XByZ, YByZ, 1), Triple.Zero).Inverse());
}

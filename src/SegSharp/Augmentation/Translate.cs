using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomTranslate"/>.</summary>
public sealed record TranslateOptions : WarpOptions
{
    /// <summary>Largest shift to either side, as a share of each side of the image.</summary>
    public double Largest { get; init; } = 0.1;

    /// <summary>Whether shifts are whole voxels: then no value is interpolated.</summary>
    public bool Whole { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.translate.probability", Probability))
        {
            yield return fault;
        }

        if (Largest is not (>= 0 and <= 1))
        {
            yield return Fault.At("augmentation.translate.largest", $"is {Largest}; it must lie between 0 and 1, a share of the image's side");
        }
    }
}

/// <summary>Shifts image and labels.</summary>
/// <remarks>Source: Ronneberger et al. 2015, section 3.1: shift invariance.</remarks>
public sealed class RandomTranslate(TranslateOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        double By(int side)
        {
            var shift = random.Between(-o.Largest, o.Largest) * side;
            return side == 1 ? 0 : o.Whole ? Math.Round(shift) : shift;
        }

        var (x, y, z) = (By(extent.Width), By(extent.Height), By(extent.Depth));
        return change ? new Translation(x, y, z, o.Interpolation, o.Outside) : null;
    }
}

/// <summary>A shift. Whole voxels are copied as they are.</summary>
/// <param name="X">To the right, voxels.</param>
/// <param name="Y">Downwards, voxels.</param>
/// <param name="Z">To later planes, voxels.</param>
/// <param name="Interpolation">How the image is read between voxels.</param>
/// <param name="Outside">What lies outside the image.</param>
public sealed record Translation(double X, double Y, double Z = 0, Interpolation Interpolation = Interpolation.Bilinear, Outside Outside = Outside.Mirror) : WarpDrawn
{
    /// <inheritdoc/>
    public override Interpolation Interpolation { get; init; } = Interpolation;

    /// <inheritdoc/>
    public override Outside Outside { get; init; } = Outside;

    internal override WarpStep Step(Extent extent) => new(Affine.Identity with { Offset = new Triple(-X, -Y, -Z) });
}

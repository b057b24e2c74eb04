using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomScale"/>.</summary>
public sealed record ScaleOptions : WarpOptions
{
    /// <summary>Smallest scale; below 1 things shrink.</summary>
    public double Low { get; init; } = 0.7;

    /// <summary>Largest scale.</summary>
    public double High { get; init; } = 1.4;

    /// <summary>Whether every axis draws its own scale, so that shapes are stretched.</summary>
    public bool PerAxis { get; init; }

    /// <summary>Whether volumes are also scaled along z.</summary>
    public bool Through { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckProbability("augmentation.scale.probability", Probability), .. CheckRange("augmentation.scale.low", Low, High, 0.05)];
}

/// <summary>Makes what the image shows larger or smaller about its centre; the grid stays.</summary>
/// <remarks>Source: Isensee et al. 2021 (0.7 to 1.4). Differs: drawn logarithmically, so that twice as large is as likely as half as large; above 1 things grow, where nnU-Net's factor makes them smaller.</remarks>
public sealed class RandomScale(ScaleOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var (low, high) = (Math.Log(o.Low), Math.Log(o.High));
        var (x, y, z) = (Math.Exp(random.Between(low, high)), Math.Exp(random.Between(low, high)), Math.Exp(random.Between(low, high)));
        (y, z) = o.PerAxis ? (y, z) : (x, x);
        return change ? new Scaling(x, y, extent.Depth > 1 && o.Through ? z : 1, o.Interpolation, o.Outside) : null;
    }
}

/// <summary>A scale about the centre.</summary>
/// <param name="X">Along x; above 1 things grow.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z; 1 in pictures.</param>
/// <param name="Interpolation">How the image is read between voxels.</param>
/// <param name="Outside">What lies outside the image.</param>
public sealed record Scaling(double X, double Y, double Z, Interpolation Interpolation = Interpolation.Bilinear, Outside Outside = Outside.Mirror) : WarpDrawn
{
    /// <inheritdoc/>
    public override Interpolation Interpolation { get; init; } = Interpolation;

    /// <inheritdoc/>
    public override Outside Outside { get; init; } = Outside;

    internal override WarpStep Step(Extent extent) =>
        AboutCentre(extent, new Affine(new Triple(1 / X, 0, 0), new Triple(0, 1 / Y, 0), new Triple(0, 0, 1 / Z), Triple.Zero));
}

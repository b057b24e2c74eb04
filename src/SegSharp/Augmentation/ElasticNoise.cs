using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomElasticNoise"/>.</summary>
public sealed record ElasticNoiseOptions : WarpOptions
{
    /// <summary>Smallest width of the Gaussian that smooths the noise, voxels: the smaller, the more like water.</summary>
    public double SigmaLow { get; init; } = 6;

    /// <summary>Largest width, voxels.</summary>
    public double SigmaHigh { get; init; } = 12;

    /// <summary>Smallest standard deviation of the displacement, as a share of sigma.</summary>
    public double SpreadLow { get; init; } = 0.05;

    /// <summary>Largest standard deviation of the displacement, as a share of sigma. Beyond 0.3 folds become likely.</summary>
    public double SpreadHigh { get; init; } = 0.25;

    /// <summary>Whether volumes are also bent along z; otherwise within their slices alone.</summary>
    public bool Through { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.elastic-noise.probability", Probability)
            .Concat(CheckRange("augmentation.elastic-noise.sigmaLow", SigmaLow, SigmaHigh, 0.5, 100))
            .Concat(CheckRange("augmentation.elastic-noise.spreadLow", SpreadLow, SpreadHigh, 0)))
        {
            yield return fault;
        }

        if (SpreadHigh > 0.3)
        {
            yield return Fault.At("augmentation.elastic-noise.spreadHigh", $"is {SpreadHigh}; beyond 0.3 of sigma the image folds over itself in many places");
        }
    }
}

/// <summary>Bends the image by smoothed noise: every voxel has a displacement of its own.</summary>
/// <remarks>Source: Simard et al. 2003, section 2. Differs: its alpha is replaced by the standard deviation that comes out, since the same alpha bends volumes less than pictures.</remarks>
public sealed class RandomElasticNoise(ElasticNoiseOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var sigma = random.Between(o.SigmaLow, o.SigmaHigh);
        var spread = sigma * random.Between(o.SpreadLow, o.SpreadHigh);
        var seed = unchecked((long)random.NextBits());
        return change ? new ElasticNoise(sigma, spread, seed, o.Through && extent.Depth > 1, o.Interpolation, o.Outside) : null;
    }
}

/// <summary>A bend by smoothed noise from a seed of its own.</summary>
/// <param name="Sigma">Width of the Gaussian, voxels.</param>
/// <param name="Spread">Standard deviation of the displacement along each axis, voxels.</param>
/// <param name="Seed">Seed of the noise.</param>
/// <param name="Through">Whether also along z.</param>
/// <param name="Interpolation">How the image is read between voxels.</param>
/// <param name="Outside">What lies outside the image.</param>
public sealed record ElasticNoise(double Sigma, double Spread, long Seed, bool Through = false, Interpolation Interpolation = Interpolation.Bilinear, Outside Outside = Outside.Mirror) : WarpDrawn
{
    /// <inheritdoc/>
    public override Interpolation Interpolation { get; init; } = Interpolation;

    /// <inheritdoc/>
    public override Outside Outside { get; init; } = Outside;

    internal override WarpStep Step(Extent extent)
    {
        // Slices that do not move along z bend alike: one plane of noise, repeated.
        var own = Through ? extent : extent.Page;
        var root = new RandomStream(Seed);
        var fields = new[] { Field(own, root.Derive("x")), Field(own, root.Derive("y")), Through ? Field(own, root.Derive("z")) : null };
        return new(Affine.Identity, new DenseField(own, fields[0]!, fields[1]!, fields[2]));
    }

    private float[] Field(Extent extent, RandomStream random)
    {
        var field = new float[extent.Count];
        for (var i = 0; i < field.Length; i++)
        {
            field[i] = (float)random.Between(-1, 1);
        }

        Gaussian.Blur(field, extent, Sigma);
        var squares = 0.0;
        foreach (var v in field)
        {
            squares += (double)v * v;
        }

        var factor = (float)(Spread / Math.Sqrt(Math.Max(squares / field.Length, 1e-30)));
        for (var i = 0; i < field.Length; i++)
        {
            field[i] *= factor;
        }

        return field;
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomLowResolution"/>.</summary>
public sealed record LowResolutionOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.25;

    /// <summary>Smallest share of the voxels that is left along an axis.</summary>
    public double Low { get; init; } = 0.5;

    /// <summary>Largest share of the voxels that is left along an axis.</summary>
    public double High { get; init; } = 1;

    /// <summary>Whether only one axis, by chance, loses voxels: thick slices. Shares of 0.2 to 0.67 are then usual.</summary>
    public bool OneAxis { get; init; }

    /// <summary>Whether volumes also lose voxels along z, where all axes do.</summary>
    public bool Through { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckShared("low-resolution").Concat(CheckRange("augmentation.low-resolution.low", Low, High, 0.05)))
        {
            yield return fault;
        }

        if (High > 1)
        {
            yield return Fault.At("augmentation.low-resolution.high", $"is {High}; it must be 1 or less");
        }
    }
}

/// <summary>Throws voxels away and interpolates them back: the image of a coarser scanner.</summary>
/// <remarks>
/// Source: Isensee et al. 2021, simulation of low resolution (0.5 to 1; nearest down, cubic up); with one axis TorchIO's RandomAnisotropy (1.5 to 5
/// times as thick). Labels stay as they are.
/// </remarks>
public sealed class RandomLowResolution(LowResolutionOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent)
    {
        var share = random.Between(o.Low, o.High);
        var axis = random.Next(extent.Depth > 1 ? 3 : 2);
        double On(int a) => o.OneAxis ? (a == axis ? share : 1) : a == 2 && !(o.Through && extent.Depth > 1) ? 1 : share;
        return new LowResolution(On(0), On(1), On(2));
    }
}

/// <summary>A detour over fewer voxels: nearest down, the cubic spline up, within the range that there was.</summary>
/// <param name="X">Share of the columns that is left.</param>
/// <param name="Y">Share of the rows.</param>
/// <param name="Z">Share of the planes; 1 in pictures.</param>
public sealed record LowResolution(double X, double Y, double Z = 1) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        static int Left(int side, double share) => Math.Clamp((int)Math.Round(side * share), 1, side);
        var full = sample.Extent;
        var less = new Extent(Left(full.Width, X), Left(full.Height, Y), Left(full.Depth, Z));
        if (less == full)
        {
            return sample;
        }

        var image = new float[sample.Image.Length];
        for (var c = 0; c < sample.Channels; c++)
        {
            var small = Resample.Image(sample.Image.AsSpan(c * sample.Voxels, sample.Voxels), full, less, new ResampleOptions { Order = Imaging.Resampling.Interpolation.Nearest }, null);
            Resample.Image(small, less, full, new ResampleOptions { Order = Imaging.Resampling.Interpolation.Cubic }, null).CopyTo(image, c * sample.Voxels);
        }

        return sample with { Image = image };
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>What lies outside the image, where a movement brings it into view.</summary>
public enum Outside
{
    /// <summary>The image mirrored at the centre of its outermost voxel; labels likewise.</summary>
    Mirror,

    /// <summary>The outermost voxel again and again; labels likewise.</summary>
    Nearest,

    /// <summary>0; label 0.</summary>
    Zero,

    /// <summary>The smallest value of each channel; label 0.</summary>
    Minimum,
}

/// <summary>Options of a movement that has to interpolate.</summary>
public abstract record WarpOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>How the image is read between voxels; labels always take the nearest, weights run straight.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>What lies outside the image.</summary>
    public Outside Outside { get; init; } = Outside.Mirror;
}

/// <summary>A movement of a sample. Consecutive ones are joined: the image is interpolated once, however many there are.</summary>
public abstract record SpatialDrawn : Drawn
{
    /// <summary>Whether voxels change their places alone, so that no value is new.</summary>
    internal abstract bool IsExact { get; }

    /// <summary>Where a point of the result comes from.</summary>
    /// <param name="extent">The grid before.</param>
    internal abstract WarpStep Step(Extent extent);

    /// <summary>The grid afterwards.</summary>
    internal virtual Extent After(Extent extent) => extent;
}

/// <summary>A movement that has to interpolate.</summary>
public abstract record WarpDrawn : SpatialDrawn
{
    /// <summary>How the image is read between voxels.</summary>
    public abstract Interpolation Interpolation { get; init; }

    /// <summary>What lies outside the image.</summary>
    public abstract Outside Outside { get; init; }

    internal override bool IsExact => false;

    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Movement.Apply(sample, [this], sample.Extent, (0, 0, 0), 0);

    /// <summary>A matrix about the middle of the grid.</summary>
    /// <param name="extent">The grid.</param>
    /// <param name="toSource">Carries steps of the result to steps of the source.</param>
    private protected static WarpStep AboutCentre(Extent extent, Affine toSource)
    {
        var centre = new Triple((extent.Width - 1) / 2.0, (extent.Height - 1) / 2.0, (extent.Depth - 1) / 2.0);
        return new WarpStep(toSource with { Offset = centre - toSource.ApplyToStep(centre) });
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomBrightness"/>.</summary>
public sealed record BrightnessOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.3;

    /// <summary>Largest addition to either side, in units of the image (0.1 of an image in [0, 1]).</summary>
    public double Largest { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckShared("brightness"), .. CheckRange("augmentation.brightness.largest", Largest, Largest, 0)];
}

/// <summary>Adds one number to the whole image.</summary>
/// <remarks>Source: MONAI's RandShiftIntensity, offset drawn uniformly.</remarks>
public sealed class RandomBrightness(BrightnessOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent) => new Brightness(random.Between(-o.Largest, o.Largest));
}

/// <summary>A shift of all intensities.</summary>
/// <param name="Offset">What is added.</param>
public sealed record Brightness(double Offset) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, plane =>
    {
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] += (float)Offset;
        }
    });
}

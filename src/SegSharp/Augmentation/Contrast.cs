using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomContrast"/>.</summary>
public sealed record ContrastOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.3;

    /// <summary>Smallest factor; below 1 greys come together.</summary>
    public double Low { get; init; } = 0.75;

    /// <summary>Largest factor.</summary>
    public double High { get; init; } = 1.25;

    /// <summary>Whether a factor below 1 is as likely as one above.</summary>
    public bool Balanced { get; init; }

    /// <summary>Whether values stay inside the range that their channel had.</summary>
    public bool KeepRange { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckShared("contrast"), .. CheckRange("augmentation.contrast.low", Low, High, 0)];
}

/// <summary>Stretches every channel about its mean.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation (contrast 0.75 to 1.25, range preserved). Parity: batchgenerators' augment_contrast, to 1e-5.</remarks>
public sealed class RandomContrast(ContrastOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent) => new Contrast(Factor(random, o.Low, o.High, o.Balanced), o.KeepRange);
}

/// <summary>A stretch about the mean.</summary>
/// <param name="Factor">1 changes nothing.</param>
/// <param name="KeepRange">Whether values stay inside the range that their channel had.</param>
public sealed record Contrast(double Factor, bool KeepRange = true) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, plane =>
    {
        var (low, high) = KeepRange ? Tone.Range(plane) : (float.NegativeInfinity, float.PositiveInfinity);
        var (mean, factor) = ((float)Tone.Mean(plane), (float)Factor);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = Math.Clamp(mean + ((plane[i] - mean) * factor), low, high);
        }
    });
}

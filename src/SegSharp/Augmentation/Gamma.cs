using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomGamma"/>.</summary>
public sealed record GammaOptions : IntensityOptions
{
    /// <inheritdoc/>
    public override double Probability { get; init; } = 0.3;

    /// <summary>Smallest exponent; below 1 dark tones become lighter.</summary>
    public double Low { get; init; } = 0.7;

    /// <summary>Largest exponent.</summary>
    public double High { get; init; } = 1.5;

    /// <summary>Whether an exponent below 1 is as likely as one above.</summary>
    public bool Balanced { get; init; }

    /// <summary>Whether the negative is bent: then light tones change most instead of dark ones.</summary>
    public bool Inverted { get; init; }

    /// <summary>Whether mean and standard deviation are restored afterwards, so that only the shape of the tones changes.</summary>
    public bool Retain { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckShared("gamma"), .. CheckRange("augmentation.gamma.low", Low, High, 0.01)];
}

/// <summary>Bends the tone curve of every channel between its own minimum and maximum.</summary>
/// <remarks>Source: Isensee et al. 2021, supplementary note on augmentation. Parity: batchgenerators' augment_gamma, to 1e-5. Differs: a flat channel stays as it is.</remarks>
public sealed class RandomGamma(GammaOptions o) : IntensityTransform(o)
{
    /// <inheritdoc/>
    protected override Drawn DrawOne(RandomStream random, Extent extent) => new Gamma(Factor(random, o.Low, o.High, o.Balanced), o.Inverted, o.Retain);
}

/// <summary>A tone curve.</summary>
/// <param name="Exponent">Applied to intensities brought to [0, 1] by their own minimum and maximum.</param>
/// <param name="Inverted">Whether it bends the negative.</param>
/// <param name="Retain">Whether mean and standard deviation are restored.</param>
public sealed record Gamma(double Exponent, bool Inverted = false, bool Retain = false) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, plane =>
    {
        var (low, high) = Tone.Range(plane);
        var span = high - low;
        if (span <= 0)
        {
            return;
        }

        var before = Retain ? Tone.Statistics(plane) : default;
        var exponent = (float)Exponent;
        for (var i = 0; i < plane.Length; i++)
        {
            var share = (plane[i] - low) / span;
            plane[i] = Inverted ? high - (span * MathF.Pow(1 - share, exponent)) : low + (span * MathF.Pow(share, exponent));
        }

        if (Retain)
        {
            Tone.Restore(plane, before);
        }
    });
}

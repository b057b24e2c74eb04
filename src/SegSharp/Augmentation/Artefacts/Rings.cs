using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Signals;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomRings"/>.</summary>
public sealed record RingsOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Largest standard deviation of a detector's gain: 0.01 is one per cent.</summary>
    public double Largest { get; init; } = 0.02;

    /// <summary>Share of the detectors that are off.</summary>
    public double Share { get; init; } = 0.1;

    /// <summary>Attenuation of the densest ray.</summary>
    public double Attenuation { get; init; } = 4;

    /// <summary>Angles over a full turn.</summary>
    public int Views { get; init; } = 360;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.rings.probability", Probability),
        .. CheckRange("augmentation.rings.largest", Largest, Largest, 0),
        .. CheckProbability("augmentation.rings.share", Share),
        .. CheckRange("augmentation.rings.attenuation", Attenuation, Attenuation, 0.01),
        .. CheckRange("augmentation.rings.views", Views, Views, 4, 10_000),
    ];
}

/// <summary>Rings about the middle of a CT slice: detectors that count too much or too little at every angle.</summary>
/// <remarks>Source: Sijbers and Postnov 2004 describe the cause; each slice is a parallel-beam scan over a full turn.</remarks>
public sealed class RandomRings(RingsOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var deviation = random.Between(0.25 * o.Largest, o.Largest);
        var seed = unchecked((long)random.NextBits());
        return change && o.Largest > 0 ? new Rings(deviation, o.Share, o.Attenuation, o.Views, seed) : null;
    }
}

/// <summary>Gains of detectors, the same in every slice, reconstructed and added.</summary>
/// <param name="Deviation">Standard deviation of the gains that are off.</param>
/// <param name="Share">Share of the detectors that are off.</param>
/// <param name="Attenuation">Of the densest ray along a row or column.</param>
/// <param name="Views">Angles over a full turn.</param>
/// <param name="Seed">Of the gains.</param>
public sealed record Rings(double Deviation, double Share, double Attenuation, int Views, long Seed) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        double[] degrees = [.. Radon.HalfTurn(Views).Select(d => 2 * d)];
        var detectors = Radon.DetectorsFor(sample.Width, sample.Height);
        var random = new RandomStream(Seed);
        var errors = new double[detectors];
        for (var d = 0; d < detectors; d++)
        {
            var (isOff, gain) = (random.Chance(Share), Deviation * random.NextNormal());
            errors[d] = isOff ? -Math.Log(Math.Max(0.01, 1 + gain)) : 0;
        }

        var values = new double[detectors * Views];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = errors[i / Views];
        }

        var rings = Radon.Inverse(new Sinogram(Views, detectors, values), degrees, sample.Width, sample.Height);
        return Tone.PerChannel(sample, channel =>
        {
            var scale = Projections.Scale(Projections.Of(channel, sample, [0, 90]), Attenuation);
            for (var i = 0; i < channel.Length && scale > 0; i++)
            {
                channel[i] += (float)(rings[i % rings.Length] / scale);
            }
        });
    }
}

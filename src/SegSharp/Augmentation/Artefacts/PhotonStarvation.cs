using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Signals;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomPhotonStarvation"/>.</summary>
public sealed record PhotonStarvationOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Fewest photons sent along a ray; 10,000 is a low-dose scan, 1,000,000 a good one.</summary>
    public double Low { get; init; } = 3e3;

    /// <summary>Most photons.</summary>
    public double High { get; init; } = 1e5;

    /// <summary>Attenuation of the densest ray, exp(−this) of the photons arrive: 4 through a head, 6 through shoulders.</summary>
    public double Attenuation { get; init; } = 5;

    /// <summary>Angles over half a turn.</summary>
    public int Views { get; init; } = 180;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.photon-starvation.probability", Probability),
        .. CheckRange("augmentation.photon-starvation.low", Low, High, 1),
        .. CheckRange("augmentation.photon-starvation.attenuation", Attenuation, Attenuation, 0.01),
        .. CheckRange("augmentation.photon-starvation.views", Views, Views, 4, 10_000),
    ];
}

/// <summary>The noise of a CT scan with few photons: streaks along the directions in which the body is thick.</summary>
/// <remarks>Source: Beer–Lambert's law with Poisson counts, as in Żabić et al. 2013; each slice is a parallel-beam scan.</remarks>
public sealed class RandomPhotonStarvation(PhotonStarvationOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);

        // Logarithmic: a tenth of the dose is as likely as ten times the dose.
        var photons = Math.Exp(random.Between(Math.Log(o.Low), Math.Log(o.High)));
        var seed = unchecked((long)random.NextBits());
        return change ? new PhotonStarvation(photons, o.Attenuation, o.Views, seed) : null;
    }
}

/// <summary>Poisson noise on the projections, reconstructed by filtered back-projection and added.</summary>
/// <param name="Photons">Sent along each ray.</param>
/// <param name="Attenuation">Of the densest ray of the volume.</param>
/// <param name="Views">Angles over half a turn.</param>
/// <param name="Seed">Of the noise.</param>
public sealed record PhotonStarvation(double Photons, double Attenuation, int Views, long Seed) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var degrees = Radon.HalfTurn(Views);
        var random = new RandomStream(Seed);
        var page = sample.Width * sample.Height;
        return Tone.PerChannel(sample, channel =>
        {
            var slices = Projections.Of(channel, sample, degrees);
            var scale = Projections.Scale(slices, Attenuation);
            if (scale == 0)
            {
                return;
            }

            for (var z = 0; z < slices.Length; z++)
            {
                var values = slices[z].Values;
                var change = new double[values.Length];
                for (var i = 0; i < values.Length; i++)
                {
                    var truth = values[i] * scale;
                    var count = Projections.Poisson(Photons * Math.Exp(-truth), random);
                    change[i] = (Projections.Attenuation(count, Photons) - truth) / scale;
                }

                Projections.Add(channel.Slice(z * page, page), slices[z] with { Values = change }, degrees, sample.Width, sample.Height);
            }
        });
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomSpikes"/>.</summary>
public sealed record SpikesOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Points of frequency space that are hit.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Weakest stripes: their amplitude as a share of the image's range.</summary>
    public double Low { get; init; } = 0.1;

    /// <summary>Strongest stripes.</summary>
    public double High { get; init; } = 0.3;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.spikes.probability", Probability),
        .. CheckRange("augmentation.spikes.count", Count, Count, 1, 1000),
        .. CheckRange("augmentation.spikes.low", Low, High, 0),
    ];
}

/// <summary>Stripes through the whole image, a herringbone where two cross: a spark was measured as a point of frequency space.</summary>
/// <remarks>Source: Jungnickel et al. 2018; a point of frequency space is a plane wave of the image.</remarks>
public sealed class RandomSpikes(SpikesOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var spikes = new Spike[o.Count];
        for (var i = 0; i < spikes.Length; i++)
        {
            // Away from the middle, where it would be a mere shading.
            double Away() => random.Between(0.08, 0.35) * (random.Chance(0.5) ? 1 : -1);
            spikes[i] = new Spike(Away(), Away(), random.Between(-0.2, 0.2), random.Between(o.Low, o.High), random.Between(0, 2 * Math.PI));
        }

        return change && o.High > 0 ? new Spikes(spikes) : null;
    }
}

/// <summary>A point of frequency space.</summary>
/// <param name="X">Cycles per voxel, −0.5 … 0.5.</param>
/// <param name="Y">Cycles per voxel.</param>
/// <param name="Z">Cycles per voxel; without effect in pictures.</param>
/// <param name="Amplitude">Of the stripes, as a share of the image's range.</param>
/// <param name="Phase">Of the stripes, radians.</param>
public sealed record Spike(double X, double Y, double Z, double Amplitude, double Phase);

/// <summary>Plane waves added to the image.</summary>
/// <param name="Points">The points that were hit.</param>
public sealed record Spikes(Spike[] Points) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, channel =>
    {
        var (low, high) = Tone.Range(channel);
        var (w, h, d) = (sample.Width, sample.Height, sample.Depth);
        foreach (var spike in Points)
        {
            // Whole cycles over the image: frequency space has points for no others.
            double Cycles(double perVoxel, int size) => 2 * Math.PI * Math.Round(perVoxel * size) / size;
            var (fx, fy, fz) = (Cycles(spike.X, w), Cycles(spike.Y, h), Cycles(spike.Z, d));
            var amplitude = spike.Amplitude * (high - low);
            for (var i = 0; i < channel.Length; i++)
            {
                channel[i] += (float)(amplitude * Math.Cos((fx * (i % w)) + (fy * (i / w % h)) + (fz * (i / (w * h))) + spike.Phase));
            }
        }
    });
}

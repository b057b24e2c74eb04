using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging.Signals;

namespace SegSharp.Augmentation;

/// <summary>Artefacts that arise in the projections of a scanner. The reconstruction is linear, so only what the fault adds is reconstructed and added: without a fault the image keeps its bits.</summary>
internal static class Projections
{
    /// <summary>The projections of every slice of one channel, air (the smallest value) being 0.</summary>
    public static Sinogram[] Of(ReadOnlySpan<float> channel, Sample sample, double[] degrees)
    {
        var (air, _) = Tone.Range(channel);
        var page = sample.Width * sample.Height;
        var slices = new Sinogram[sample.Depth];
        var image = new double[page];
        for (var z = 0; z < slices.Length; z++)
        {
            for (var i = 0; i < page; i++)
            {
                image[i] = channel[(z * page) + i] - air;
            }

            slices[z] = Radon.Forward(image, sample.Width, sample.Height, degrees);
        }

        return slices;
    }

    /// <summary>Attenuation per unit of the projections, when the densest ray has the attenuation that is asked for; 0 for an empty image.</summary>
    public static double Scale(IEnumerable<Sinogram> slices, double densest)
    {
        var largest = slices.Max(s => s.Values.Max());
        return largest > 0 ? densest / largest : 0;
    }

    /// <summary>Adds what a change of projections becomes in the image.</summary>
    public static void Add(Span<float> page, Sinogram change, double[] degrees, int width, int height)
    {
        var added = Radon.Inverse(change, degrees, width, height);
        for (var i = 0; i < page.Length; i++)
        {
            page[i] += (float)added[i];
        }
    }

    /// <summary>Counted photons where that many are expected.</summary>
    /// <remarks>Source: Knuth 1969 below 30; above, the normal distribution with the same mean and variance, rounded (its skewness is below 0.19 there).</remarks>
    public static double Poisson(double expected, RandomStream random)
    {
        if (expected >= 30)
        {
            return Math.Max(0, Math.Round(expected + (Math.Sqrt(expected) * random.NextNormal())));
        }

        var limit = Math.Exp(-expected);
        var count = 0;
        for (var product = random.NextDouble(); product > limit; product *= random.NextDouble())
        {
            count++;
        }

        return count;
    }

    /// <summary>The attenuation that a count tells; no photon counts as half a one, since its logarithm does not exist.</summary>
    public static double Attenuation(double count, double sent) => -Math.Log(Math.Max(count, 0.5) / sent);
}

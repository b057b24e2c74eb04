using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Tests.Augmentation;

/// <summary>Samples with something to see: smooth waves, and labels that follow them.</summary>
internal static class Samples
{
    public static Sample Waves(Extent extent, int channels = 1)
    {
        var image = new float[channels * extent.Count];
        var labels = new ushort[extent.Count];
        var at = 0;
        for (var c = 0; c < channels; c++)
        {
            for (var z = 0; z < extent.Depth; z++)
            {
                for (var y = 0; y < extent.Height; y++)
                {
                    for (var x = 0; x < extent.Width; x++, at++)
                    {
                        image[at] = (float)((Math.Sin(0.21 * x) * Math.Cos((0.17 * y) - c)) + (0.5 * Math.Sin(0.3 * z)));
                        labels[at % labels.Length] = (ushort)(image[at] > 0.3 ? 2 : image[at] > -0.2 ? 1 : 0);
                    }
                }
            }
        }

        return new Sample { Id = "waves", Extent = extent, Channels = channels, Image = image, Labels = labels, Weights = image[..labels.Length] };
    }

    public static Sample Noise(Extent extent, int seed = 1)
    {
        var random = new RandomStream(seed);
        return Waves(extent) with { Image = [.. Enumerable.Range(0, (int)extent.Count).Select(_ => (float)random.NextDouble())] };
    }
}

using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Losses;

namespace SegSharp.Training;

/// <summary>Gives samples the U-Net's weight map, which presses on the thin borders between touching cells.</summary>
/// <remarks>Source: Ronneberger et al. 2015, equation 2. The class weights stay with the loss; the map is 1 far from borders.</remarks>
internal static class BorderWeighting
{
    /// <summary>The same sample with <see cref="Sample.Weights"/>; unchanged when it has no labels.</summary>
    public static Sample Weigh(Sample sample, CrossEntropyOptions options)
    {
        if (sample.Labels is not { } labels)
        {
            return sample;
        }

        var mask = Array.ConvertAll(labels, l => l == options.BorderCells);
        var weights = BorderWeights.Of(mask, sample.Extent, new() { Height = options.BorderWeight, Sigma = options.BorderSigma, WithinCells = !options.BorderOnBackground });
        return sample with { Weights = weights };
    }
}

using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Torch;

namespace SegSharp.Training;

/// <summary>Image, truth and prediction side by side in grey, for TensorBoard; of a volume the slice with the most foreground.</summary>
internal static class SampleStrip
{
    /// <summary>Draws the strip.</summary>
    /// <param name="sample">With labels.</param>
    /// <param name="logits">[1, K, (D,) H, W].</param>
    /// <param name="head">What the channels mean.</param>
    /// <returns>A grey picture, three times as wide as the sample.</returns>
    public static Volume Draw(Sample sample, Tensor logits, Head head)
    {
        using var scope = new TensorScope();
        var (w, h) = (sample.Width, sample.Height);
        var foreground = head == Head.Sigmoid ? logits.Sigmoid() : logits.Softmax(1).From(axis: 1, start: 1);
        var p = foreground.Sum([1L]).Clamp(0, 1).ToArray<float>();
        var (low, high) = Tone.Range(sample.Image.AsSpan(0, sample.Voxels));
        var scale = high > low ? 255 / (high - low) : 0;
        var most = Math.Max(1, (int)(sample.Labels?.Max() ?? 1));
        var strip = Volume.Zeros(sample.Id, Geometry.Pixels(new Extent(3 * w, h)), 1, VoxelType.UInt8);
        var pixels = strip.Voxels<byte>();
        var z = Fullest(sample);
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var i = (z * w * h) + (y * w) + x;
                var row = 3 * y * w;
                pixels[row + x] = (byte)((sample.Image[i] - low) * scale);
                pixels[row + w + x] = (byte)(255 * (sample.Labels?[i] ?? 0) / most);
                pixels[row + (2 * w) + x] = (byte)(255 * p[i]);
            }
        }

        return strip;
    }

    private static int Fullest(Sample sample)
    {
        if (sample.Labels is not { } labels || sample.Depth == 1)
        {
            return sample.Depth / 2;
        }

        var page = sample.Width * sample.Height;
        return Enumerable.Range(0, sample.Depth).MaxBy(z => page - labels.AsSpan(z * page, page).Count((ushort)0));
    }
}

using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Torch;

namespace SegSharp.Training;

/// <summary>Image, truth and prediction side by side in grey, for TensorBoard; of a volume the slice with the most foreground.</summary>
internal static class SampleStrip
{
    private const int Most = 256;                                               // pixels of a side; a log of many epochs shall stay small

    /// <summary>Draws the strip.</summary>
    /// <param name="sample">With labels.</param>
    /// <param name="logits">[1, K, (D,) H, W].</param>
    /// <param name="head">What the channels mean.</param>
    /// <returns>A grey picture, three times as wide as the sample; every n-th pixel of a large one.</returns>
    public static Volume Draw(Sample sample, Tensor logits, Head head)
    {
        using var scope = new TensorScope();
        var every = (Math.Max(sample.Width, sample.Height) + Most - 1) / Most;
        var (w, h) = ((sample.Width + every - 1) / every, (sample.Height + every - 1) / every);
        var p = Grey(logits, head).ToArray<float>();
        var (low, high) = Tone.Range(sample.Image.AsSpan(0, sample.Voxels));
        var scale = high > low ? 255 / (high - low) : 0;
        var most = head == Head.Softmax ? Math.Max(1, (int)logits.Size(1) - 1) : Math.Max(1, (int)(sample.Labels?.Max() ?? 1));
        var strip = Volume.Zeros(sample.Id, Geometry.Pixels(new Extent(3 * w, h)), 1, VoxelType.UInt8);
        var pixels = strip.Voxels<byte>();
        var z = Fullest(sample);
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var i = (((z * sample.Height) + (y * every)) * sample.Width) + (x * every);
                var row = 3 * y * w;
                pixels[row + x] = (byte)((sample.Image[i] - low) * scale);
                pixels[row + w + x] = (byte)Math.Min(255, 255 * (sample.Labels?[i] ?? 0) / most);
                pixels[row + (2 * w) + x] = (byte)(255 * p[i]);
            }
        }

        return strip;
    }

    // As the truth beside it: each label in its grey, here weighted by its probability; overlapping regions all white.
    private static Tensor Grey(Tensor logits, Head head)
    {
        if (head == Head.Sigmoid)
        {
            return logits.Sigmoid().Sum([1L]).Clamp(0, 1);
        }

        var labels = (int)logits.Size(1) - 1;
        var greys = Tensor.From([.. Enumerable.Range(1, labels).Select(k => (float)k / labels)]).To(logits.Device);
        return (logits.Softmax(1).From(axis: 1, start: 1) * greys.Reshape([1, labels, .. Enumerable.Repeat(1L, logits.Dimensions - 2)])).Sum([1L]).Clamp(0, 1);
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

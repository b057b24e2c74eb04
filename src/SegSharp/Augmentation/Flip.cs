using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomFlip"/>.</summary>
public sealed record FlipOptions : TransformOptions
{
    /// <summary>Probability of left ↔ right.</summary>
    public double Horizontal { get; init; } = 0.5;

    /// <summary>Probability of top ↔ bottom.</summary>
    public double Vertical { get; init; } = 0.5;

    /// <summary>Probability of first plane ↔ last plane, in volumes.</summary>
    public double Through { get; init; } = 0.5;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.flip.horizontal", Horizontal),
        .. CheckProbability("augmentation.flip.vertical", Vertical),
        .. CheckProbability("augmentation.flip.through", Through),
    ];
}

/// <summary>Mirrors image and labels along each axis by chance.</summary>
/// <remarks>Source: Simard et al. 2003, the simplest member of the family. With <see cref="RandomRotate90"/> it makes all 8 symmetries of the square equally likely.</remarks>
public sealed class RandomFlip(FlipOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var horizontal = random.Chance(o.Horizontal);
        var vertical = random.Chance(o.Vertical);
        var through = random.Chance(o.Through) && extent.Depth > 1;
        return horizontal || vertical || through ? new Flip(horizontal, vertical, through) : null;
    }
}

/// <summary>A mirror image; exact, no interpolation.</summary>
/// <param name="Horizontal">Left ↔ right.</param>
/// <param name="Vertical">Top ↔ bottom.</param>
/// <param name="Through">First plane ↔ last plane.</param>
public sealed record Flip(bool Horizontal, bool Vertical, bool Through = false) : SpatialDrawn
{
    internal override bool IsExact => true;

    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var image = new float[sample.Image.Length];
        for (var c = 0; c < sample.Channels; c++)
        {
            Turn<float>(sample.Image.AsSpan(c * sample.Voxels, sample.Voxels), image.AsSpan(c * sample.Voxels, sample.Voxels), sample);
        }

        ushort[]? labels = null;
        if (sample.Labels is not null)
        {
            labels = new ushort[sample.Labels.Length];
            Turn<ushort>(sample.Labels, labels, sample);
        }

        float[]? weights = null;
        if (sample.Weights is not null)
        {
            weights = new float[sample.Weights.Length];
            for (var start = 0; start < weights.Length; start += sample.Voxels)
            {
                Turn<float>(sample.Weights.AsSpan(start, sample.Voxels), weights.AsSpan(start, sample.Voxels), sample);
            }
        }

        return sample with { Image = image, Labels = labels, Weights = weights };
    }

    internal override WarpStep Step(Extent extent) => new(new Affine(
        new Triple(Horizontal ? -1 : 1, 0, 0),
        new Triple(0, Vertical ? -1 : 1, 0),
        new Triple(0, 0, Through ? -1 : 1),
        new Triple(Horizontal ? extent.Width - 1 : 0, Vertical ? extent.Height - 1 : 0, Through ? extent.Depth - 1 : 0)));

    private void Turn<T>(ReadOnlySpan<T> from, Span<T> to, Sample sample)
    {
        var (w, h, d) = (sample.Width, sample.Height, sample.Depth);
        for (var line = 0; line < h * d; line++)
        {
            var (z, y) = (line / h, line % h);
            var row = to.Slice(line * w, w);
            from.Slice((((Through ? d - 1 - z : z) * h) + (Vertical ? h - 1 - y : y)) * w, w).CopyTo(row);
            if (Horizontal)
            {
                row.Reverse();
            }
        }
    }
}

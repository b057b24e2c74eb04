using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomHaze"/>.</summary>
public sealed record HazeOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.2;

    /// <summary>Least light at the middle of the glow, as a share of the channel's range.</summary>
    public double Low { get; init; } = 0.1;

    /// <summary>Most light at the middle of the glow.</summary>
    public double High { get; init; } = 0.6;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. CheckProbability("augmentation.haze.probability", Probability), .. CheckRange("augmentation.haze.low", Low, High, 0)];
}

/// <summary>Adds a wide glow, as light from outside the plane of focus does in a microscope, or a lamp beside the axis.</summary>
/// <remarks>Source: the additive part of the usual model of uneven illumination, image = gain × light + background, with a background that is one wide Gaussian.</remarks>
public sealed class RandomHaze(HazeOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var (x, y) = (random.Between(-0.25, 1.25), random.Between(-0.25, 1.25));
        var width = random.Between(0.25, 1);
        var light = random.Between(o.Low, o.High);
        return change ? new Haze(x, y, width, light) : null;
    }
}

/// <summary>A glow of Gaussian shape; in a volume the same in every slice.</summary>
/// <param name="X">Its middle, as a share of the image's width; may lie outside.</param>
/// <param name="Y">Its middle, as a share of the image's height.</param>
/// <param name="Width">Standard deviation, as a share of the image's longer side.</param>
/// <param name="Light">What is added at the middle, as a share of the channel's range.</param>
public sealed record Haze(double X, double Y, double Width, double Light) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var (w, h) = (sample.Width, sample.Height);
        var sigma = Width * Math.Max(w, h);
        float[] Slope(double middle, int size) => [.. Enumerable.Range(0, size).Select(i => (float)Math.Exp(-0.5 * Math.Pow((i - (middle * (size - 1))) / sigma, 2)))];
        var (columns, rows) = (Slope(X, w), Slope(Y, h));
        return Tone.PerChannel(sample, channel =>
        {
            var (low, high) = Tone.Range(channel);
            var light = (float)Light * (high - low);
            for (var i = 0; i < channel.Length; i++)
            {
                channel[i] += light * columns[i % w] * rows[i / w % h];
            }
        });
    }
}

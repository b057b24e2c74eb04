using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;


/// <summary>What a hole is filled with.</summary>
public enum HoleFill
{
    /// <summary>The channel's mean.</summary>
    Mean,

    /// <summary>0, which is the mean of a normalised image.</summary>
    Zero,

    /// <summary>Normal noise with the channel's mean and standard deviation.</summary>
    Noise,
}

/// <summary>Options of <see cref="RandomCutOut"/>.</summary>
public sealed record CutOutOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.3;

    /// <summary>Boxes that are cut out.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Smallest side of a box, as a share of the image's.</summary>
    public double Low { get; init; } = 0.1;

    /// <summary>Largest side of a box, as a share of the image's.</summary>
    public double High { get; init; } = 0.3;

    /// <summary>What the boxes are filled with.</summary>
    public HoleFill Fill { get; init; } = HoleFill.Mean;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in CheckProbability("augmentation.cut-out.probability", Probability).Concat(CheckRange("augmentation.cut-out.low", Low, High, 0)))
        {
            yield return fault;
        }

        if (High > 1)
        {
            yield return Fault.At("augmentation.cut-out.high", $"is {High}; it must be 1 or less");
        }

        if (Count is < 1 or > 1000)
        {
            yield return Fault.At("augmentation.cut-out.count", $"is {Count}; it must lie between 1 and 1000");
        }
    }
}

/// <summary>Cuts boxes out of the image; the labels stay, so that the network learns to go by what lies around.</summary>
/// <remarks>Source: DeVries and Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout". Differs: boxes lie inside the image, and their sides are drawn.</remarks>
public sealed class RandomCutOut(CutOutOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var seed = unchecked((long)random.NextBits());
        var holes = new Hole[o.Count];
        for (var i = 0; i < holes.Length; i++)
        {
            (int From, int Count) Side(int side)
            {
                var count = Math.Clamp((int)Math.Round(random.Between(o.Low, o.High) * side), 1, side);
                return ((int)(random.NextDouble() * (side - count + 1)), count);
            }

            var (x, y, z) = (Side(extent.Width), Side(extent.Height), Side(extent.Depth));
            holes[i] = new Hole(x.From, y.From, z.From, x.Count, y.Count, z.Count);
        }

        return change ? new CutOut(holes, o.Fill, seed) : null;
    }
}

/// <summary>A box of voxels.</summary>
/// <param name="X">Its first column.</param>
/// <param name="Y">Its first row.</param>
/// <param name="Z">Its first plane.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Depth">Planes.</param>
public sealed record Hole(int X, int Y, int Z, int Width, int Height, int Depth);

/// <summary>Holes in the image, the same in all channels.</summary>
/// <param name="Holes">Where; what lies outside the image does not count.</param>
/// <param name="Fill">What they are filled with.</param>
/// <param name="Seed">Seed of the noise.</param>
public sealed record CutOut(Hole[] Holes, HoleFill Fill = HoleFill.Mean, long Seed = 0) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var random = new RandomStream(Seed);
        var extent = sample.Extent;
        return Tone.PerChannel(sample, channel =>
        {
            var (mean, spread) = Fill == HoleFill.Zero ? default : Tone.Statistics(channel);
            foreach (var hole in Holes)
            {
                for (var z = Math.Max(0, hole.Z); z < Math.Min(extent.Depth, hole.Z + hole.Depth); z++)
                {
                    for (var y = Math.Max(0, hole.Y); y < Math.Min(extent.Height, hole.Y + hole.Height); y++)
                    {
                        for (var x = Math.Max(0, hole.X); x < Math.Min(extent.Width, hole.X + hole.Width); x++)
                        {
                            channel[(((z * extent.Height) + y) * extent.Width) + x] = (float)(Fill == HoleFill.Noise ? mean + (spread * random.NextNormal()) : mean);
                        }
                    }
                }
            }
        });
    }
}

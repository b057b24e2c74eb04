using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomRotate90"/>.</summary>
public sealed record Rotate90Options : TransformOptions
{
    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [];
}

/// <summary>Turns image and labels by 0, 90, 180 or 270 degrees, each equally likely; an image that is not square only by 0 or 180. A volume turns in the plane of its slices.</summary>
/// <remarks>Source: Ronneberger et al. 2015, section 3.1: a few images of tissue without a preferred direction.</remarks>
public sealed class RandomRotate90(Rotate90Options o) : Transform
{
    /// <summary>The options in use.</summary>
    public Rotate90Options Options { get; } = o;

    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var quarters = random.Next(4);
        if (extent.Width != extent.Height)
        {
            quarters &= 2;     // a quarter turn would change the size and no longer fit its batch
        }

        return quarters == 0 ? null : new Rotate90(quarters);
    }
}

/// <summary>A turn by quarters, counter-clockwise as the picture is seen; exact, no interpolation.</summary>
/// <param name="Quarters">1, 2 or 3 times 90 degrees.</param>
public sealed record Rotate90(int Quarters) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var odd = (Quarters & 1) == 1;
        var extent = odd ? sample.Extent with { Width = sample.Height, Height = sample.Width } : sample.Extent;
        return sample with
        {
            Extent = extent,
            Image = Turn(sample.Image, sample.Extent)!,
            Labels = Turn(sample.Labels, sample.Extent),
            Weights = Turn(sample.Weights, sample.Extent),
        };
    }

    // Plane by plane, however many channels and slices there are.
    private T[]? Turn<T>(T[]? from, Extent extent)
    {
        if (from is null)
        {
            return null;
        }

        var to = new T[from.Length];
        var page = (int)extent.PageCount;
        for (var start = 0; start < from.Length; start += page)
        {
            Turn<T>(from.AsSpan(start, page), to.AsSpan(start, page), extent);
        }

        return to;
    }

    private void Turn<T>(ReadOnlySpan<T> from, Span<T> to, Extent extent)
    {
        var (w, h) = (extent.Width, extent.Height);
        var width = (Quarters & 1) == 1 ? h : w;
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var place = (Quarters & 3) switch
                {
                    1 => ((w - 1 - x) * width) + y,
                    2 => ((h - 1 - y) * width) + (w - 1 - x),
                    3 => (x * width) + (h - 1 - y),
                    _ => (y * width) + x,
                };
                to[place] = from[(y * w) + x];
            }
        }
    }
}

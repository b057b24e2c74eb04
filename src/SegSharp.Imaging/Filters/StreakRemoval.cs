using SegSharp.Foundation;
using SegSharp.Imaging.Signals;

namespace SegSharp.Imaging.Filters;

/// <summary>Options of <see cref="StreakRemoval"/>.</summary>
public sealed record StreakRemovalOptions : FilterOptions
{
    /// <summary>Values above are metal, in units of the image; null takes half the way from the smallest to the largest.</summary>
    public double? Metal { get; init; }

    /// <summary>Angles over half a turn.</summary>
    public int Views { get; init; } = 180;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => Within("streak-removal.views", Views, 4);
}

/// <summary>Reduces the streaks of metal: rays behind it are replaced by what lies between the rays that pass it, and the metal is put back.</summary>
/// <remarks>Source: Kalender et al. 1987, linear interpolation. Only the change of the projections is reconstructed, so everything else keeps its sharpness.</remarks>
public sealed class StreakRemoval(StreakRemovalOptions o) : ImageFilter
{
    /// <inheritdoc/>
    public override float[] Apply(ReadOnlySpan<float> image, Extent extent)
    {
        var (low, high) = (image[0], image[0]);
        foreach (var v in image)
        {
            (low, high) = (Math.Min(low, v), Math.Max(high, v));
        }

        var metal = o.Metal ?? ((low + (double)high) / 2);
        var degrees = Radon.HalfTurn(o.Views);
        return PerSlice(image, extent, (from, to) =>
        {
            var (w, h) = (extent.Width, extent.Height);
            var (values, mask) = (new double[from.Length], new double[from.Length]);
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = from[i];
                mask[i] = from[i] > metal ? 1 : 0;
            }

            from.CopyTo(to);
            if (!mask.Contains(1))
            {
                return;
            }

            var rays = Radon.Forward(values, w, h, degrees);
            var behind = Radon.Forward(mask, w, h, degrees);
            var added = Radon.Inverse(rays with { Values = Bridge(rays, behind.Values) }, degrees, w, h);
            for (var i = 0; i < to.Length; i++)
            {
                to[i] += mask[i] == 1 ? 0 : (float)added[i];
            }
        });
    }

    // What is added to the projections so that they run straight where metal is behind.
    private static double[] Bridge(Sinogram rays, double[] behind)
    {
        const double Touched = 1e-6;
        var (angles, detectors) = (rays.Angles, rays.Detectors);
        var change = new double[rays.Values.Length];
        for (var a = 0; a < angles; a++)
        {
            for (var d = 0; d < detectors; d++)
            {
                if (behind[(d * angles) + a] <= Touched)
                {
                    continue;
                }

                var end = d;
                while (end < detectors && behind[(end * angles) + a] > Touched)
                {
                    end++;
                }

                var left = d > 0 ? rays.Values[((d - 1) * angles) + a] : 0;
                var right = end < detectors ? rays.Values[(end * angles) + a] : 0;
                for (var k = d; k < end; k++)
                {
                    var t = (k - d + 1.0) / (end - d + 1);
                    change[(k * angles) + a] = left + (t * (right - left)) - rays.Values[(k * angles) + a];
                }

                d = end;
            }
        }

        return change;
    }
}

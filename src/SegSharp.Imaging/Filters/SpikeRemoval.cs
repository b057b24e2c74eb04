using System.Numerics;
using SegSharp.Foundation;
using SegSharp.Imaging.Signals;

namespace SegSharp.Imaging.Filters;

/// <summary>Options of <see cref="SpikeRemoval"/>.</summary>
public sealed record SpikeRemovalOptions : FilterOptions
{
    /// <summary>A point is a spike when it is this many times as strong as the median of its neighbours.</summary>
    public double Factor { get; init; } = 8;

    /// <summary>Neighbours to each side in frequency space.</summary>
    public int Radius { get; init; } = 3;

    /// <summary>Share of the frequencies about the middle that are never touched: the image's own strength lies there.</summary>
    public double Middle { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        [.. Within("spike-removal.factor", Factor, 1), .. Within("spike-removal.radius", Radius, 1, 10), .. Within("spike-removal.middle", Middle, 0, 1)];
}

/// <summary>Takes stripes away: points of frequency space that stand out from their neighbours get their neighbours' strength. Slice by slice.</summary>
public sealed class SpikeRemoval(SpikeRemovalOptions o) : ImageFilter
{
    /// <inheritdoc/>
    public override float[] Apply(ReadOnlySpan<float> image, Extent extent) => PerSlice(image, extent, (from, to) =>
    {
        var (w, h) = (extent.Width, extent.Height);
        var page = new Extent(w, h);
        var values = new Complex[from.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = from[i];
        }

        Fourier.Along(values, page, 0);
        Fourier.Along(values, page, 1);
        var strength = Array.ConvertAll(values, v => (float)v.Magnitude);
        var window = new float[((2 * o.Radius) + 1) * ((2 * o.Radius) + 1)];
        for (var i = 0; i < values.Length; i++)
        {
            var (x, y) = (i % w, i / w);
            if (Math.Abs(Fourier.Frequency(x, w)) <= o.Middle * w / 2 && Math.Abs(Fourier.Frequency(y, h)) <= o.Middle * h / 2)
            {
                continue;
            }

            var count = 0;
            for (var v = -o.Radius; v <= o.Radius; v++)
            {
                for (var u = -o.Radius; u <= o.Radius; u++)
                {
                    window[count++] = strength[((((y + v) % h) + h) % h * w) + ((((x + u) % w) + w) % w)];
                }
            }

            var usual = Median.Of(window.AsSpan(0, count));
            if (strength[i] > o.Factor * usual)
            {
                values[i] *= usual / strength[i];
            }
        }

        Fourier.Along(values, page, 0, inverse: true);
        Fourier.Along(values, page, 1, inverse: true);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = (float)values[i].Real;
        }
    });
}

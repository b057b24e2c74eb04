using SegSharp.Foundation;

namespace SegSharp.Imaging.Filters;

/// <summary>Options of <see cref="Median"/>.</summary>
public sealed record MedianOptions : FilterOptions
{
    /// <summary>Pixels to each side: 1 is a window of 3 × 3.</summary>
    public int Radius { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => Within("median.radius", Radius, 1, 20);
}

/// <summary>The median of a square window: takes single outliers away and keeps edges. Beyond the border the window is smaller.</summary>
public sealed class Median(MedianOptions o) : ImageFilter
{
    /// <inheritdoc/>
    public override float[] Apply(ReadOnlySpan<float> image, Extent extent) => PerSlice(image, extent, (from, to) =>
    {
        var (w, h) = (extent.Width, extent.Height);
        var window = new float[((2 * o.Radius) + 1) * ((2 * o.Radius) + 1)];
        for (var i = 0; i < to.Length; i++)
        {
            var (x, y, count) = (i % w, i / w, 0);
            for (var v = Math.Max(0, y - o.Radius); v <= Math.Min(h - 1, y + o.Radius); v++)
            {
                for (var u = Math.Max(0, x - o.Radius); u <= Math.Min(w - 1, x + o.Radius); u++)
                {
                    window[count++] = from[(v * w) + u];
                }
            }

            to[i] = Of(window.AsSpan(0, count));
        }
    });

    /// <summary>The median of values, which are sorted on the way; of an even number the mean of the middle two.</summary>
    internal static float Of(Span<float> values)
    {
        values.Sort();
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}

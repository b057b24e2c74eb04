using SegSharp.Foundation;

namespace SegSharp.Imaging.Filters;

/// <summary>Options of <see cref="RingRemoval"/>.</summary>
public sealed record RingRemovalOptions : FilterOptions
{
    /// <summary>Rings up to this many pixels wide are found, by the median over twice as many radii.</summary>
    public int Width { get; init; } = 5;

    /// <summary>Differences above this share of the image's range are edges, no rings.</summary>
    public double Largest { get; init; } = 0.2;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [.. Within("ring-removal.width", Width, 1, 50), .. Within("ring-removal.largest", Largest, 0.001, 1)];
}

/// <summary>Takes rings about the middle away: in polar coordinates they are straight lines, found as what differs from the median across radii at most angles alike.</summary>
/// <remarks>Source: Sijbers and Postnov 2004, with medians.</remarks>
public sealed class RingRemoval(RingRemovalOptions o) : ImageFilter
{
    /// <inheritdoc/>
    public override float[] Apply(ReadOnlySpan<float> image, Extent extent) => PerSlice(image, extent, (from, to) =>
    {
        var (w, h) = (extent.Width, extent.Height);
        var (cx, cy) = (w / 2, h / 2);
        var radii = (int)Math.Ceiling(Math.Sqrt((cx * cx) + (cy * cy))) + 2;
        var angles = Math.Max(64, (int)Math.Ceiling(Math.PI * Math.Min(w, h)));
        var polar = new float[radii * angles];
        var (low, high) = (from[0], from[0]);
        foreach (var v in from)
        {
            (low, high) = (Math.Min(low, v), Math.Max(high, v));
        }

        for (var a = 0; a < angles; a++)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * a / angles);
            for (var r = 0; r < radii; r++)
            {
                polar[(r * angles) + a] = Read(from, w, h, cx + (r * cos), cy + (r * sin));
            }
        }

        var profile = Profile(polar, radii, angles, o.Largest * (high - low));
        for (var i = 0; i < to.Length; i++)
        {
            var (dx, dy) = ((double)(i % w) - cx, (double)(i / w) - cy);
            var r = Math.Sqrt((dx * dx) + (dy * dy));
            var near = (int)r;
            to[i] = from[i] - (float)(profile[near] + ((r - near) * (profile[near + 1] - profile[near])));
        }
    });

    // For each radius the median over angles of what differs from the median over the radii around it.
    private double[] Profile(float[] polar, int radii, int angles, double largest)
    {
        var profile = new double[radii];
        var residuals = new List<float>(angles);
        var window = new float[(2 * o.Width) + 1];
        for (var r = 0; r < radii; r++)
        {
            residuals.Clear();
            for (var a = 0; a < angles; a++)
            {
                var value = polar[(r * angles) + a];
                var count = 0;
                for (var k = Math.Max(0, r - o.Width); k <= Math.Min(radii - 1, r + o.Width); k++)
                {
                    if (!float.IsNaN(polar[(k * angles) + a]))
                    {
                        window[count++] = polar[(k * angles) + a];
                    }
                }

                if (!float.IsNaN(value) && value - Median.Of(window.AsSpan(0, count)) is var residual && Math.Abs(residual) <= largest)
                {
                    residuals.Add(residual);
                }
            }

            // A ring that most angles do not show is something else.
            profile[r] = residuals.Count > angles / 16 ? Median.Of(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(residuals)) : 0;
        }

        return profile;
    }

    private static float Read(ReadOnlySpan<float> from, int w, int h, double x, double y)
    {
        if (x < 0 || y < 0 || x > w - 1 || y > h - 1)
        {
            return float.NaN;
        }

        var (x0, y0) = (Math.Min((int)x, Math.Max(0, w - 2)), Math.Min((int)y, Math.Max(0, h - 2)));
        var (tx, ty) = ((float)(x - x0), (float)(y - y0));
        var (right, down) = (w > 1 ? 1 : 0, h > 1 ? w : 0);
        var at = (y0 * w) + x0;
        var upper = from[at] + (tx * (from[at + right] - from[at]));
        var lower = from[at + down] + (tx * (from[at + down + right] - from[at + down]));
        return upper + (ty * (lower - upper));
    }
}

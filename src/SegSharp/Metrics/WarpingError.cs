using SegSharp.Imaging;

namespace SegSharp.Metrics;

/// <summary>The warping error: what is left when the truth has been bent towards the prediction as far as its topology allows.</summary>
/// <remarks>
/// Source: Jain et al. 2010, "Boundary Learning by Optimization with Topological Constraints". Shifts of a border cost nothing; every
/// merger, split, hole and missing or invented object leaves wrong pixels. Pixels of the truth that differ from the prediction are turned
/// one after the other wherever this is a simple point, until none is left. The foreground (cells) is joined by sides, the background
/// (membranes) by corners too, as in the ISBI 2012 challenge. Differs: pixels are turned in the order of memory, sweep after sweep, so the
/// result is one of several possible local optima, always the same; the challenge's own program could not be compared with.
/// </remarks>
public static class WarpingError
{
    // The eight neighbours in a ring, clockwise from above.
    private static readonly (int X, int Y)[] _ring = [(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)];

    private static readonly bool[] _simple = [.. Enumerable.Range(0, 256).Select(IsSimple)];

    /// <summary>Wrong pixels after bending over all pixels; every page by itself; null for no pixel.</summary>
    /// <param name="prediction">Foreground by the prediction, x fastest.</param>
    /// <param name="truth">Foreground in truth.</param>
    /// <param name="extent">The grid.</param>
    public static double? Of(ReadOnlySpan<bool> prediction, ReadOnlySpan<bool> truth, Extent extent)
    {
        var warped = Warp(prediction, truth, extent);
        return Clustering.PixelError(prediction, warped);
    }

    /// <summary>The truth bent towards the prediction: the same objects and holes, as near to it as can be.</summary>
    /// <inheritdoc cref="Of"/>
    public static bool[] Warp(ReadOnlySpan<bool> prediction, ReadOnlySpan<bool> truth, Extent extent)
    {
        if (prediction.Length != extent.Count || truth.Length != extent.Count)
        {
            throw new ArgumentException($"{prediction.Length} and {truth.Length} pixels; {extent} needs {extent.Count}", nameof(prediction));
        }

        var warped = truth.ToArray();
        var page = (int)extent.PageCount;
        for (var z = 0; z < extent.Depth; z++)
        {
            Page(prediction.Slice(z * page, page), warped.AsSpan(z * page, page), extent.Width, extent.Height);
        }

        return warped;
    }

    private static void Page(ReadOnlySpan<bool> prediction, Span<bool> warped, int width, int height)
    {
        for (var turned = true; turned;)
        {
            turned = false;
            for (var i = 0; i < warped.Length; i++)
            {
                if (warped[i] != prediction[i] && _simple[Neighbours(warped, i % width, i / width, width, height)])
                {
                    warped[i] = prediction[i];
                    turned = true;
                }
            }
        }
    }

    // Bit k is set where neighbour k of the ring is foreground. Beyond the edge lies background.
    private static int Neighbours(ReadOnlySpan<bool> page, int x, int y, int width, int height)
    {
        var bits = 0;
        for (var k = 0; k < 8; k++)
        {
            var (nx, ny) = (x + _ring[k].X, y + _ring[k].Y);
            if ((uint)nx < (uint)width && (uint)ny < (uint)height && page[(ny * width) + nx])
            {
                bits |= 1 << k;
            }
        }

        return bits;
    }

    // Yokoi's number for foreground joined by sides: how many pieces meet in the middle. At one, turning it changes no topology.
    private static bool IsSimple(int bits)
    {
        bool Set(int k) => ((bits >> (k & 7)) & 1) != 0;
        return Enumerable.Range(0, 4).Select(s => 2 * s).Count(k => Set(k) && !(Set(k + 1) && Set(k + 2))) == 1;
    }
}

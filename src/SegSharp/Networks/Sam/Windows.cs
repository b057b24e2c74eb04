using SegSharp.Torch;

namespace SegSharp.Networks.Sam;

/// <summary>Tokens in windows that do not overlap, and back.</summary>
public static class Windows
{
    /// <summary>Cuts; zeros are put behind the far borders where a side is no multiple of the window.</summary>
    /// <param name="tokens">[N, (d,) h, w, C].</param>
    /// <param name="window">Side of a window.</param>
    /// <returns>[N · windows, window, …, C].</returns>
    public static Tensor Cut(Tensor tokens, int window)
    {
        using var scope = new TensorScope();
        var shape = tokens.Shape;
        var counts = Counts(shape[1..^1], window);
        var margins = shape[1..^1].Select((s, i) => (counts[i] * window) - s).Reverse().SelectMany(m => new[] { 0, m });
        var padded = shape[1..^1].All(s => s % window == 0) ? tokens : tokens.Pad([0, 0, .. margins]);
        var axes = counts.Length;
        long[] split = [shape[0], .. counts.SelectMany(n => new[] { n, window }), shape[^1]];
        long[] order = [0, .. Enumerable.Range(0, axes).Select(i => (long)((2 * i) + 1)), .. Enumerable.Range(0, axes).Select(i => (long)((2 * i) + 2)), (2 * axes) + 1];
        return scope.Keep(padded.Reshape(split).Permute(order).Reshape([-1, .. Enumerable.Repeat((long)window, axes), shape[^1]]));
    }

    /// <summary>Joins what was cut; the padding goes away.</summary>
    /// <param name="windows">[N · windows, window, …, C].</param>
    /// <param name="window">Side of a window.</param>
    /// <param name="sides">The sides before cutting.</param>
    /// <returns>[N, sides…, C].</returns>
    public static Tensor Join(Tensor windows, int window, long[] sides)
    {
        using var scope = new TensorScope();
        var shape = windows.Shape;
        var counts = Counts(sides, window);
        var axes = counts.Length;
        long[] split = [-1, .. counts, .. Enumerable.Repeat((long)window, axes), shape[^1]];
        long[] order = [0, .. Enumerable.Range(0, axes).SelectMany(i => new long[] { i + 1, i + 1 + axes }), (2 * axes) + 1];
        var joined = windows.Reshape(split).Permute(order);
        joined = joined.Reshape([-1, .. counts.Select(n => n * window), shape[^1]]);
        for (var i = 0; i < axes; i++)
        {
            joined = sides[i] == counts[i] * window ? joined : joined.Narrow(i + 1, 0, sides[i]);
        }

        return scope.Keep(joined.Contiguous());
    }

    private static long[] Counts(long[] sides, int window) => [.. sides.Select(s => (s + window - 1) / window)];
}

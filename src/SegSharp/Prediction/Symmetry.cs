using SegSharp.Torch;

namespace SegSharp.Prediction;

/// <summary>One way to see an image: some axes mirrored, then the plane turned by quarters. Both are exact; no pixel is interpolated.</summary>
/// <param name="Turns">Quarter turns of the last two axes, 0 to 3.</param>
/// <param name="Flips">Axes of [N, C, (D,) H, W] that are mirrored before.</param>
internal sealed record Symmetry(int Turns, IReadOnlyList<long> Flips)
{
    /// <summary>The views to average, the image itself first.</summary>
    /// <param name="dimensions">Spatial axes: 2 or 3.</param>
    /// <param name="mirrorAxes">Spatial axes that may be mirrored, 0 = the first.</param>
    /// <param name="turns">Whether the plane is turned, too. Then a mirrored column and a mirrored row are the same but for a turn, and one of them is enough.</param>
    /// <remarks>The order without turns is nnU-Net's: single axes, then pairs, then all three.</remarks>
    public static IReadOnlyList<Symmetry> Of(int dimensions, IReadOnlyList<int> mirrorAxes, bool turns)
    {
        var axes = turns && mirrorAxes.Contains(dimensions - 1) ? [.. mirrorAxes.Where(a => a != dimensions - 2)] : mirrorAxes;
        var flips = Enumerable.Range(0, 1 << axes.Count)
            .Select(mask => Enumerable.Range(0, axes.Count).Where(i => (mask >> i & 1) == 1).Select(i => axes[i] + 2L).ToList())
            .OrderBy(f => f.Count);
        return [.. from quarter in Enumerable.Range(0, turns ? 4 : 1) from f in flips select new Symmetry(quarter, f)];
    }

    /// <summary>The image as this view sees it.</summary>
    public Tensor See(Tensor image) => Turn(Flips.Count > 0 ? image.Flip([.. Flips]) : image, Turns);

    /// <summary>What was computed on the view, every pixel back in its place.</summary>
    public Tensor Back(Tensor seen)
    {
        var straight = Turn(seen, 4 - Turns);
        return Flips.Count > 0 ? straight.Flip([.. Flips]) : straight;
    }

    private static Tensor Turn(Tensor t, int quarters)
    {
        var (h, w) = (t.Dimensions - 2L, t.Dimensions - 1L);
        long[] swapped = [.. Enumerable.Range(0, t.Dimensions - 2).Select(a => (long)a), w, h];
        return (quarters % 4) switch
        {
            1 => t.Permute(swapped).Flip(h),
            2 => t.Flip(h, w),
            3 => t.Permute(swapped).Flip(w),
            _ => t,
        };
    }
}

namespace SegSharp.Imaging.Morphology;

/// <summary>Fills what a mask encloses.</summary>
public static class Holes
{
    /// <summary>The mask with every hole filled. A hole is a part of the background that does not reach the outer faces of the grid (of a single page: its outline).</summary>
    /// <remarks>Parity: <c>scipy.ndimage.binary_fill_holes</c>, exact.</remarks>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="background">Which voxels of the background touch. With <see cref="Connectivity.Full"/> a hole leaks through corners of the mask, so fewer are filled.</param>
    public static bool[] Fill(ReadOnlySpan<bool> mask, Extent extent, Connectivity background = Connectivity.Faces)
    {
        var outside = Runs.Of(mask, extent, background, inside: false);
        var open = outside.AtBorder();
        return Filled(mask, outside, part => !open[part]);
    }

    /// <summary>The mask with every part of the background of fewer than <paramref name="area"/> voxels filled, also those at the outer faces.</summary>
    /// <remarks>Parity: <c>skimage.morphology.remove_small_holes</c>, exact.</remarks>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="background">Which voxels of the background touch.</param>
    /// <param name="area">The number of voxels from which a part stays open.</param>
    public static bool[] RemoveSmall(ReadOnlySpan<bool> mask, Extent extent, Connectivity background, long area)
    {
        var outside = Runs.Of(mask, extent, background, inside: false);
        var sizes = outside.Sizes();
        return Filled(mask, outside, part => sizes[part] < area);
    }

    private static bool[] Filled(ReadOnlySpan<bool> mask, Runs outside, Func<int, bool> isHole)
    {
        var filled = mask.ToArray();
        outside.EachRun((part, start, length) =>
        {
            if (isHole(part))
            {
                filled.AsSpan(start, length).Fill(true);
            }
        });
        return filled;
    }
}

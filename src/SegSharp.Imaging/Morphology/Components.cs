namespace SegSharp.Imaging.Morphology;

/// <summary>Numbers the connected parts of a mask, keeps the largest, removes the small.</summary>
/// <remarks>
/// Source: He, Chao and Suzuki 2008, two scans over runs with union–find. Parity: <c>scipy.ndimage.label</c>,
/// <c>skimage.measure.label</c> and <c>cc3d</c>, exact: numbers in the order of their first voxel. Uses all cores.
/// </remarks>
public static class Components
{
    /// <summary>0 outside the mask, 1, 2, 3, … for its parts in the order in which their first voxels come (x fastest).</summary>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="count">How many parts there are.</param>
    public static int[] Label(ReadOnlySpan<bool> mask, Extent extent, Connectivity connectivity, out int count) =>
        Painted(Runs.Of(mask, extent, connectivity), extent, out count);

    /// <summary>The parts of every label by itself: voxels of different labels never belong together, label 0 to none.</summary>
    /// <param name="labels">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="count">How many parts there are.</param>
    public static int[] Label(ReadOnlySpan<ushort> labels, Extent extent, Connectivity connectivity, out int count) =>
        Painted(Runs.Of(labels, extent, connectivity), extent, out count);

    /// <summary>The parts of one label of a map.</summary>
    /// <param name="labels">One per voxel, x fastest.</param>
    /// <param name="label">The label whose voxels are looked at.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="count">How many parts there are.</param>
    public static int[] LabelOnly(ReadOnlySpan<ushort> labels, ushort label, Extent extent, Connectivity connectivity, out int count) =>
        Painted(Runs.Of(labels, label, extent, connectivity), extent, out count);

    /// <summary>Voxels of every part that <see cref="Label(ReadOnlySpan{bool}, Extent, Connectivity, out int)"/> numbered; [0] counts what lies outside.</summary>
    /// <param name="parts">Numbers from 0 to <paramref name="count"/>.</param>
    /// <param name="count">How many parts there are.</param>
    public static long[] Sizes(ReadOnlySpan<int> parts, int count)
    {
        var sizes = new long[count + 1];
        foreach (var part in parts)
        {
            sizes[part]++;
        }

        return sizes;
    }

    /// <summary>The largest part alone. An empty mask stays empty.</summary>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="ties">What is kept when several are equally large.</param>
    public static bool[] Largest(ReadOnlySpan<bool> mask, Extent extent, Connectivity connectivity, Ties ties = Ties.First)
    {
        var runs = Runs.Of(mask, extent, connectivity);
        var sizes = runs.Sizes();
        var most = sizes.Max();
        var first = Array.IndexOf(sizes, most);
        return Kept(runs, extent, part => ties == Ties.First ? part == first : sizes[part] == most);
    }

    /// <summary>The mask without its parts of fewer than <paramref name="minimum"/> voxels.</summary>
    /// <remarks>Parity: <c>skimage.morphology.remove_small_objects</c>, exact.</remarks>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="minimum">The size from which parts are kept.</param>
    public static bool[] RemoveSmall(ReadOnlySpan<bool> mask, Extent extent, Connectivity connectivity, long minimum)
    {
        var runs = Runs.Of(mask, extent, connectivity);
        var sizes = runs.Sizes();
        return Kept(runs, extent, part => sizes[part] >= minimum);
    }

    private static int[] Painted(Runs runs, Extent extent, out int count)
    {
        var parts = new int[extent.Count];
        runs.Paint(parts);
        count = runs.Count;
        return parts;
    }

    private static bool[] Kept(Runs runs, Extent extent, Func<int, bool> keep)
    {
        var kept = new bool[extent.Count];
        runs.EachRun((part, start, length) =>
        {
            if (keep(part))
            {
                kept.AsSpan(start, length).Fill(true);
            }
        });
        return kept;
    }
}

namespace SegSharp.Imaging.Morphology;

/// <summary>Floods a landscape from markers: every voxel goes to the basin whose water reaches it first.</summary>
/// <remarks>
/// Source: Soille and Ansoult 1990; voxels wait in a queue by height, then by the time of their entry, so that plateaus are shared out
/// evenly. Parity: <c>skimage.segmentation.watershed</c> 0.19, exact.
/// </remarks>
public static class Watershed
{
    /// <summary>The basin of every voxel, numbered as the markers; 0 where no water comes.</summary>
    /// <param name="heights">The landscape, x fastest; lowest floods first. To part touching cells: minus their depth.</param>
    /// <param name="markers">Numbers of the basins at their springs, 0 elsewhere.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="mask">What may be flooded; null floods all.</param>
    /// <param name="connectivity">Where water runs from a voxel.</param>
    /// <param name="line">Leaves a line of 0, one voxel wide, between basins.</param>
    public static int[] Flood(ReadOnlySpan<double> heights, ReadOnlySpan<int> markers, Extent extent, ReadOnlySpan<bool> mask = default, Connectivity connectivity = Connectivity.Faces, bool line = false)
    {
        if (heights.Length != extent.Count || markers.Length != heights.Length || (mask.Length != 0 && mask.Length != heights.Length))
        {
            throw new ArgumentException($"{heights.Length} heights, {markers.Length} markers, {mask.Length} voxels of mask; {extent} needs {extent.Count} of each", nameof(heights));
        }

        var basins = new int[heights.Length];
        var open = new bool[heights.Length];
        var queue = new PriorityQueue<(int At, int Source), (double Height, long Age)>();
        for (var i = 0; i < basins.Length; i++)
        {
            open[i] = mask.Length == 0 || mask[i];
            if (open[i] && markers[i] != 0)
            {
                basins[i] = markers[i];

                // The first of equally low springs runs first: negative ages come before all others.
                queue.Enqueue((i, i), (heights[i], (long)i - int.MaxValue));
            }
        }

        // Nearest neighbours first, as the original takes them.
        var steps = Neighbourhood.All(extent.Depth == 1, connectivity).OrderBy(n => Math.Abs(n.X) + Math.Abs(n.Y) + Math.Abs(n.Z)).ToArray();
        var age = 0L;
        while (queue.TryDequeue(out var voxel, out _))
        {
            var (at, source) = voxel;
            if (line)
            {
                // Only here can be seen whether two basins meet; a voxel may have been pushed from several sides.
                if ((basins[at] != 0 && at != source) || IsBetween(at, basins, open, extent, steps))
                {
                    continue;
                }

                basins[at] = basins[source];
            }

            foreach (var step in steps)
            {
                if (Neighbourhood.At(at, step, extent) is var next && (next < 0 || !open[next] || basins[next] != 0))
                {
                    continue;
                }

                if (!line)
                {
                    basins[next] = basins[at];
                }

                queue.Enqueue((next, source), (heights[next], ++age));
            }
        }

        return basins;
    }

    private static bool IsBetween(int at, int[] basins, bool[] open, Extent extent, (int X, int Y, int Z)[] steps)
    {
        if (!open[at])
        {
            return true;
        }

        var seen = 0;
        foreach (var step in steps)
        {
            var next = Neighbourhood.At(at, step, extent);
            if (next < 0 || !open[next] || basins[next] == 0)
            {
                continue;
            }

            if (seen != 0 && seen != basins[next])
            {
                open[at] = false;
                return true;
            }

            seen = basins[next];
        }

        return false;
    }
}

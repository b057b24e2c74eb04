namespace SegSharp.Imaging.Morphology;

/// <summary>Which side of an outline is marked.</summary>
public enum BoundarySide
{
    /// <summary>Both sides: lines two pixels thick.</summary>
    Thick,

    /// <summary>The objects' outermost pixels.</summary>
    Inner,

    /// <summary>The background around the objects, and where objects touch, their own pixels.</summary>
    Outer,
}

/// <summary>Works on maps of numbered objects: cells, nuclei, lesions. 0 is background.</summary>
/// <remarks>Parity: scikit-image 0.19's <c>find_boundaries</c>, <c>expand_labels</c>, <c>clear_border</c> and <c>relabel_sequential</c>, exact.</remarks>
public static class Instances
{
    /// <summary>The outlines of all objects.</summary>
    /// <param name="objects">One number per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="side">Which pixels are marked.</param>
    /// <param name="connectivity">Which neighbours are compared.</param>
    public static bool[] Boundaries(ReadOnlySpan<int> objects, Extent extent, BoundarySide side = BoundarySide.Thick, Connectivity connectivity = Connectivity.Faces)
    {
        CheckLength(objects.Length, extent);
        var near = Neighbourhood.All(extent.Depth == 1, connectivity);
        var around = Neighbourhood.All(extent.Depth == 1, Connectivity.Full);
        var marked = new bool[objects.Length];
        for (var i = 0; i < marked.Length; i++)
        {
            var own = objects[i];
            var differs = false;
            foreach (var step in near)
            {
                differs |= Neighbourhood.At(i, step, extent) is >= 0 and var n && objects[n] != own;
            }

            if (differs)
            {
                marked[i] = side switch
                {
                    BoundarySide.Inner => own != 0,
                    BoundarySide.Outer => own == 0 || TouchesOther(objects, i, around, extent),
                    _ => true,
                };
            }
        }

        return marked;
    }

    /// <summary>The pixels whose 3 × 3 (× 3) neighbourhood holds at least two different objects: where cells touch or nearly do.</summary>
    /// <param name="objects">One number per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    public static bool[] Touching(ReadOnlySpan<int> objects, Extent extent)
    {
        CheckLength(objects.Length, extent);
        var around = Neighbourhood.All(extent.Depth == 1, Connectivity.Full);
        var marked = new bool[objects.Length];
        for (var i = 0; i < marked.Length; i++)
        {
            var first = objects[i];
            foreach (var step in around)
            {
                if (Neighbourhood.At(i, step, extent) is >= 0 and var n && objects[n] != 0)
                {
                    marked[i] |= first != 0 && objects[n] != first;
                    first = first == 0 ? objects[n] : first;
                }
            }
        }

        return marked;
    }

    /// <summary>Every object grown into the background by at most <paramref name="distance"/>; objects that meet stay apart.</summary>
    /// <param name="objects">One number per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="distance">In voxels, centre to centre.</param>
    public static int[] Expand(ReadOnlySpan<int> objects, Extent extent, double distance)
    {
        CheckLength(objects.Length, extent);
        var marked = new bool[objects.Length];
        for (var i = 0; i < marked.Length; i++)
        {
            marked[i] = objects[i] != 0;
        }

        // How far the nearest object is, is known; then only the steps of exactly this length can lead to it.
        var squared = DistanceTransform.Squared(marked, extent);
        var reach = (int)Math.Floor(distance);
        var shells = StepsByLength(reach, extent.Depth == 1);
        var grown = objects.ToArray();
        for (var i = 0; i < grown.Length; i++)
        {
            if (grown[i] != 0 || squared[i] > distance * distance)
            {
                continue;
            }

            foreach (var step in shells[(int)squared[i]])
            {
                if (Neighbourhood.At(i, step, extent) is >= 0 and var n && objects[n] != 0)
                {
                    grown[i] = objects[n];
                    break;
                }
            }
        }

        return grown;
    }

    /// <summary>The map without the objects that touch the grid's faces. Equal numbers that do not touch (with <see cref="Connectivity.Full"/>) are different objects.</summary>
    /// <param name="objects">One number per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="margin">Voxels at the faces that count as the border, beyond the outermost.</param>
    public static int[] ClearBorder(ReadOnlySpan<int> objects, Extent extent, int margin = 0)
    {
        CheckLength(objects.Length, extent);
        var parts = Components.Label(Sequential(objects, out var count).AsSpan().ToLabels(count), extent, Connectivity.Full, out var found);
        var outer = new bool[found + 1];
        for (var i = 0; i < parts.Length; i++)
        {
            var (x, y, z) = (i % extent.Width, i / extent.Width % extent.Height, i / extent.Width / extent.Height);
            if (x <= margin || y <= margin || x >= extent.Width - 1 - margin || y >= extent.Height - 1 - margin
                || (extent.Depth > 1 && (z <= margin || z >= extent.Depth - 1 - margin)))
            {
                outer[parts[i]] = true;
            }
        }

        var cleared = objects.ToArray();
        for (var i = 0; i < cleared.Length; i++)
        {
            cleared[i] = outer[parts[i]] ? 0 : cleared[i];
        }

        return cleared;
    }

    /// <summary>The same objects numbered 1, 2, 3, … in the order of their old numbers; 0 stays.</summary>
    /// <param name="objects">Numbers from 0.</param>
    /// <param name="count">How many objects there are.</param>
    public static int[] Sequential(ReadOnlySpan<int> objects, out int count)
    {
        var numbers = new SortedSet<int>();
        var last = 0;
        foreach (var o in objects)
        {
            if (o != last)
            {
                numbers.Add(last = o);
            }
        }

        numbers.Remove(0);
        count = numbers.Count;
        var next = numbers.Select((old, i) => (old, New: i + 1)).ToDictionary(p => p.old, p => p.New);
        next[0] = 0;
        var renumbered = new int[objects.Length];
        for (var i = 0; i < renumbered.Length; i++)
        {
            renumbered[i] = next[objects[i]];
        }

        return renumbered;
    }

    private static void CheckLength(int objects, Extent extent)
    {
        if (objects != extent.Count)
        {
            throw new ArgumentException($"{objects} voxels; {extent} needs {extent.Count}", nameof(objects));
        }
    }

    private static ushort[] ToLabels(this Span<int> objects, int count)
    {
        if (count > ushort.MaxValue)
        {
            throw new ArgumentException($"{count} objects; at most {ushort.MaxValue} can be told apart here", nameof(objects));
        }

        var labels = new ushort[objects.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (ushort)objects[i];
        }

        return labels;
    }

    private static bool TouchesOther(ReadOnlySpan<int> objects, int i, (int X, int Y, int Z)[] around, Extent extent)
    {
        foreach (var step in around)
        {
            if (Neighbourhood.At(i, step, extent) is >= 0 and var n && objects[n] != 0 && objects[n] != objects[i])
            {
                return true;
            }
        }

        return false;
    }

    // By squared length; of equal length those to the smallest x first, then y, then z, which is how scipy settles ties.
    private static Dictionary<int, (int X, int Y, int Z)[]> StepsByLength(int reach, bool page)
    {
        var side = Enumerable.Range(-reach, (2 * reach) + 1).ToArray();
        var all = from x in side
                  from y in side
                  from z in page ? [0] : side
                  select (X: x, Y: y, Z: z);
        return all.GroupBy(s => (s.X * s.X) + (s.Y * s.Y) + (s.Z * s.Z)).ToDictionary(g => g.Key, g => g.ToArray());
    }
}

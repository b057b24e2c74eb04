namespace SegSharp.Imaging.Morphology;

/// <summary>Numbers the connected parts of a mask.</summary>
/// <remarks>Source: Rosenfeld and Pfaltz 1966, two passes with union–find. Parity: <c>scipy.ndimage.label</c>, numbers in the order of their first voxel.</remarks>
public static class Components
{
    /// <summary>0 outside the mask, 1, 2, 3, … for its parts in the order in which their first voxels come (x fastest).</summary>
    /// <param name="mask">One per voxel, x fastest.</param>
    /// <param name="extent">The grid.</param>
    /// <param name="connectivity">Which voxels touch.</param>
    /// <param name="count">How many parts there are.</param>
    public static int[] Label(ReadOnlySpan<bool> mask, Extent extent, Connectivity connectivity, out int count)
    {
        if (mask.Length != extent.Count)
        {
            throw new ArgumentException($"{mask.Length} voxels; {extent} needs {extent.Count}", nameof(mask));
        }

        var parts = new int[mask.Length];
        var parent = new List<int> { 0 };
        var before = Before(connectivity);
        var i = 0;
        for (var z = 0; z < extent.Depth; z++)
        {
            for (var y = 0; y < extent.Height; y++)
            {
                for (var x = 0; x < extent.Width; x++, i++)
                {
                    if (!mask[i])
                    {
                        continue;
                    }

                    var part = 0;
                    foreach (var (dx, dy, dz) in before)
                    {
                        if ((uint)(x + dx) >= (uint)extent.Width || (uint)(y + dy) >= (uint)extent.Height || z + dz < 0)
                        {
                            continue;
                        }

                        var neighbour = parts[i + dx + (extent.Width * (dy + (extent.Height * dz)))];
                        if (neighbour != 0)
                        {
                            part = part == 0 ? Root(parent, neighbour) : Unite(parent, part, neighbour);
                        }
                    }

                    if (part == 0)
                    {
                        part = parent.Count;
                        parent.Add(part);
                    }

                    parts[i] = part;
                }
            }
        }

        var numbers = new int[parent.Count];
        count = 0;
        for (i = 0; i < parts.Length; i++)
        {
            if (parts[i] != 0)
            {
                ref var number = ref numbers[Root(parent, parts[i])];
                parts[i] = number != 0 ? number : number = ++count;
            }
        }

        return parts;
    }

    private static (int X, int Y, int Z)[] Before(Connectivity connectivity)
    {
        if (connectivity == Connectivity.Faces)
        {
            return [(-1, 0, 0), (0, -1, 0), (0, 0, -1)];
        }

        var all = from z in (int[])[-1, 0]
                  from y in (int[])[-1, 0, 1]
                  from x in (int[])[-1, 0, 1]
                  where z < 0 || y < 0 || (y == 0 && x < 0)
                  select (x, y, z);
        return [.. all];
    }

    private static int Root(List<int> parent, int part)
    {
        while (parent[part] != part)
        {
            parent[part] = parent[parent[part]];
            part = parent[part];
        }

        return part;
    }

    private static int Unite(List<int> parent, int a, int b)
    {
        (a, b) = (Root(parent, a), Root(parent, b));
        return a < b ? parent[b] = a : parent[a] = b;
    }
}

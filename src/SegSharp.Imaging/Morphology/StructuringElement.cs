namespace SegSharp.Imaging.Morphology;

/// <summary>Which voxels around a voxel an erosion or a dilation looks at; the voxel itself is one of them.</summary>
public sealed class StructuringElement
{
    private StructuringElement(string name, IEnumerable<(int X, int Y, int Z)> offsets) => (Name, Offsets) = (name, [.. offsets]);

    /// <summary>The name with its size: "ball 3".</summary>
    public string Name { get; }

    /// <summary>The steps from the voxel, symmetric about it, in the order of memory.</summary>
    public IReadOnlyList<(int X, int Y, int Z)> Offsets { get; }

    /// <summary>The voxel and those that share a side with it: 7 in a volume; in a page the 5 within it.</summary>
    public static StructuringElement Cross { get; } = new("cross", Around(1, 1, 1, (x, y, z) => Math.Abs(x) + Math.Abs(y) + Math.Abs(z) <= 1));

    /// <summary>All voxels at most <paramref name="radius"/> steps away on every axis: 27 in a volume for 1; in a page the 9 within it.</summary>
    public static StructuringElement Cube(int radius = 1) => new($"cube {radius}", Around(radius, radius, radius, (_, _, _) => true));

    /// <summary>The voxels of the same page at most <paramref name="radius"/> away, centre to centre.</summary>
    public static StructuringElement Disk(int radius) => new($"disk {radius}", Around(radius, radius, 0, (x, y, _) => (x * x) + (y * y) <= radius * radius));

    /// <summary>The voxels at most <paramref name="radius"/> away, centre to centre.</summary>
    public static StructuringElement Ball(int radius) => new($"ball {radius}", Around(radius, radius, radius, (x, y, z) => (x * x) + (y * y) + (z * z) <= radius * radius));

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static IEnumerable<(int X, int Y, int Z)> Around(int x, int y, int z, Func<int, int, int, bool> holds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        return from dz in Enumerable.Range(-z, (2 * z) + 1)
               from dy in Enumerable.Range(-y, (2 * y) + 1)
               from dx in Enumerable.Range(-x, (2 * x) + 1)
               where holds(dx, dy, dz)
               select (dx, dy, dz);
    }
}

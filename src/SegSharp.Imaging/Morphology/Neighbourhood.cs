namespace SegSharp.Imaging.Morphology;

/// <summary>Steps from a voxel to those that touch it.</summary>
internal static class Neighbourhood
{
    /// <summary>All neighbours, in the order of memory; of a single page only those within it.</summary>
    public static (int X, int Y, int Z)[] All(bool page, Connectivity connectivity)
    {
        var most = connectivity switch { Connectivity.Faces => 1, Connectivity.Edges => 2, _ => 3 };
        var all = from z in page ? [0] : (int[])[-1, 0, 1]
                  from y in (int[])[-1, 0, 1]
                  from x in (int[])[-1, 0, 1]
                  let moved = Math.Abs(x) + Math.Abs(y) + Math.Abs(z)
                  where moved > 0 && moved <= most
                  select (x, y, z);
        return [.. all];
    }

    /// <summary>The neighbours that come before a voxel in memory.</summary>
    public static (int X, int Y, int Z)[] Before(bool page, Connectivity connectivity) =>
        [.. All(page, connectivity).Where(n => n.Z < 0 || (n.Z == 0 && (n.Y < 0 || (n.Y == 0 && n.X < 0))))];

    /// <summary>The voxel a step away; −1 outside the grid.</summary>
    public static int At(int at, (int X, int Y, int Z) step, Extent extent)
    {
        var x = (at % extent.Width) + step.X;
        var y = (at / extent.Width % extent.Height) + step.Y;
        var z = (at / extent.Width / extent.Height) + step.Z;
        return (uint)x < (uint)extent.Width && (uint)y < (uint)extent.Height && (uint)z < (uint)extent.Depth
            ? x + (extent.Width * (y + (extent.Height * z)))
            : -1;
    }
}

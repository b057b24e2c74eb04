using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>Labels carried to another grid whose voxels are the same ones, perhaps turned, flipped, more or fewer. Nothing is interpolated.</summary>
public static class GridCopy
{
    private const double SameVoxel = 0.01;                             // of a voxel

    /// <summary>Carries labels over.</summary>
    /// <param name="map">The labels.</param>
    /// <param name="grid">Where they shall lie.</param>
    /// <exception cref="InputException">The voxels of the two grids are not the same ones, or labelled voxels lie outside the grid.</exception>
    public static LabelMap Labels(LabelMap map, Geometry grid)
    {
        var way = grid.ToWorld.Then(map.Geometry.ToVoxel);
        var (x, y, z) = (Whole(way.X), Whole(way.Y), Whole(way.Z));
        var start = Whole(way.Offset);
        var e = grid.Extent;
        for (var corner = 0; corner < 8; corner++)
        {
            var p = new Triple((corner & 1) * (e.Width - 1), ((corner >> 1) & 1) * (e.Height - 1), (corner >> 2) * (e.Depth - 1));
            if (!((way.Apply(p) - ((x * p.X) + (y * p.Y) + (z * p.Z) + start)).Length < SameVoxel * 3))
            {
                throw new InputException(
                    $"label map '{map.Path ?? map.Name}' ({map.Extent}, {Text(map.Geometry)}) does not lie on the voxels of the series ({e}, {Text(grid)})",
                    "segsharp data check --pair SERIES MASK --fix MENDED brings it to the grid of the series");
            }
        }

        var labels = new ushort[e.Count];
        var at = 0;
        var lost = map.Labels.LongCount(l => l != 0);
        for (var k = 0; k < e.Depth; k++)
        {
            for (var j = 0; j < e.Height; j++)
            {
                var p = start + (y * j) + (z * k);
                for (var i = 0; i < e.Width; i++, at++, p += x)
                {
                    if (p.X >= 0 && p.Y >= 0 && p.Z >= 0 && p.X < map.Extent.Width && p.Y < map.Extent.Height && p.Z < map.Extent.Depth)
                    {
                        var label = map.Labels[((((long)p.Z * map.Extent.Height) + (long)p.Y) * map.Extent.Width) + (long)p.X];
                        labels[at] = label;
                        lost -= label != 0 ? 1 : 0;
                    }
                }
            }
        }

        return lost == 0 ? new LabelMap(map.Name, grid, labels, map.Path)
            : throw new InputException($"label map '{map.Path ?? map.Name}' has {lost} labelled voxel(s) outside the series", "check that it belongs to this series");
    }

    private static Triple Whole(Triple t) => new(Math.Round(t.X), Math.Round(t.Y), Math.Round(t.Z));

    private static string Text(Geometry g) => $"spacing {g.Spacing.X:0.###}x{g.Spacing.Y:0.###}x{g.Spacing.Z:0.###}, {g.Orientation}";
}

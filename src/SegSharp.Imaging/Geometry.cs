namespace SegSharp.Imaging;

/// <summary>The grid of an image and its place in the world (RAS+, millimetres).</summary>
public sealed record Geometry
{
    /// <summary>Voxels per axis.</summary>
    public required Extent Extent { get; init; }

    /// <summary>Millimetres from one voxel centre to the next; 1 where the file states none.</summary>
    public Triple Spacing { get; init; } = Triple.One;

    /// <summary>The world position of the centre of voxel (0, 0, 0), in millimetres.</summary>
    public Triple Origin { get; init; } = Triple.Zero;

    /// <summary>Where the voxel axes point.</summary>
    public Direction Direction { get; init; } = Direction.Identity;

    /// <summary>The grid of a picture that knows no millimetres: spacing 1, origin 0, identity.</summary>
    public static Geometry Pixels(Extent extent) => new() { Extent = extent };

    /// <summary>The grid of page <paramref name="z"/> alone.</summary>
    public Geometry OfPage(int z)
    {
        var step = z * Spacing.Z;
        var along = Direction.AlongZ;
        return this with
        {
            Extent = Extent.Page,
            Origin = new Triple(Origin.X + (step * along.X), Origin.Y + (step * along.Y), Origin.Z + (step * along.Z)),
        };
    }

    /// <summary>The same place with pages of another size: the spacing follows, the outer corner stays.</summary>
    public Geometry Resized(int width, int height)
    {
        var (fx, fy) = ((double)Extent.Width / width, (double)Extent.Height / height);
        var (sx, sy) = ((fx - 1) / 2 * Spacing.X, (fy - 1) / 2 * Spacing.Y);
        var (x, y) = (Direction.AlongX, Direction.AlongY);
        return this with
        {
            Extent = Extent with { Width = width, Height = height },
            Spacing = Spacing with { X = Spacing.X * fx, Y = Spacing.Y * fy },
            Origin = new Triple(Origin.X + (sx * x.X) + (sy * y.X), Origin.Y + (sx * x.Y) + (sy * y.Y), Origin.Z + (sx * x.Z) + (sy * y.Z)),
        };
    }
}

namespace SegSharp.Imaging;

/// <summary>The grid of an image and its place in the world (RAS+, millimetres).</summary>
/// <remarks>Every format turns its own convention at its own door: whatever is in memory is RAS+.</remarks>
public sealed record Geometry
{
    /// <summary>Corners this close, relative to the grid's diagonal, are the same place: what headers in single precision round away.</summary>
    public const double Noise = 1e-5;

    /// <summary>Voxels per axis.</summary>
    public required Extent Extent { get; init; }

    /// <summary>Millimetres from one voxel centre to the next; 1 where the file states none.</summary>
    public Triple Spacing { get; init; } = Triple.One;

    /// <summary>The world position of the centre of voxel (0, 0, 0), in millimetres.</summary>
    public Triple Origin { get; init; } = Triple.Zero;

    /// <summary>Where the voxel axes point. Usually at right angles; sheared where a gantry was tilted (see <see cref="Direction.ShearDegrees"/>).</summary>
    public Direction Direction { get; init; } = Direction.Identity;

    /// <summary>Carries voxel numbers (x, y, z) into the world.</summary>
    public Affine ToWorld => new(Direction.AlongX * Spacing.X, Direction.AlongY * Spacing.Y, Direction.AlongZ * Spacing.Z, Origin);

    /// <summary>Carries the world into voxel numbers (x, y, z), which need not be whole.</summary>
    public Affine ToVoxel => ToWorld.Inverse();

    /// <summary>Towards which side each axis runs: the nearest of the 48.</summary>
    public Orientation Orientation => Orientation.Of(Direction);

    /// <summary>Millimetres from the centre of the first voxel to that of the last.</summary>
    public double Diagonal =>
        new Triple((Extent.Width - 1) * Spacing.X, (Extent.Height - 1) * Spacing.Y, (Extent.Depth - 1) * Spacing.Z).Length;

    /// <summary>The volume of one voxel in mm³.</summary>
    public double VoxelVolume => Math.Abs(ToWorld.Determinant);

    /// <summary>The grid of a picture that knows no millimetres: spacing 1, origin 0, identity.</summary>
    public static Geometry Pixels(Extent extent) => new() { Extent = extent };

    /// <summary>The grid of a voxel-to-world matrix: its columns' lengths are the spacing.</summary>
    /// <param name="extent">Voxels per axis.</param>
    /// <param name="toWorld">Voxel numbers to RAS+ millimetres.</param>
    /// <exception cref="ArgumentException">The matrix is singular; formats check before, so that they can name the file.</exception>
    public static Geometry From(Extent extent, Affine toWorld)
    {
        if (toWorld.IsSingular)
        {
            throw new ArgumentException($"{toWorld} is singular", nameof(toWorld));
        }

        var spacing = new Triple(toWorld.X.Length, toWorld.Y.Length, toWorld.Z.Length);
        return new Geometry
        {
            Extent = extent,
            Spacing = spacing,
            Origin = toWorld.Offset,
            Direction = new Direction(toWorld.X * (1 / spacing.X), toWorld.Y * (1 / spacing.Y), toWorld.Z * (1 / spacing.Z)),
        };
    }

    /// <summary>The largest distance in mm between corresponding corners (voxel centres) of two grids; null when their sizes differ.</summary>
    public double? CornersApart(Geometry other)
    {
        if (Extent != other.Extent)
        {
            return null;
        }

        var (mine, theirs) = (ToWorld, other.ToWorld);
        var largest = 0.0;
        for (var corner = 0; corner < 8; corner++)
        {
            var p = new Triple((corner & 1) * (Extent.Width - 1), ((corner >> 1) & 1) * (Extent.Height - 1), (corner >> 2) * (Extent.Depth - 1));
            largest = Math.Max(largest, (mine.Apply(p) - theirs.Apply(p)).Length);
        }

        return largest;
    }

    /// <summary>Whether two grids are the same, the same but for rounding (corners closer than <see cref="Noise"/> times the diagonal, or 1 µm), or different.</summary>
    public GridMatch Match(Geometry other) =>
        this == other ? GridMatch.Same
        : CornersApart(other) is { } apart && apart <= Math.Max(Noise * Diagonal, 1e-3) ? GridMatch.RoundingNoise
        : GridMatch.Different;

    /// <summary>The grid of page <paramref name="z"/> alone.</summary>
    public Geometry OfPage(int z) => Part((0, 0, z), Extent.Page);

    /// <summary>A part of the grid, or a wider one around it: the same voxels, at the same places in the world.</summary>
    /// <param name="start">The voxel that becomes (0, 0, 0); may be negative.</param>
    /// <param name="extent">Voxels per axis of the part.</param>
    public Geometry Part((int X, int Y, int Z) start, Extent extent) => this with
    {
        Extent = extent,
        Origin = start == (0, 0, 0) ? Origin : ToWorld.Apply(new Triple(start.X, start.Y, start.Z)),
    };

    /// <summary>The same voxels in the order of other axes: permuted and flipped, never interpolated. Turning back gives the same numbers but for rounding of the origin.</summary>
    public Geometry Reoriented(Orientation orientation)
    {
        var plan = new Rearrangement(Orientation, orientation);
        var (size, last) = (new[] { Extent.Width, Extent.Height, Extent.Depth }, new double[3]);
        for (var axis = 0; axis < 3; axis++)
        {
            last[plan.Source(axis)] = plan.IsFlipped(axis) ? size[plan.Source(axis)] - 1 : 0;
        }

        Triple Along(int axis) => plan.IsFlipped(axis) ? Direction[plan.Source(axis)] * -1 : Direction[plan.Source(axis)];
        return plan.IsIdentity ? this : new Geometry
        {
            Extent = new Extent(size[plan.Source(0)], size[plan.Source(1)], size[plan.Source(2)]),
            Spacing = new Triple(Spacing[plan.Source(0)], Spacing[plan.Source(1)], Spacing[plan.Source(2)]),
            Origin = ToWorld.Apply(new Triple(last[0], last[1], last[2])),
            Direction = new Direction(Along(0), Along(1), Along(2)),
        };
    }

    /// <summary>The same place with pages of another size: the spacing follows, the outer corner stays.</summary>
    public Geometry Resized(int width, int height) => Resized(Extent with { Width = width, Height = height });

    /// <summary>The same place in the world cut into another number of voxels: the spacing follows, the outer faces stay.</summary>
    public Geometry Resized(Extent extent)
    {
        var factor = new Triple((double)Extent.Width / extent.Width, (double)Extent.Height / extent.Height, (double)Extent.Depth / extent.Depth);
        return this with
        {
            Extent = extent,
            Spacing = new Triple(Spacing.X * factor.X, Spacing.Y * factor.Y, Spacing.Z * factor.Z),
            Origin = ToWorld.Apply(new Triple((factor.X - 1) / 2, (factor.Y - 1) / 2, (factor.Z - 1) / 2)),
        };
    }

    /// <summary>The size of this grid at about another spacing: sides are rounded to whole voxels (at least 1), half to even.</summary>
    /// <remarks>Source: nnU-Net's compute_new_shape.</remarks>
    public Extent ExtentAt(Triple spacing)
    {
        static int Side(int old, double from, double to) => (int)Math.Max(1, Math.Round(from / to * old));
        return new Extent(Side(Extent.Width, Spacing.X, spacing.X), Side(Extent.Height, Spacing.Y, spacing.Y), Side(Extent.Depth, Spacing.Z, spacing.Z));
    }
}

using System.Globalization;

namespace SegSharp.Imaging;

/// <summary>What is wrong between the grid of an image and that of what shall lie on it.</summary>
public enum GridFault
{
    /// <summary>The same numbers, bit for bit.</summary>
    Same,

    /// <summary>Apart by what single precision rounds away.</summary>
    RoundingNoise,

    /// <summary>The file says nothing about its place: spacing 1, origin 0, axes along the world's, while the image says something else.</summary>
    NoGeometry,

    /// <summary>The same voxels in the same places, but one or more axes run the other way.</summary>
    FlippedAxis,

    /// <summary>The same voxels in the same places, but the axes come in another order.</summary>
    PermutedAxes,

    /// <summary>Mirrored left to right, front to back, or both in the world: a mix-up of RAS and LPS.</summary>
    Mirrored,

    /// <summary>Another number of voxels.</summary>
    DifferentSize,

    /// <summary>The same axes, but other millimetres from voxel to voxel.</summary>
    DifferentSpacing,

    /// <summary>Moved by half a voxel along one axis or more: corner and centre of a voxel were mixed up.</summary>
    HalfVoxelShift,

    /// <summary>Moved.</summary>
    Shifted,

    /// <summary>Turned.</summary>
    Rotated,
}

/// <summary>How a fault between two grids is mended.</summary>
public enum GridMend
{
    /// <summary>Nothing to mend.</summary>
    None,

    /// <summary>Voxel belongs to voxel: the image's own geometry is written into the file.</summary>
    TakeGeometry,

    /// <summary>The header tells the truth: the labels are read anew on the image's grid, each voxel from the nearest.</summary>
    Resample,
}

/// <summary>The difference between two grids, named, measured and with its mend.</summary>
/// <param name="Fault">Which of the known faults it is.</param>
/// <param name="Apart">The largest distance of corresponding corners in mm; null where the sizes differ.</param>
/// <param name="Text">What was found, for people: "moved by half a voxel along x".</param>
/// <param name="Mend">What would mend it.</param>
public sealed record GridFinding(GridFault Fault, double? Apart, string Text, GridMend Mend)
{
    private const string Axes = "xyz";

    /// <summary>Whether voxel lies on voxel, rounding aside.</summary>
    public bool IsGood => Fault is GridFault.Same or GridFault.RoundingNoise;

    /// <summary>Holds a grid against the grid of the image that it belongs to.</summary>
    /// <param name="image">The grid that counts.</param>
    /// <param name="other">The grid of a label map or of another channel.</param>
    public static GridFinding Of(Geometry image, Geometry other)
    {
        var apart = image.CornersApart(other);
        switch (image.Match(other))
        {
            case GridMatch.Same:
                return new(GridFault.Same, 0, "the same grid", GridMend.None);
            case GridMatch.RoundingNoise:
                return new(GridFault.RoundingNoise, apart, $"the same grid; corners {Mm(apart!.Value)} apart, which is rounding", GridMend.None);
        }

        return Reordered(image, other) ?? (apart is null ? Sizes(image, other) : SameSize(image, other, apart.Value));
    }

    // Same places in the world, reached in another order of voxels.
    private static GridFinding? Reordered(Geometry image, Geometry other)
    {
        if (image.Direction.Determinant == 0 || other.Direction.Determinant == 0)
        {
            return null;
        }

        var turned = other.Reoriented(image.Orientation);
        if (turned.Match(image) == GridMatch.Different)
        {
            return null;
        }

        var permuted = Enumerable.Range(0, 3).Any(a => other.Orientation.WorldAxis(a) != image.Orientation.WorldAxis(a));
        var text = permuted
            ? $"the same places, but the axes come in another order: {other.Orientation} where the image is {image.Orientation}"
            : $"the same places, but {List(Enumerable.Range(0, 3).Where(a => other.Orientation.IsReversed(a) != image.Orientation.IsReversed(a)))} the other way: {other.Orientation} where the image is {image.Orientation}";
        return new(permuted ? GridFault.PermutedAxes : GridFault.FlippedAxis, image.CornersApart(other), text, GridMend.Resample);

        static string List(IEnumerable<int> axes) => axes.ToList() is [var one] ? $"axis {Axes[one]} runs" : $"axes {string.Join(" and ", axes.Select(a => Axes[a]))} run";
    }

    private static GridFinding Sizes(Geometry image, Geometry other) => new(
        GridFault.DifferentSize, null,
        $"{other.Extent} voxels of {Spacing(other)} mm where the image has {image.Extent} of {Spacing(image)} mm",
        GridMend.Resample);

    private static GridFinding SameSize(Geometry image, Geometry other, double apart)
    {
        if (other == Geometry.Pixels(other.Extent))
        {
            return new(GridFault.NoGeometry, apart, $"its header holds no geometry, so it lies {Mm(apart)} away; the image has {Spacing(image)} mm, {image.Orientation}", GridMend.TakeGeometry);
        }

        foreach (var (signs, name) in new[] { (new Triple(-1, -1, 1), "left to right and front to back: RAS and LPS were mixed up"), (new Triple(-1, 1, 1), "left to right"), (new Triple(1, -1, 1), "front to back"), (new Triple(1, 1, -1), "head to feet") })
        {
            if (image.Match(Turned(other, signs)) != GridMatch.Different)
            {
                return new(GridFault.Mirrored, apart, $"mirrored {name}; it lies up to {Mm(apart)} away", GridMend.TakeGeometry);
            }
        }

        if (!Near(image.Spacing, other.Spacing))
        {
            return new(GridFault.DifferentSpacing, apart, $"spacing {Spacing(other)} mm where the image has {Spacing(image)} mm; it lies up to {Mm(apart)} away", GridMend.TakeGeometry);
        }

        var angle = Enumerable.Range(0, 3).Max(a => Math.Atan2(image.Direction[a].Cross(other.Direction[a]).Length, image.Direction[a].Dot(other.Direction[a]))) * 180 / Math.PI;
        if (angle > 1e-3)
        {
            return new(GridFault.Rotated, apart, string.Create(CultureInfo.InvariantCulture, $"turned by {angle:0.###} degrees; it lies up to {Mm(apart)} away"), GridMend.Resample);
        }

        var moved = image.ToVoxel.Apply(other.Origin);
        var halves = Enumerable.Range(0, 3).Where(a => Math.Abs(Math.Abs(moved[a]) - 0.5) < 1e-2).ToList();
        if (halves.Count > 0 && Enumerable.Range(0, 3).Except(halves).All(a => Math.Abs(moved[a]) < 1e-2))
        {
            return new(GridFault.HalfVoxelShift, apart, $"moved by half a voxel along {string.Join(" and ", halves.Select(a => Axes[a]))} ({Mm(apart)})", GridMend.TakeGeometry);
        }

        return new(
            GridFault.Shifted, apart,
            string.Create(CultureInfo.InvariantCulture, $"moved by {moved.X:0.##} x {moved.Y:0.##} x {moved.Z:0.##} voxels ({Mm(apart)})"),
            GridMend.Resample);
    }

    private static Geometry Turned(Geometry g, Triple signs)
    {
        Triple Turn(Triple t) => new(t.X * signs.X, t.Y * signs.Y, t.Z * signs.Z);
        return g with { Origin = Turn(g.Origin), Direction = new Direction(Turn(g.Direction.AlongX), Turn(g.Direction.AlongY), Turn(g.Direction.AlongZ)) };
    }

    private static bool Near(Triple a, Triple b) => Enumerable.Range(0, 3).All(i => Math.Abs(a[i] - b[i]) <= 1e-4 * a[i]);

    private static string Mm(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.#####} mm");

    private static string Spacing(Geometry g) => string.Create(CultureInfo.InvariantCulture, $"{g.Spacing.X:0.####}x{g.Spacing.Y:0.####}x{g.Spacing.Z:0.####}");
}

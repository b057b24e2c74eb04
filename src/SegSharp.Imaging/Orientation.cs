using SegSharp.Foundation;

namespace SegSharp.Imaging;

/// <summary>Towards which side of the patient each voxel axis runs: <c>RAS</c> = x to the right, y to the front (anterior), z to the head (superior).</summary>
/// <remarks>Named by the side an axis runs to, as nibabel and 3D Slicer's file readers do; DICOM's and ITK's "LPS" names the same sides.</remarks>
public readonly record struct Orientation
{
    private const string Sides = "RASLPI";                             // the first three are positive in RAS+

    private readonly byte _x, _y, _z;                                  // index into Sides

    private Orientation(int x, int y, int z) => (_x, _y, _z) = ((byte)x, (byte)y, (byte)z);

    /// <summary>Along the world's own axes.</summary>
    public static Orientation Ras => new(0, 1, 2);

    /// <summary>The world axis (0 = left–right, 1 = back–front, 2 = feet–head) that a voxel axis runs along.</summary>
    public int WorldAxis(int axis) => Side(axis) % 3;

    /// <summary>Whether a voxel axis runs against its world axis: to the left, the back or the feet.</summary>
    public bool IsReversed(int axis) => Side(axis) >= 3;

    /// <summary>The nearest orientation of a grid whose axes may be oblique.</summary>
    /// <remarks>
    /// Source: nibabel's io_orientation: the axes are first brought to right angles, then each takes the world axis in which it is
    /// largest, and which no earlier one has taken. Parity: nibabel 5.0.0, exact.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The direction is singular.</exception>
    public static Orientation Of(Direction direction)
    {
        var straight = direction.Orthonormal();
        var sides = new int[3];
        var taken = new bool[3];
        for (var axis = 0; axis < 3; axis++)
        {
            var best = -1;
            for (var world = 0; world < 3; world++)
            {
                if (!taken[world] && (best < 0 || Math.Abs(straight[axis][world]) > Math.Abs(straight[axis][best])))
                {
                    best = world;
                }
            }

            taken[best] = true;
            sides[axis] = straight[axis][best] < 0 ? best + 3 : best;
        }

        return new Orientation(sides[0], sides[1], sides[2]);
    }

    /// <summary>Reads three letters such as <c>RAS</c>.</summary>
    /// <exception cref="UsageException">Not three letters with one of each pair R/L, A/P, S/I.</exception>
    public static Orientation Parse(string text)
    {
        var sides = text.ToUpperInvariant().Select(c => Sides.IndexOf(c, StringComparison.Ordinal)).ToArray();
        return sides.Length == 3 && !sides.Contains(-1) && sides.Select(s => s % 3).Distinct().Count() == 3
            ? new Orientation(sides[0], sides[1], sides[2])
            : throw new UsageException($"'{text}' is no orientation; expected three letters, one each of R or L, A or P, S or I", "write it as RAS");
    }

    /// <summary>Three letters: <c>RAS</c>.</summary>
    public override string ToString() => $"{Sides[_x]}{Sides[_y]}{Sides[_z]}";

    private int Side(int axis) => axis switch
    {
        0 => _x,
        1 => _y,
        2 => _z,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };
}

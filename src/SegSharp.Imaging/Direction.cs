namespace SegSharp.Imaging;

/// <summary>Where the three voxel axes point in the world (RAS+): the columns of a 3x3 matrix, each of length 1.</summary>
/// <param name="AlongX">The way of one step along x.</param>
/// <param name="AlongY">The way of one step along y.</param>
/// <param name="AlongZ">The way of one step along z.</param>
public readonly record struct Direction(Triple AlongX, Triple AlongY, Triple AlongZ)
{
    /// <summary>Voxel axes are world axes.</summary>
    public static Direction Identity => new(new Triple(1, 0, 0), new Triple(0, 1, 0), new Triple(0, 0, 1));

    /// <summary>The way of one step along an axis: 0 = x, 1 = y, 2 = z.</summary>
    public Triple this[int axis] => axis switch
    {
        0 => AlongX,
        1 => AlongY,
        2 => AlongZ,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>1 for a right-handed system of axes, −1 for a left-handed (mirrored) one, less between where it is sheared, 0 when singular.</summary>
    public double Determinant => AlongX.Dot(AlongY.Cross(AlongZ));

    /// <summary>The nearest matrix with axes at right angles: a rotation, or one with a mirroring where this one mirrors.</summary>
    /// <remarks>Source: Higham 1986, the polar decomposition by Newton's iteration X ← (X + X⁻ᵀ) / 2. The same as U·Vᵀ of the singular value decomposition.</remarks>
    /// <exception cref="InvalidOperationException">The matrix is singular.</exception>
    public Direction Orthonormal()
    {
        var (x, y, z) = (AlongX, AlongY, AlongZ);
        for (var i = 0; i < 100; i++)
        {
            var determinant = x.Dot(y.Cross(z));
            if (!(Math.Abs(determinant) > 1e-12))
            {
                throw new InvalidOperationException($"the directions {this} are singular");
            }

            // The columns of the transposed inverse are the vector products over the determinant.
            var half = 0.5 / determinant;
            var (nx, ny, nz) = ((x * 0.5) + (y.Cross(z) * half), (y * 0.5) + (z.Cross(x) * half), (z * 0.5) + (x.Cross(y) * half));
            var change = (nx - x).Length + (ny - y).Length + (nz - z).Length;
            (x, y, z) = (nx, ny, nz);
            if (change < 1e-15)
            {
                break;
            }
        }

        return new Direction(x, y, z);
    }

    /// <summary>The largest angle, in degrees, between an axis and the same axis of <see cref="Orthonormal"/>; 0 when they are at right angles.</summary>
    public double ShearDegrees()
    {
        var straight = Orthonormal();
        var largest = 0.0;
        for (var i = 0; i < 3; i++)
        {
            largest = Math.Max(largest, Math.Atan2(this[i].Cross(straight[i]).Length, this[i].Dot(straight[i])));
        }

        return largest * 180 / Math.PI;
    }

    /// <summary>The same directions in the other world: RAS+ to LPS+ or back.</summary>
    public Direction TurnLps() => new(AlongX.TurnLps(), AlongY.TurnLps(), AlongZ.TurnLps());
}

namespace SegSharp.Imaging;

/// <summary>Carries voxel numbers into the world (RAS+, millimetres), or any three numbers into three others: a 3x3 matrix by its columns, and an offset.</summary>
/// <param name="X">Where one step along the first axis leads.</param>
/// <param name="Y">Where one step along the second axis leads.</param>
/// <param name="Z">Where one step along the third axis leads.</param>
/// <param name="Offset">Where (0, 0, 0) lies.</param>
public readonly record struct Affine(Triple X, Triple Y, Triple Z, Triple Offset)
{
    /// <summary>Leaves every point where it is.</summary>
    public static Affine Identity => new(new Triple(1, 0, 0), new Triple(0, 1, 0), new Triple(0, 0, 1), Triple.Zero);

    /// <summary>The volume of a voxel with the sign of the handedness; 0 when singular.</summary>
    public double Determinant => X.Dot(Y.Cross(Z));

    /// <summary>Whether no inverse exists, or a number is not finite.</summary>
    public bool IsSingular =>
        !(X.IsFinite && Y.IsFinite && Z.IsFinite && Offset.IsFinite) || !(Math.Abs(Determinant) > 1e-9 * X.Length * Y.Length * Z.Length) || X.Length * Y.Length * Z.Length == 0;

    /// <summary>Where a point is carried.</summary>
    public Triple Apply(Triple p) => (X * p.X) + (Y * p.Y) + (Z * p.Z) + Offset;

    /// <summary>Where a step is carried: without the offset.</summary>
    public Triple ApplyToStep(Triple step) => (X * step.X) + (Y * step.Y) + (Z * step.Z);

    /// <summary>First this, then <paramref name="next"/>.</summary>
    public Affine Then(Affine next) => new(next.ApplyToStep(X), next.ApplyToStep(Y), next.ApplyToStep(Z), next.Apply(Offset));

    /// <summary>The way back.</summary>
    /// <exception cref="InvalidOperationException"><see cref="IsSingular"/>.</exception>
    public Affine Inverse()
    {
        if (IsSingular)
        {
            throw new InvalidOperationException($"{this} is singular");
        }

        var d = 1 / Determinant;
        var (a, b, c) = (Y.Cross(Z) * d, Z.Cross(X) * d, X.Cross(Y) * d);      // the rows of the inverse
        var inverse = new Affine(new Triple(a.X, b.X, c.X), new Triple(a.Y, b.Y, c.Y), new Triple(a.Z, b.Z, c.Z), Triple.Zero);
        return inverse with { Offset = inverse.ApplyToStep(Offset) * -1 };
    }

    /// <summary>Row <paramref name="row"/> of the 3x4 matrix: 0 for x, 1 for y, 2 for z of the result.</summary>
    public double[] Row(int row) => [X[row], Y[row], Z[row], Offset[row]];
}

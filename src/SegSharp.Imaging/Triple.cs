using System.Globalization;
using SegSharp.Foundation;

namespace SegSharp.Imaging;

/// <summary>Three numbers, one per axis: a spacing, a point in the world, a direction.</summary>
/// <param name="X">Along x.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
public readonly record struct Triple(double X, double Y, double Z)
{
    /// <summary>1 on every axis.</summary>
    public static Triple One => new(1, 1, 1);

    /// <summary>0 on every axis.</summary>
    public static Triple Zero => default;

    /// <summary>The Euclidean length.</summary>
    public double Length => Math.Sqrt(Dot(this));

    /// <summary>Whether all three are finite numbers.</summary>
    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Z);

    /// <summary>The number of one axis: 0 = x, 1 = y, 2 = z.</summary>
    public double this[int axis] => axis switch
    {
        0 => X,
        1 => Y,
        2 => Z,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>The sum, axis by axis.</summary>
    public static Triple operator +(Triple a, Triple b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>The difference, axis by axis.</summary>
    public static Triple operator -(Triple a, Triple b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    /// <summary>Every number times <paramref name="factor"/>.</summary>
    public static Triple operator *(Triple a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);

    /// <summary>Reads <c>0.8x0.8x2.5</c>.</summary>
    /// <exception cref="UsageException">Anything but three finite numbers.</exception>
    public static Triple Parse(string text)
    {
        var parts = text.Split('x', 'X');
        var numbers = new double[parts.Length];
        var good = parts.Length == 3;
        for (var i = 0; good && i < 3; i++)
        {
            good = double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && double.IsFinite(numbers[i]);
        }

        return good
            ? new Triple(numbers[0], numbers[1], numbers[2])
            : throw new UsageException($"'{text}' is not three numbers; expected XxYxZ", "write it as 0.8x0.8x2.5");
    }

    /// <summary>The scalar product.</summary>
    public double Dot(Triple other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    /// <summary>The vector product.</summary>
    public Triple Cross(Triple other) =>
        new((Y * other.Z) - (Z * other.Y), (Z * other.X) - (X * other.Z), (X * other.Y) - (Y * other.X));

    /// <summary>The same point or vector in the other world: RAS+ to LPS+ or back (x and y change their sign).</summary>
    public Triple TurnLps() => new(-X, -Y, Z);

    /// <summary><c>0.8x0.8x2.5</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X}x{Y}x{Z}");
}
